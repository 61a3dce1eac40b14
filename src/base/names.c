/* SPDX-License-Identifier: ISC */
/*
 * names.c - what counters, drops, purposes, states and timers are called
 *
 * A number that is none of the enumeration's gives "?", so that tools may
 * print what they are handed.
 */
#include <tern/stats.h>
#include <tern/trace.h>
#include <tern/types.h>

#include "base/bytes.h"

static const char *const counter_names[] = {
#define X(name) [TERN_##name] = #name,
	TERN_COUNTERS(X)
#undef X
};

static const char *const drop_names[] = {
#define X(name, what) [TERN_DROP_##name] = #name,
	TERN_DROPS(X)
#undef X
};

static const char *const drop_texts[] = {
#define X(name, what) [TERN_DROP_##name] = what,
	TERN_DROPS(X)
#undef X
};

static const char *const purpose_names[] = {
	[TERN_MEM_STACK] = "stack",   [TERN_MEM_CONN] = "connections",
	[TERN_MEM_SYN] = "syn queue", [TERN_MEM_TIMEWAIT] = "time-wait",
	[TERN_MEM_SEND] = "send",     [TERN_MEM_RECV] = "receive",
	[TERN_MEM_BLOCK] = "blocks",  [TERN_MEM_NET] = "net",
	[TERN_MEM_UNIX] = "unix",     [TERN_MEM_POLL] = "poll",
};

/* RFC 9293 3.3.2. */
static const char *const state_names[] = {
	[TERN_TCP_CLOSED] = "CLOSED",
	[TERN_TCP_LISTEN] = "LISTEN",
	[TERN_TCP_SYN_SENT] = "SYN-SENT",
	[TERN_TCP_SYN_RECEIVED] = "SYN-RECEIVED",
	[TERN_TCP_ESTABLISHED] = "ESTABLISHED",
	[TERN_TCP_FIN_WAIT_1] = "FIN-WAIT-1",
	[TERN_TCP_FIN_WAIT_2] = "FIN-WAIT-2",
	[TERN_TCP_CLOSE_WAIT] = "CLOSE-WAIT",
	[TERN_TCP_CLOSING] = "CLOSING",
	[TERN_TCP_LAST_ACK] = "LAST-ACK",
	[TERN_TCP_TIME_WAIT] = "TIME-WAIT",
};

/* As ss(8) has them, and in its manner what it does not have. */
static const char *const timer_names[] = {
	[TERN_TIMER_NONE] = "off",
	[TERN_TIMER_RETRANSMIT] = "on",
	[TERN_TIMER_PERSIST] = "persist",
	[TERN_TIMER_DELAYED_ACK] = "delack",
	[TERN_TIMER_KEEPALIVE] = "keepalive",
	[TERN_TIMER_FIN_WAIT_2] = "finwait2",
	[TERN_TIMER_TIME_WAIT] = "timewait",
	[TERN_TIMER_USER] = "user",
	[TERN_TIMER_SYN_ACK] = "synack",
	[TERN_TIMER_CORK] = "cork",
	[TERN_TIMER_PROBE] = "probe",
	[TERN_TIMER_REORDER] = "reorder",
};

static const char *name_at(const char *const *names, size_t n, size_t i)
{
	return i < n ? names[i] : "?";
}

const char *tern_counter_name(enum tern_counter c)
{
	return name_at(counter_names, ARRAY_LEN(counter_names), (size_t)c);
}

const char *tern_drop_name(enum tern_drop d)
{
	return name_at(drop_names, ARRAY_LEN(drop_names), (size_t)d);
}

const char *tern_drop_text(enum tern_drop d)
{
	return name_at(drop_texts, ARRAY_LEN(drop_texts), (size_t)d);
}

const char *tern_mem_purpose_name(enum tern_mem_purpose p)
{
	return name_at(purpose_names, ARRAY_LEN(purpose_names), (size_t)p);
}

const char *tern_tcp_state_name(enum tern_tcp_state s)
{
	return name_at(state_names, ARRAY_LEN(state_names), (size_t)s);
}

const char *tern_tcp_timer_name(enum tern_tcp_timer t)
{
	return name_at(timer_names, ARRAY_LEN(timer_names), (size_t)t);
}
