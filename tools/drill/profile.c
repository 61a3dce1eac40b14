/* SPDX-License-Identifier: ISC */
/*
 * profile.c - tunables of the stack
 *
 * A profile is a list of values of tunables under which the stack behaves on
 * the wire like the stack that scripts of that kind were written for.
 */
#include "profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/stack.h>

#include "drill.h"
#include "sysctl_freebsd.h"
#include "sysctl_idle.h"

#define PROC	   "/proc/sys/"
#define RTO_MIN_US "net.ipv4.tcp_rto_min_us"

struct tunable {
	const char *name, *value;
};

struct drill_profile {
	const char *name;
	const struct tunable *values;
	size_t n;
};

static const struct tunable linux_values[] = {
	{"net.ipv4.tcp_syn_retries", "6"},
	{"net.ipv4.tcp_synack_retries", "5"},
	{"net.ipv4.tcp_retries2", "15"},
	{"net.ipv4.tcp_fin_timeout", "60"},
	{"tern.tcp_time_wait", "60"},
	{"tern.tcp_rto_initial_ms", "1000"},
	{"tern.tcp_rto_min_ms", "200"},
	{"tern.tcp_delack_min_ms", "40"},
	{"tern.tcp_init_cwnd", "10"},
	{"tern.tcp_cork_ms", "200"},
	{"tern.tcp_whole_window", "1"},
	{"tern.tcp_linux_acks", "1"},
	{"tern.tcp_rto_min_added", "1"},
	{"tern.tcp_slow_start_all", "1"},
	{"tern.tcp_linux_cwnd", "1"},
	{"net.ipv4.tcp_syn_linear_timeouts", "4"},
	{"net.ipv4.tcp_min_tso_segs", "2"},
	{"net.ipv4.tcp_rfc1337", "0"},
	{"net.ipv4.tcp_mtu_probing", "0"},
	{"net.ipv4.tcp_rmem", "4096 131072 6291456"},
	{"net.core.rmem_max", "212992"},
};

static const struct tunable freebsd_values[] = {
	{"net.ipv4.tcp_syn_retries", "6"},
	{"tern.tcp_time_wait", "60"},
	{"tern.tcp_rto_initial_ms", "1000"},
	{"tern.tcp_delack_min_ms", "40"},
	{"tern.tcp_init_cwnd", "10"},
	{"net.ipv4.tcp_synack_retries", "3"},
	{"tern.tcp_bsd_layout", "1"},
	{"tern.tcp_quick_acks", "0"},
	{"net.ipv4.tcp_rmem", "4096 131072 2097152"},
	{"net.core.rmem_max", "2097152"},
};

#define VALUES(a) a, sizeof(a) / sizeof((a)[0])

static const struct drill_profile profiles[] = {
	{"linux", VALUES(linux_values)},
	{"freebsd", VALUES(freebsd_values)},
};

#define N_PROFILES (sizeof(profiles) / sizeof(profiles[0]))

const struct drill_profile *drill_profile_find(const char *name)
{
	size_t i;

	for (i = 0; i < N_PROFILES; i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	return NULL;
}

const char *drill_profile_name(int i)
{
	return (size_t)i < N_PROFILES ? profiles[i].name : NULL;
}

bool drill_profile_is_freebsd(const struct drill_profile *p)
{
	return p && strcmp(p->name, "freebsd") == 0;
}

const char *drill_profile_apply(const struct drill_profile *p, struct tern *n)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (tern_sysctl_set(n, p->values[i].name, p->values[i].value))
			return p->values[i].name;
	return NULL;
}

void drill_tunables_save(struct drill_tunables *t, const struct tern *n)
{
	size_t i;

	while (tern_sysctl_at((int)t->n))
		t->n++;
	t->value = calloc(t->n ? t->n : 1, sizeof(*t->value));
	for (i = 0; t->value && i < t->n; i++)
		if (tern_sysctl_get(n, tern_sysctl_at((int)i)->name,
				    t->value[i], sizeof(t->value[i])) < 0)
			t->value[i][0] = 0;
}

void drill_tunables_restore(const struct drill_tunables *t, struct tern *n)
{
	size_t i;
	int pass;

	/* Twice, since one may be refused as long as another is not back. */
	for (pass = 0; pass < 2; pass++)
		for (i = 0; t->value && i < t->n; i++)
			if (tern_sysctl_set(n, tern_sysctl_at((int)i)->name,
					    t->value[i]))
				continue;
}

void drill_tunables_free(struct drill_tunables *t)
{
	free(t->value);
	t->value = NULL;
	t->n = 0;
}

/* net/ipv4/tcp_x and /proc/sys/net/ipv4/tcp_x are net.ipv4.tcp_x. */
static void canonical(const char *name, char *out, size_t size)
{
	bool dots;
	char *p;

	if (strncmp(name, PROC, strlen(PROC)) == 0)
		name += strlen(PROC);
	snprintf(out, size, "%s", name);
	dots = !strchr(out, '/');
	for (p = out; *p && !dots; p++)
		if (*p == '/')
			*p = '.';
}

static const struct tern_sysctl *find(const char *name)
{
	const struct tern_sysctl *s;
	int i;

	for (i = 0; (s = tern_sysctl_at(i)); i++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

/* Linux counts microseconds here, and the stack milliseconds. */
static bool set_rto_min(struct tern *n, const char *value, char *why,
			size_t size)
{
	char text[32], *end;
	const unsigned long long us = strtoull(value, &end, 10);

	snprintf(text, sizeof(text), "%llu", (us + 999) / 1000);
	if (end > value && !*end &&
	    tern_sysctl_set(n, "tern.tcp_rto_min_ms", text) == 0)
		return true;
	snprintf(why, size, RTO_MIN_US ": the stack refuses \"%s\"", value);
	return false;
}

bool drill_tunable_set(struct tern *n, const char *name, const char *value,
		       char *why, size_t size)
{
	char known[128];
	const struct tern_sysctl *s;

	canonical(name, known, sizeof(known));
	if (drill_freebsd_owns(known))
		return drill_freebsd_set(n, known, value, why, size);
	if (strcmp(known, RTO_MIN_US) == 0)
		return set_rto_min(n, value, why, size);
	s = find(known);
	if (!s)
		return drill_idle_set(known, value, why, size);
	if (tern_sysctl_set(n, known, value) == 0)
		return true;
	snprintf(why, size, "%s: the stack refuses \"%s\" (%lld to %lld)",
		 known, value, (long long)s->min, (long long)s->max);
	return false;
}

bool drill_tunable_get(const struct tern *n, const char *name, char *value,
		       size_t size)
{
	char known[128];

	canonical(name, known, sizeof(known));
	if (drill_freebsd_owns(known))
		return drill_freebsd_get(n, known, value, size);
	if (find(known) && tern_sysctl_get(n, known, value, size) >= 0)
		return true;
	return drill_idle_get(known, value, size);
}
