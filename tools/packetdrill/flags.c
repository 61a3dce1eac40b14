/* SPDX-License-Identifier: ISC */
/*
 * flags.c - --so_flags
 *
 *	linux,local=192.168.0.1,mtu=1500,net.ipv4.tcp_sack=0
 *
 * Words are separated by commas, since values of tunables have blanks.  A name
 * with a dot in it is a tunable.  A word that makes no sense is refused, and
 * the whole stack with it: a script must not run with less than it was given.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/netif.h>

#include "instance.h"
#include "tools/drill/drill.h"

#define WORD_MAX 256

struct reader {
	struct drill_settings *set;
	const struct drill_profile **profile;
};

static bool complain(const char *word, const char *wanted)
{
	fprintf(stderr, "libtern-packetdrill: --so_flags: '%s': %s\n", word,
		wanted);
	return false;
}

/* Copies the next word.  False at the end. */
static bool next_word(const char **flags, char word[WORD_MAX])
{
	const char *at = *flags;
	size_t len;

	if (!at)
		return false;
	at += strspn(at, ", \t");
	if (!*at)
		return false;
	len = strcspn(at, ",");
	*flags = at + len;
	while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t'))
		len--;
	if (len >= WORD_MAX)
		len = WORD_MAX - 1;
	memcpy(word, at, len);
	word[len] = 0;
	return true;
}

/* Splits "name=value".  Returns the value, NULL if there is none. */
static char *split(char *word)
{
	char *eq = strchr(word, '=');

	if (!eq)
		return NULL;
	*eq = 0;
	return eq + 1;
}

static bool number(const char *text, unsigned long min, unsigned long max,
		   unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *out >= min &&
	       *out <= max;
}

static bool read_value(const struct reader *r, const char *name,
		       const char *value)
{
	unsigned long n;

	if (strcmp(name, "local") == 0)
		return tern_parse_addr(value, &r->set->local) == 0 ||
		       complain(value, "expected an IPv4 address");
	if (strcmp(name, "prefix") == 0) {
		if (!number(value, 1, 32, &n))
			return complain(value, "expected 1 to 32");
		r->set->prefix_len = (int)n;
		return true;
	}
	if (strcmp(name, "mtu") == 0) {
		if (!number(value, 68, 65535, &n))
			return complain(value, "expected 68 to 65535");
		r->set->mtu = (uint32_t)n;
		return true;
	}
	return strchr(name, '.') ||
	       complain(name, "expected linux, freebsd, local=ADDRESS, "
			      "prefix=LENGTH, mtu=BYTES or TUNABLE=VALUE");
}

static bool read_word(const struct reader *r, char *word)
{
	const struct drill_profile *profile;
	char *value = split(word);

	if (value)
		return read_value(r, word, value);
	if (strcmp(word, "ipv4") == 0)
		return true;
	if (strcmp(word, "ipv6") == 0 || strcmp(word, "ipv4-mapped-ipv6") == 0)
		return complain(word, "the stack has no IPv6");
	profile = drill_profile_find(word);
	if (!profile)
		return read_value(r, word, "");
	*r->profile = profile;
	return true;
}

bool pd_flags_read(const char *flags, struct drill_settings *set,
		   const struct drill_profile **profile)
{
	const struct reader r = {set, profile};
	char word[WORD_MAX];

	while (next_word(&flags, word))
		if (!read_word(&r, word))
			return false;
	return true;
}

bool pd_flags_apply(const char *flags, struct tern *n)
{
	char word[WORD_MAX], why[192];
	const char *value;

	while (next_word(&flags, word)) {
		value = split(word);
		if (strchr(word, '.') &&
		    !drill_tunable_set(n, word, value ? value : "", why,
				       sizeof(why)))
			return complain(word, why);
	}
	return true;
}
