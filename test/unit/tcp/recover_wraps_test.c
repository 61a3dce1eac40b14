/* SPDX-License-Identifier: ISC */
/*
 * recover_wraps_test.c - "recover" of RFC 6582, which must not seem to lie
 * ahead when 2^31 bytes have passed since it was set
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/arrives.h"
#include "tcp/delivery.h"

static void recover_keeps_up(void **state)
{
	static const uint8_t states[] = {RECOVERY_OPEN, RECOVERY_DISORDER};
	const uint32_t far = UINT32_C(1) << 30;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(states); i++) {
		struct tcp tcp = {0};
		struct segment seg = {.flags = ACK};
		struct delivery d = {.acked = 1};
		struct tcb t = {.mss = 1000};

		seg.ack.u = t.snd.una.u = 500;
		t.recovery = states[i];
		t.recover = seq_sub(seg.ack, far);
		recovery_on_ack(&tcp, &t, &seg, &d);
		assert_int_equal(t.recover.u, 500 - far);
		t.recovery = states[i];
		t.recover = seq_sub(seg.ack, far + 1);
		recovery_on_ack(&tcp, &t, &seg, &d);
		assert_int_equal(t.recover.u, 499);
		assert_int_equal(t.recovery, RECOVERY_OPEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recover_keeps_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
