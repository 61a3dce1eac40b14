/* SPDX-License-Identifier: ISC */
/*
 * sysctl.c - tunables set and read as text
 *
 * A value takes effect as a whole or not at all: numbers that do not go
 * together (a least that is more than the most) are refused with -EINVAL and
 * leave what there was.
 */
#include <errno.h>
#include <string.h>

#include "stack/tern.h"
#include "stack/tunable.h"
#include "tcp/cc.h"

#define NUMBERS_MAX 3

const struct tern_sysctl *tern_sysctl_at(int i)
{
	const struct tunable *t = i < 0 ? NULL : tunable_at((size_t)i);

	return t ? &t->pub : NULL;
}

static int64_t max_i64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\n')
		p++;
	return p;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Reads one number in the range, decimal, or hexadecimal behind 0x.  Returns
 * what follows, NULL if there is none or it is out of range. */
static const char *parse_number(const char *p, const struct tern_sysctl *s,
				uint32_t *v)
{
	const int64_t sign = *p == '-' ? -1 : 1;
	const int64_t most = max_i64(s->max, -s->min);
	int base = 10;
	int64_t n = 0;

	p += *p == '-';
	if (p[0] == '0' && (p[1] | 0x20) == 'x' && digit(p[2]) < 16) {
		base = 16;
		p += 2;
	}
	if (digit(*p) >= base)
		return NULL;
	for (; digit(*p) < base; p++) {
		n = n * base + digit(*p);
		if (n > most)
			return NULL;
	}
	n *= sign;
	if (n < s->min || n > s->max)
		return NULL;
	*v = (uint32_t)n;
	return p;
}

/* Reads exactly `n` numbers. */
static int parse(const char *p, const struct tern_sysctl *s, uint32_t *v, int n)
{
	for (int i = 0; i < n; i++) {
		const char *at = skip_blanks(p);

		if (i > 0 && at == p)
			return -EINVAL;
		p = parse_number(at, s, &v[i]);
		if (!p)
			return -EINVAL;
	}
	return *skip_blanks(p) ? -EINVAL : 0;
}

static int set_algorithm(struct tern *n, const char *value)
{
	const char *begin = skip_blanks(value);
	size_t len = 0;

	while (begin[len] && skip_blanks(begin + len) == begin + len)
		len++;
	if (*skip_blanks(begin + len))
		return -EINVAL;
	for (unsigned int i = 0; cc_at(i); i++) {
		const char *name = cc_at(i)->name;

		if (strlen(name) == len && memcmp(name, begin, len) == 0) {
			n->tcp.tun.cc = i;
			return 0;
		}
	}
	return -EINVAL;
}

static bool ascending(const uint32_t v[3])
{
	return v[0] <= v[1] && v[1] <= v[2];
}

/* Do the values go together? */
static bool consistent(const struct tcp_tunables *t)
{
	return ascending(t->rmem) && ascending(t->wmem) && ascending(t->mem) &&
	       t->rto_min_ms <= t->rto_max_ms &&
	       t->rto_initial_ms <= t->rto_max_ms;
}

static uint8_t *field_of(struct tern *n, const struct tunable *t)
{
	void *base = t->kind == TUNABLE_TCP || t->kind == TUNABLE_TCP_SIGNED ||
				     t->kind == TUNABLE_TCP_3
			     ? (void *)&n->tcp.tun
			     : (void *)&n->net.tun;

	return (uint8_t *)base + t->offset;
}

static int numbers_of(const struct tunable *t)
{
	switch (t->kind) {
	case TUNABLE_TCP:
	case TUNABLE_TCP_SIGNED:
	case TUNABLE_NET:
	case TUNABLE_FLAG:
		return 1;
	case TUNABLE_PORTS:
		return 2;
	case TUNABLE_TCP_3:
		return 3;
	case TUNABLE_CC:
		break;
	}
	return 0;
}

static int store(struct tern *n, const struct tunable *t, const uint32_t *v)
{
	const struct tcp_tunables before = n->tcp.tun;
	uint8_t *field = field_of(n, t);

	if (t->kind == TUNABLE_PORTS)
		return ports_set_range(&n->tcp.ports, (uint16_t)v[0],
				       (uint16_t)v[1]);
	if (t->kind == TUNABLE_FLAG)
		*(bool *)field = v[0] != 0;
	else
		memcpy(field, v, (size_t)numbers_of(t) * sizeof(*v));
	if (consistent(&n->tcp.tun))
		return 0;
	n->tcp.tun = before;
	return -EINVAL;
}

int tern_sysctl_set(struct tern *n, const char *name, const char *value)
{
	const struct tunable *t = tunable_find(name);
	uint32_t v[NUMBERS_MAX];
	int err;

	if (!t)
		return -ENOENT;
	if (t->kind == TUNABLE_CC) {
		err = set_algorithm(n, value);
	} else {
		err = parse(value, &t->pub, v, numbers_of(t));
		if (!err)
			err = store(n, t, v);
	}
	if (err)
		return err;
	tcp_tunables_changed(&n->tcp);
	env_arm(&n->env, 0); /* what waits may have to wait less long */
	return 0;
}

/* Text that is being written, cut where there is no more room. */
struct text {
	char *out;
	size_t size, len; /* len: as if there were room */
};

static void put_char(struct text *t, char c)
{
	if (t->len + 1 < t->size)
		t->out[t->len] = c;
	t->len++;
}

static void put_number(struct text *t, uint32_t v)
{
	char digits[10];
	int n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	while (n)
		put_char(t, digits[--n]);
}

static void load(const struct tern *n, const struct tunable *t, uint32_t *v)
{
	const uint8_t *tcp = (const uint8_t *)&n->tcp.tun;
	const uint8_t *net = (const uint8_t *)&n->net.tun;

	switch (t->kind) {
	case TUNABLE_TCP:
	case TUNABLE_TCP_SIGNED:
	case TUNABLE_TCP_3:
		memcpy(v, tcp + t->offset, (size_t)numbers_of(t) * sizeof(*v));
		return;
	case TUNABLE_NET:
		memcpy(v, net + t->offset, sizeof(*v));
		return;
	case TUNABLE_FLAG:
		v[0] = *(const bool *)(net + t->offset);
		return;
	case TUNABLE_PORTS:
		v[0] = n->tcp.ports.lo;
		v[1] = n->tcp.ports.hi;
		return;
	case TUNABLE_CC:
		return;
	}
}

int tern_sysctl_get(const struct tern *n, const char *name, char *value,
		    size_t size)
{
	const struct tunable *t = tunable_find(name);
	struct text text = {.out = value, .size = size};
	uint32_t v[NUMBERS_MAX] = {0};
	const char *p;

	if (!t)
		return -ENOENT;
	if (t->kind == TUNABLE_CC)
		for (p = cc_at(n->tcp.tun.cc)->name; *p; p++)
			put_char(&text, *p);
	load(n, t, v);
	for (int i = 0; i < numbers_of(t); i++) {
		if (i)
			put_char(&text, ' ');
		if (t->kind == TUNABLE_TCP_SIGNED && (int32_t)v[i] < 0) {
			put_char(&text, '-');
			v[i] = -v[i];
		}
		put_number(&text, v[i]);
	}
	if (text.len >= size)
		return -EINVAL;
	value[text.len] = 0;
	return (int)text.len;
}
