/* SPDX-License-Identifier: ISC */
/*
 * impairment.c - the option --impair: "loss=1%,delay=20,rx-mask=0x2"
 *
 * A list of KEY=VALUE.  A key holds for both directions unless it begins with
 * "tx-" (what tern sends) or "rx-" (what it receives).
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "impairment.h"
#include "message.h"
#include "number.h"

#define REORDER_NS (5 * TERN_MS)

static const char accepted[] =
	"accepted are loss, duplicate, reorder, corrupt (percent), delay, "
	"jitter (milliseconds), rate (bit/s, with k, m or g), queue (bytes), "
	"mask (64 bits in hex, which of 64 frames are lost), each also with "
	"tx- or rx- before it, and seed";

static bool parse_milliseconds(const char *text, tern_time *out)
{
	char *end;
	double ms;

	if (*text != '.' && (*text < '0' || *text > '9'))
		return false;
	ms = strtod(text, &end);
	if (*end && strcmp(end, "ms") != 0)
		return false;
	*out = (tern_time)(ms * 1e6);
	return ms <= 3600e3;
}

/* 1k is 1000 bit/s here, as everywhere where rates are meant. */
static bool parse_bit_rate(const char *text, uint64_t *out)
{
	static const char units[] = "kmg";
	const char *unit;
	char *end;
	double n;

	if (*text < '0' || *text > '9')
		return false;
	n = strtod(text, &end);
	for (unit = units; *end && *unit; unit++) {
		n *= 1000;
		if ((*end | 0x20) == *unit)
			break;
	}
	if (*end && (!*unit || end[1]))
		return false;
	*out = (uint64_t)n;
	return n >= 1 && n <= 1e12;
}

static bool parse_mask(const char *text, uint64_t *out)
{
	char *end;

	if (!isxdigit((unsigned char)*text))
		return false;
	errno = 0;
	*out = strtoull(text, &end, 16);
	return *end == '\0' && errno == 0;
}

/* Sets one key in one direction.  Returns false if either word is wrong. */
static bool set(struct tern_impair_dir *d, const char *key, const char *value)
{
	uint64_t n;

	if (!strcmp(key, "loss"))
		return number_parse_percent(value, &d->loss_ppm);
	if (!strcmp(key, "duplicate"))
		return number_parse_percent(value, &d->duplicate_ppm);
	if (!strcmp(key, "corrupt"))
		return number_parse_percent(value, &d->corrupt_ppm);
	if (!strcmp(key, "reorder")) {
		d->reorder_ns = REORDER_NS;
		return number_parse_percent(value, &d->reorder_ppm);
	}
	if (!strcmp(key, "delay"))
		return parse_milliseconds(value, &d->delay_ns);
	if (!strcmp(key, "jitter"))
		return parse_milliseconds(value, &d->jitter_ns);
	if (!strcmp(key, "rate"))
		return parse_bit_rate(value, &d->rate_bps);
	if (!strcmp(key, "mask"))
		return parse_mask(value, &d->loss_mask);
	if (strcmp(key, "queue") != 0 ||
	    !number_parse_size(value, 1, UINT32_MAX, &n))
		return false;
	d->queue_bytes = (uint32_t)n;
	return true;
}

static bool set_either(struct tern_impair_config *c, const char *key,
		       const char *value)
{
	if (!strcmp(key, "seed"))
		return number_parse(value, 0, UINT64_MAX, &c->seed);
	if (!strncmp(key, "tx-", 3))
		return set(&c->tx, key + 3, value);
	if (!strncmp(key, "rx-", 3))
		return set(&c->rx, key + 3, value);
	return set(&c->tx, key, value) && set(&c->rx, key, value);
}

void impairment_parse(struct tern_impair_config *c, const char *text)
{
	char *copy = strdup(text), *rest = NULL, *word, *value;

	for (word = copy ? strtok_r(copy, ",", &rest) : NULL; word;
	     word = strtok_r(NULL, ",", &rest)) {
		value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		if (!value || !set_either(c, word, value))
			message_usage("--impair %s: '%s' is not understood; %s",
				      text, word, accepted);
	}
	free(copy);
}
