/* SPDX-License-Identifier: ISC */
/*
 * sendq_fuzz.c - the send queue and its twin under any sequence of operations
 *
 * Input: the first four bytes are the stream offset at the start; then one
 * operation after the other, five bytes each: what, and two numbers.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "unit/tcp/sendq_twin.h"

#define OP_LEN 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void operate(struct sendq_twin *t, const uint8_t *op)
{
	uint32_t a = load_be16(op + 1), b = load_be16(op + 3);

	if (op[0] & 0x80)
		memory_fail_nth(&t->m, 1 + (op[0] >> 5 & 3));
	switch (op[0] & 7) {
	case 0:
		sendq_twin_write(t, a, b & 255);
		break;
	case 1:
		sendq_twin_write(t, a & 255, 0);
		break;
	case 2:
		sendq_twin_hand(t, a, b & 1);
		break;
	case 3:
		sendq_twin_ack(t, t->len ? a % (t->len + 1) : 0);
		break;
	case 4:
		sendq_twin_ack(t, t->len);
		break;
	case 5:
		sendq_twin_expect(t, t->len ? a % (t->len + 1) : 0, b & 8191);
		break;
	case 6:
		sendq_twin_sum(t, a, b & 8191);
		break;
	default:
		sendq_twin_send(t, t->len ? a * 5 % (t->len + 1) : 0, b,
				op[0] >> 3 & 7);
		break;
	}
	memory_fail_none(&t->m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sendq_twin t;
	uint32_t base = 0;

	if (size >= 4) {
		base = load_be32(data);
		data += 4;
		size -= 4;
	}
	sendq_twin_open(&t, base);
	for (; size >= OP_LEN; size -= OP_LEN, data += OP_LEN) {
		operate(&t, data);
		sendq_twin_check(&t);
	}
	sendq_twin_close(&t);
	return 0;
}
