/* SPDX-License-Identifier: ISC */
/*
 * reass_fuzz.c - reassembly and its twin under any sequence of operations
 *
 * Input: the first four bytes are RCV.NXT at the start; then one operation
 * after the other, five bytes each: what, and two numbers.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "unit/tcp/reass_twin.h"

#define OP_LEN 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void operate(struct reass_twin *t, const uint8_t *op)
{
	static const uint32_t sizes[] = {1,    256,   300,   2048,
					 4096, 16384, 66048, 100000};
	uint32_t a = load_be16(op + 1), b = load_be16(op + 3), i;

	switch (op[0] & 7) {
	case 0:
		reass_twin_take(t, a & 63);
		break;
	case 1:
		reass_twin_take(t, a % REASS_TWIN_WINDOW);
		break;
	case 2:
		reass_twin_prune(t);
		break;
	default:
		b = op[0] & 4 ? b & 31 : b % REASS_TWIN_WINDOW;
		for (i = 0; i < b; i++) /* never the same twice in a row */
			t->text[i] = (uint8_t)(t->stamp * 31 + i * 7);
		reass_twin_insert(t, a % REASS_TWIN_WINDOW, b,
				  1 + (op[0] >> 3 & 3), sizes[op[0] >> 5],
				  a & 0x8000);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reass_twin t;
	uint32_t nxt = 0;

	if (size >= 4) {
		nxt = load_be32(data);
		data += 4;
		size -= 4;
	}
	reass_twin_open(&t, nxt);
	for (; size >= OP_LEN; size -= OP_LEN, data += OP_LEN) {
		operate(&t, data);
		reass_twin_check(&t);
	}
	reass_twin_close(&t);
	return 0;
}
