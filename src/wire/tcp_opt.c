/* SPDX-License-Identifier: ISC */
/*
 * tcp_opt.c - TCP options, RFC 9293 3.2, RFC 7323, RFC 2018; RFC 9768,
 * RFC 7413, RFC 5482
 *
 * Most segments carry timestamps alone, aligned by two NOPs, and most SYNs the
 * same four options in the same order, so these forms are looked for first.
 * Everything else is walked byte by byte.  The walk cannot loop, since each
 * step is at least one byte long, and cannot overread, since the length of an
 * option is held against what is left before it is used.
 *
 * What is written follows Linux, byte for byte, so that tern cannot be told
 * from it by its options and middleboxes see what they are used to.
 */
#include "wire/tcp_opt.h"

#include <string.h>

#include "base/bytes.h"
#include "wire/tcp.h"

#define LEN_MSS	       4
#define LEN_WSCALE     3
#define LEN_SACK_PERM  2
#define LEN_TIMESTAMPS 10
#define LEN_SACK_BLOCK 8
#define LEN_UTO	       4
#define LEN_MD5	       18
#define LEN_FIELD      3 /* of AccECN */
#define LEN_COOKIE_MIN 4

#define RARE (TERN_OPT_ACCECN | TERN_OPT_UTO | TERN_OPT_FASTOPEN)

/* nop, nop, timestamps, length 10 */
#define ALIGNED_TIMESTAMPS UINT32_C(0x0101080a)

/* Of a SYN: MSS; SACK permitted and timestamps; nop and window scale. */
#define LEN_SYN	       20
#define SYN_MSS	       UINT32_C(0x02040000)
#define SYN_TIMESTAMPS UINT32_C(0x0402080a)
#define SYN_WSCALE     UINT32_C(0x01030300)
#define SYN_OPTIONS                                                \
	(TERN_OPT_MSS | TERN_OPT_SACK_PERM | TERN_OPT_TIMESTAMPS | \
	 TERN_OPT_WSCALE)

static void read_timestamps(const uint8_t *p, struct tcp_options *o)
{
	o->ts_val = load_be32(p + 2);
	o->ts_ecr = load_be32(p + 6);
	o->present |= TERN_OPT_TIMESTAMPS;
}

static void read_sack(const uint8_t *p, uint32_t len, struct tcp_options *o)
{
	uint32_t n = (len - 2) / LEN_SACK_BLOCK, i;

	if (n < 1 || n > TCP_SACK_MAX || len != 2 + n * LEN_SACK_BLOCK)
		return;
	for (i = 0; i < n; i++) {
		o->sack[i].left = load_be32(p + 2 + i * LEN_SACK_BLOCK);
		o->sack[i].right = load_be32(p + 6 + i * LEN_SACK_BLOCK);
	}
	o->n_sack = (uint8_t)n;
	o->present |= TERN_OPT_SACK;
}

static uint32_t load_be24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

/* RFC 9768 3.2.3: of any length as many fields as there are whole ones. */
static void read_accecn(const uint8_t *p, uint32_t len, struct tcp_options *o)
{
	uint8_t i;

	o->accecn_order = p[0] == TCP_OPT_ACCECN_1;
	o->n_accecn = (uint8_t)min_u32((len - 2) / LEN_FIELD, 3);
	for (i = 0; i < o->n_accecn; i++)
		o->accecn[i] = load_be24(p + 2 + i * LEN_FIELD);
}

/* RFC 7413 4.1.1: no cookie, or 4 to 16 bytes, an even number. */
static bool cookie_len_ok(uint32_t len)
{
	return len == 0 ||
	       (len >= LEN_COOKIE_MIN && len <= TCP_COOKIE_MAX && len % 2 == 0);
}

static bool is_fastopen(const uint8_t *p, uint32_t len)
{
	if (p[0] == TCP_OPT_FASTOPEN)
		return cookie_len_ok(len - 2);
	return p[0] == TCP_OPT_EXPERIMENT && len >= 4 &&
	       load_be16(p + 2) == TCP_EXP_FASTOPEN && cookie_len_ok(len - 4);
}

static void read_fastopen(const uint8_t *p, uint32_t len, struct tcp_options *o)
{
	const uint32_t head = p[0] == TCP_OPT_FASTOPEN ? 2 : 4;

	o->fo_experiment = head == 4;
	o->fo_len = (uint8_t)(len - head);
	memcpy(o->fo, p + head, o->fo_len);
}

/* The same for what few segments carry. */
static uint8_t known_rare(const uint8_t *p, uint32_t len)
{
	if (p[0] == TCP_OPT_ACCECN_0 || p[0] == TCP_OPT_ACCECN_1)
		return TERN_OPT_ACCECN;
	if (p[0] == TCP_OPT_USER_TIMEOUT && len == LEN_UTO)
		return TERN_OPT_UTO;
	return is_fastopen(p, len) ? TERN_OPT_FASTOPEN : 0;
}

static void read_rare(const uint8_t *p, uint32_t len, struct tcp_options *o)
{
	uint8_t bit = known_rare(p, len);

	if (p[0] == TCP_OPT_MD5 && len == LEN_MD5)
		o->is_signed = true;
	if (o->present & bit)
		return; /* the first one counts */
	if (bit == TERN_OPT_ACCECN)
		read_accecn(p, len, o);
	if (bit == TERN_OPT_UTO)
		o->uto = load_be16(p + 2);
	if (bit == TERN_OPT_FASTOPEN)
		read_fastopen(p, len, o);
	o->present |= bit;
}

/* The bit of a kind that is known and has its one legal length, or 0. */
static uint8_t known(uint8_t kind, uint32_t len)
{
	if (kind == TCP_OPT_MSS && len == LEN_MSS) /* MUST-4, MUST-14 */
		return TERN_OPT_MSS;
	if (kind == TCP_OPT_WSCALE && len == LEN_WSCALE)
		return TERN_OPT_WSCALE;
	if (kind == TCP_OPT_SACK_PERM && len == LEN_SACK_PERM)
		return TERN_OPT_SACK_PERM;
	if (kind == TCP_OPT_TIMESTAMPS && len == LEN_TIMESTAMPS)
		return TERN_OPT_TIMESTAMPS;
	if (kind == TCP_OPT_SACK) /* read_sack() looks at its length */
		return TERN_OPT_SACK;
	return 0; /* skipped without an error: MUST-6 */
}

static void read_option(const uint8_t *p, uint32_t len, struct tcp_options *o)
{
	uint8_t bit = known(p[0], len);

	if (bit == 0) {
		read_rare(p, len, o);
		return;
	}
	if (o->present & bit)
		return; /* the first one counts */
	if (bit == TERN_OPT_TIMESTAMPS) {
		read_timestamps(p, o);
		return;
	}
	if (bit == TERN_OPT_SACK) {
		read_sack(p, len, o);
		return;
	}
	if (bit == TERN_OPT_MSS)
		o->mss = load_be16(p + 2);
	if (bit == TERN_OPT_WSCALE)
		o->wscale = (uint8_t)min_u32(p[2], TCP_WSCALE_MAX);
	o->present |= bit;
}

/* Bytes that the option at p takes, 0 if its length is illegal. */
static uint32_t option_len(const uint8_t *p, uint32_t left)
{
	if (p[0] == TCP_OPT_NOP) /* MUST-4 */
		return 1;
	if (left < 2 || p[1] < 2 || p[1] > left) /* MUST-68 */
		return 0;
	return p[1];
}

/* Returns false if they are not in the usual order. */
static bool read_syn(const uint8_t *p, struct tcp_options *o)
{
	const uint32_t mss = load_be32(p) ^ SYN_MSS;
	const uint32_t wscale = load_be32(p + 16) ^ SYN_WSCALE;

	if (mss > UINT16_MAX || wscale > UINT8_MAX ||
	    load_be32(p + 4) != SYN_TIMESTAMPS)
		return false;
	o->mss = (uint16_t)mss;
	o->wscale = (uint8_t)min_u32(wscale, TCP_WSCALE_MAX);
	read_timestamps(p + 6, o);
	o->present = SYN_OPTIONS;
	return true;
}

void tcp_opt_parse(const uint8_t *p, uint32_t len, struct tcp_options *o)
{
	memset(o, 0, offsetof(struct tcp_options, sack));
	if (len == 2 + LEN_TIMESTAMPS && load_be32(p) == ALIGNED_TIMESTAMPS) {
		read_timestamps(p + 2, o);
		return;
	}
	if (len == LEN_SYN && read_syn(p, o))
		return;
	/* No alignment is asked for: MUST-64.  No flags either: MUST-5. */
	while (len > 0 && p[0] != TCP_OPT_EOL) { /* MUST-4 */
		uint32_t n = option_len(p, len);

		if (n == 0) {
			o->malformed = true; /* MUST-7 */
			return;
		}
		if (n > 1)
			read_option(p, n, o);
		p += n;
		len -= n;
	}
}

static uint8_t *put_nops(uint8_t *p)
{
	p[0] = TCP_OPT_NOP;
	p[1] = TCP_OPT_NOP;
	return p + 2;
}

static uint8_t *put_mss(uint8_t *p, uint16_t mss)
{
	p[0] = TCP_OPT_MSS;
	p[1] = LEN_MSS;
	store_be16(p + 2, mss);
	return p + LEN_MSS;
}

static uint8_t *put_sack_perm(uint8_t *p)
{
	p[0] = TCP_OPT_SACK_PERM;
	p[1] = LEN_SACK_PERM;
	return p + LEN_SACK_PERM;
}

static uint8_t *put_timestamps(uint8_t *p, uint32_t ts_val, uint32_t ts_ecr)
{
	p[0] = TCP_OPT_TIMESTAMPS;
	p[1] = LEN_TIMESTAMPS;
	store_be32(p + 2, ts_val);
	store_be32(p + 6, ts_ecr);
	return p + LEN_TIMESTAMPS;
}

static uint8_t *put_wscale(uint8_t *p, uint8_t wscale)
{
	p[0] = TCP_OPT_NOP;
	p[1] = TCP_OPT_WSCALE;
	p[2] = LEN_WSCALE;
	p[3] = wscale;
	return p + 1 + LEN_WSCALE;
}

static uint8_t *put_sack(uint8_t *p, const struct tcp_sack_block *b, uint32_t n)
{
	uint32_t i;

	p = put_nops(p);
	p[0] = TCP_OPT_SACK;
	p[1] = (uint8_t)(2 + n * LEN_SACK_BLOCK);
	p += 2;
	for (i = 0; i < n; i++, p += LEN_SACK_BLOCK) {
		store_be32(p, b[i].left);
		store_be32(p + 4, b[i].right);
	}
	return p;
}

static uint8_t *put_be24(uint8_t *p, uint32_t v)
{
	*p++ = (uint8_t)(v >> 16);
	*p++ = (uint8_t)(v >> 8);
	*p++ = (uint8_t)v;
	return p;
}

/* NOPs up to the next multiple of 4, counted from `start`. */
static uint8_t *pad(const uint8_t *start, uint8_t *p)
{
	while ((p - start) % 4)
		*p++ = TCP_OPT_NOP;
	return p;
}

static uint8_t *put_accecn(uint8_t *start, const struct tcp_options *o)
{
	uint8_t *p = start;
	uint32_t i;

	*p++ = o->accecn_order ? TCP_OPT_ACCECN_1 : TCP_OPT_ACCECN_0;
	*p++ = (uint8_t)(2 + o->n_accecn * LEN_FIELD);
	for (i = 0; i < o->n_accecn; i++)
		p = put_be24(p, o->accecn[i]);
	return pad(start, p);
}

static uint8_t *put_fastopen(uint8_t *start, const struct tcp_options *o)
{
	uint8_t *p = start;

	*p++ = o->fo_experiment ? TCP_OPT_EXPERIMENT : TCP_OPT_FASTOPEN;
	*p++ = (uint8_t)(o->fo_len + (o->fo_experiment ? 4 : 2));
	if (o->fo_experiment) {
		store_be16(p, TCP_EXP_FASTOPEN);
		p += 2;
	}
	memcpy(p, o->fo, o->fo_len);
	return pad(start, p + o->fo_len);
}

static uint8_t *put_uto(uint8_t *p, uint16_t uto)
{
	*p++ = TCP_OPT_USER_TIMEOUT;
	*p++ = LEN_UTO;
	store_be16(p, uto);
	return p + 2;
}

/* Bytes of one of the options that few segments carry, padded. */
static uint32_t rare_len(const struct tcp_options *o, uint8_t bit)
{
	if (bit == TERN_OPT_ACCECN)
		return (2U + o->n_accecn * LEN_FIELD + 3U) & ~3U;
	if (bit == TERN_OPT_FASTOPEN)
		return (o->fo_len + (o->fo_experiment ? 4U : 2U) + 3U) & ~3U;
	return LEN_UTO;
}

/* Those of them that fit behind `len` bytes, and what all come to. */
static uint8_t rare_that_fit(const struct tcp_options *o, uint32_t *len)
{
	static const uint8_t bits[] = {TERN_OPT_FASTOPEN, TERN_OPT_UTO,
				       TERN_OPT_ACCECN};
	uint8_t fit = 0;
	size_t i;

	for (i = 0; i < ARRAY_LEN(bits); i++) {
		const uint8_t bit = o->present & bits[i];

		if (!bit || *len + rare_len(o, bit) > TCP_OPTIONS_MAX)
			continue;
		*len += rare_len(o, bit);
		fit |= bit;
	}
	return fit;
}

/* Length of all but the SACK blocks. */
static uint32_t fixed_len(const struct tcp_options *o)
{
	uint32_t len = 0;

	if (o->present & TERN_OPT_MSS)
		len += LEN_MSS;
	if (o->present & TERN_OPT_TIMESTAMPS)
		len += 2 + LEN_TIMESTAMPS; /* two NOPs, or SACK permitted */
	else if (o->present & TERN_OPT_SACK_PERM)
		len += 2 + LEN_SACK_PERM;
	if (o->present & TERN_OPT_WSCALE)
		len += 1 + LEN_WSCALE;
	return len;
}

/* How many SACK blocks there are room for. */
static uint32_t n_sack_to_emit(const struct tcp_options *o, uint32_t len)
{
	uint32_t room;

	if (!(o->present & TERN_OPT_SACK) || len + 4 > TCP_OPTIONS_MAX)
		return 0;
	room = (TCP_OPTIONS_MAX - len - 4) / LEN_SACK_BLOCK;
	return min_u32(min_u32(o->n_sack, TCP_SACK_MAX), room);
}

uint32_t tcp_opt_len(const struct tcp_options *o)
{
	uint32_t len = fixed_len(o), n;

	if (o->present & RARE)
		(void)rare_that_fit(o, &len);
	n = n_sack_to_emit(o, len);
	return n ? len + 4 + n * LEN_SACK_BLOCK : len;
}

/*
 * Padding is NOPs before an option, or behind those whose length is odd, never
 * an End of Option List, so there is nothing after one that would have to be
 * zero (MUST-69).
 */
static uint32_t emit_any(uint8_t *p, const struct tcp_options *o)
{
	uint32_t len = fixed_len(o);
	uint8_t rare = o->present & RARE ? rare_that_fit(o, &len) : 0;
	uint32_t n_sack = n_sack_to_emit(o, len);
	bool has_sack_perm = o->present & TERN_OPT_SACK_PERM;
	bool has_timestamps = o->present & TERN_OPT_TIMESTAMPS;
	uint8_t *at = p;

	if (o->present & TERN_OPT_MSS)
		at = put_mss(at, o->mss);
	/* Timestamps are aligned by SACK permitted, or either by two NOPs. */
	if (has_sack_perm != has_timestamps)
		at = put_nops(at);
	if (has_sack_perm)
		at = put_sack_perm(at);
	if (has_timestamps)
		at = put_timestamps(at, o->ts_val, o->ts_ecr);
	if (o->present & TERN_OPT_WSCALE)
		at = put_wscale(at, o->wscale);
	if (rare & TERN_OPT_ACCECN)
		at = put_accecn(at, o);
	if (n_sack)
		at = put_sack(at, o->sack, n_sack);
	if (rare & TERN_OPT_UTO)
		at = put_uto(at, o->uto);
	if (rare & TERN_OPT_FASTOPEN)
		at = put_fastopen(at, o);
	return (uint32_t)(at - p);
}

static uint32_t emit_syn(uint8_t *p, const struct tcp_options *o)
{
	store_be64(p, (uint64_t)(SYN_MSS | o->mss) << 32 | SYN_TIMESTAMPS);
	store_be64(p + 8, (uint64_t)o->ts_val << 32 | o->ts_ecr);
	store_be32(p + 16, SYN_WSCALE | o->wscale);
	return LEN_SYN;
}

uint8_t tcp_opt_emit_timestamps(uint8_t *p, uint32_t val, uint32_t ecr)
{
	store_be32(p, ALIGNED_TIMESTAMPS);
	store_be64(p + 4, (uint64_t)val << 32 | ecr);
	return LEN_TIMESTAMPS + 2;
}

uint32_t tcp_opt_emit(uint8_t *p, const struct tcp_options *o)
{
	if (unlikely(o->present != TERN_OPT_TIMESTAMPS)) {
		if (o->present == SYN_OPTIONS)
			return emit_syn(p, o);
		return o->present ? emit_any(p, o) : 0;
	}
	return tcp_opt_emit_timestamps(p, o->ts_val, o->ts_ecr);
}
