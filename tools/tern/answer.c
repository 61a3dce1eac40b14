/* SPDX-License-Identifier: ISC */
/*
 * answer.c - sockets, counters, interfaces and tunables as JSON
 */
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#include <tern/tern.h>

#include "answer.h"

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static void add_endpoint(json_t *o, const char *key, uint32_t addr,
			 uint16_t port)
{
	char text[16];

	json_object_set_new(o, key,
			    json_pack("{s:s, s:i}", "addr",
				      tern_format_addr(addr, text), "port",
				      (int)port));
}

static void add_timer(json_t *o, const struct tern *n,
		      const struct tern_sockinfo *s)
{
	tern_time now = tern_now(n);
	tern_time left = s->timer_at > now ? s->timer_at - now : 0;

	if (s->timer == TERN_TIMER_NONE || s->timer_at == TERN_NEVER)
		return;
	json_object_set_new(o, "timer",
			    json_pack("{s:s, s:I, s:I}", "name",
				      tern_tcp_timer_name(s->timer),
				      "expires_ms",
				      (json_int_t)(left / TERN_MS), "retries",
				      (json_int_t)s->retries));
}

static void add_buffer(json_t *o, struct tern *n, int fd, const char *key,
		       int option)
{
	int value;
	socklen_t len = sizeof(value);

	if (tern_getsockopt(n, fd, SOL_SOCKET, option, &value, &len) == 0)
		json_object_set_new(o, key, json_integer(value));
}

/* States in which there is a control block with all of these. */
static bool is_connection(const struct tern_sockinfo *s)
{
	return s->state != TERN_TCP_LISTEN && s->state != TERN_TCP_CLOSED &&
	       s->state != TERN_TCP_TIME_WAIT;
}

static void add_tcp(json_t *o, const struct tern_sockinfo *s)
{
	const struct {
		const char *key;
		uint64_t value;
	} fields[] = {
		{"rto_us", s->rto_us},
		{"rtt_us", s->srtt_us},
		{"rttvar_us", s->rttvar_us},
		{"min_rtt_us", s->min_rtt_us},
		{"mss", s->mss},
		{"rcv_mss", s->rcv_mss},
		{"peer_mss", s->peer_mss},
		{"pmtu", s->pmtu},
		{"cwnd", s->cwnd},
		{"ssthresh", s->ssthresh},
		{"snd_wnd", s->snd_wnd},
		{"rcv_wnd", s->rcv_wnd},
		{"unacked", s->unacked},
		{"bytes_acked", s->bytes_acked},
		{"snd_wscale", s->snd_wscale},
		{"rcv_wscale", s->rcv_wscale},
		{"bytes_received", s->bytes_received},
		{"segs_out", s->segs_out},
		{"segs_in", s->segs_in},
		{"retrans", s->retrans},
		{"error", s->error},
	};
	json_t *tcp = json_object();
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		json_object_set_new(tcp, fields[i].key,
				    number(fields[i].value));
	json_object_set_new(tcp, "timestamps", json_boolean(s->timestamps));
	json_object_set_new(tcp, "sack", json_boolean(s->sack));
	json_object_set_new(tcp, "wscale", json_boolean(s->wscale_ok));
	if (s->cc)
		json_object_set_new(tcp, "cc", json_string(s->cc));
	json_object_set_new(o, "tcp", tcp);
}

json_t *answer_socket(struct tern *n, const struct tern_sockinfo *s)
{
	bool tcp = s->family == AF_INET;
	json_t *o = json_pack(
		"{s:s, s:s, s:i, s:I, s:I}", "family", tcp ? "tcp" : "unix",
		"state", tern_tcp_state_name(s->state), "fd", s->fd, "recv_q",
		(json_int_t)s->recv_q, "send_q", (json_int_t)s->send_q);

	if (!o)
		return NULL;
	if (tcp) {
		add_endpoint(o, "local", s->tuple.laddr, s->tuple.lport);
		add_endpoint(o, "peer", s->tuple.raddr, s->tuple.rport);
	} else {
		json_object_set_new(o, "path", json_string(s->path));
	}
	if (s->state == TERN_TCP_LISTEN) {
		json_object_set_new(o, "syn_q", number(s->n_syn));
		json_object_set_new(o, "max_syn", number(s->max_syn));
	}
	add_timer(o, n, s);
	if (s->fd >= 0) {
		add_buffer(o, n, s->fd, "rcvbuf", SO_RCVBUF);
		add_buffer(o, n, s->fd, "sndbuf", SO_SNDBUF);
	}
	if (tcp && is_connection(s))
		add_tcp(o, s);
	return o;
}

static json_t *counters(const struct tern *n)
{
	json_t *o = json_object();
	unsigned int i;

	for (i = 0; i < TERN_COUNTER_N; i++)
		if (tern_counter(n, (enum tern_counter)i))
			json_object_set_new(
				o, tern_counter_name((enum tern_counter)i),
				number(tern_counter(n, (enum tern_counter)i)));
	return o;
}

static json_t *drops(const struct tern *n)
{
	json_t *list = json_array();
	enum tern_drop d;
	unsigned int i;

	for (i = TERN_DROP_NONE + 1; i < TERN_DROP_N; i++) {
		d = (enum tern_drop)i;
		if (tern_drops(n, d))
			json_array_append_new(
				list, json_pack("{s:s, s:s, s:I}", "name",
						tern_drop_name(d), "text",
						tern_drop_text(d), "count",
						(json_int_t)tern_drops(n, d)));
	}
	return list;
}

static json_t *memory(const struct tern *n)
{
	json_t *o = json_object();
	unsigned int i;

	for (i = 0; i < TERN_MEM_N; i++)
		json_object_set_new(
			o, tern_mem_purpose_name((enum tern_mem_purpose)i),
			number(tern_memory(n, (enum tern_mem_purpose)i)));
	return json_pack("{s:I, s:I, s:I, s:o}", "total",
			 (json_int_t)tern_memory_total(n), "peak",
			 (json_int_t)tern_memory_peak(n), "limit",
			 (json_int_t)tern_memory_limit(n), "of", o);
}

json_t *answer_stats(const struct tern *n)
{
	return json_pack("{s:o, s:o, s:o}", "counters", counters(n), "drops",
			 drops(n), "memory", memory(n));
}

json_t *answer_counters(const struct tern *n)
{
	json_t *o = json_object();
	char name[64];
	unsigned int i;

	for (i = 0; i < TERN_COUNTER_N; i++)
		json_object_set_new(
			o, tern_counter_name((enum tern_counter)i),
			number(tern_counter(n, (enum tern_counter)i)));
	for (i = 1; i < TERN_DROP_N; i++) {
		snprintf(name, sizeof(name), "TernDrop_%s",
			 tern_drop_name((enum tern_drop)i));
		json_object_set_new(o, name,
				    number(tern_drops(n, (enum tern_drop)i)));
	}
	return o;
}

json_t *answer_interface(const struct tern *n, int ifindex)
{
	struct tern_if_info info;

	if (tern_if_info(n, ifindex, &info) < 0)
		return NULL;
	return json_pack("{s:i, s:s, s:b, s:I, s:b, s:I, s:I, s:I, s:I}",
			 "index", ifindex, "name", info.config.name, "up",
			 info.up, "mtu", (json_int_t)info.config.mtu,
			 "ethernet",
			 (info.config.flags & TERN_IF_ETHERNET) != 0,
			 "rx_frames", (json_int_t)info.rx_frames, "rx_bytes",
			 (json_int_t)info.rx_bytes, "tx_frames",
			 (json_int_t)info.tx_frames, "tx_bytes",
			 (json_int_t)info.tx_bytes);
}

json_t *answer_sysctl(const struct tern *n, int i)
{
	const struct tern_sysctl *s = tern_sysctl_at(i);
	char value[64];

	if (!s || tern_sysctl_get(n, s->name, value, sizeof(value)) < 0)
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "name", s->name,
			 "value", value, "unit", s->unit ? s->unit : "", "what",
			 s->what ? s->what : "", "min", (json_int_t)s->min,
			 "max", (json_int_t)s->max, "initial",
			 (json_int_t)s->initial);
}
