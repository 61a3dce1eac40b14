/* SPDX-License-Identifier: ISC */
/*
 * shim_ss.c - ss(8) and nstat(8) for the stack
 *
 * Enough of the columns and of -i for scripts that look for a word.
 */
#include <string.h>

#include <netinet/in.h>

#include <tern/info.h>
#include <tern/netif.h>
#include <tern/stats.h>

#include "shim.h"

static const char *state_name(enum tern_tcp_state s)
{
	switch (s) {
	case TERN_TCP_CLOSED:
		return "UNCONN";
	case TERN_TCP_LISTEN:
		return "LISTEN";
	case TERN_TCP_SYN_SENT:
		return "SYN-SENT";
	case TERN_TCP_SYN_RECEIVED:
		return "SYN-RECV";
	case TERN_TCP_ESTABLISHED:
		return "ESTAB";
	case TERN_TCP_FIN_WAIT_1:
		return "FIN-WAIT-1";
	case TERN_TCP_FIN_WAIT_2:
		return "FIN-WAIT-2";
	case TERN_TCP_CLOSE_WAIT:
		return "CLOSE-WAIT";
	case TERN_TCP_CLOSING:
		return "CLOSING";
	case TERN_TCP_LAST_ACK:
		return "LAST-ACK";
	case TERN_TCP_TIME_WAIT:
		return "TIME-WAIT";
	}
	return "?";
}

static void print_info(FILE *out, const struct tern_sockinfo *s)
{
	fprintf(out, "\t %s", s->cc ? s->cc : "none");
	if (s->timestamps)
		fputs(" ts", out);
	if (s->sack)
		fputs(" sack", out);
	if (s->wscale_ok)
		fprintf(out, " wscale:%u,%u", s->snd_wscale, s->rcv_wscale);
	fprintf(out, " rto:%u", s->rto_us / 1000);
	if (s->srtt_us)
		fprintf(out, " rtt:%.3f/%.3f", s->srtt_us / 1000.0,
			s->rttvar_us / 1000.0);
	fprintf(out, " mss:%u pmtu:%u rcvmss:%u", s->mss, s->pmtu, s->rcv_mss);
	if (s->mss)
		fprintf(out, " cwnd:%u", s->cwnd / s->mss);
	fprintf(out,
		" bytes_acked:%llu bytes_received:%llu segs_out:%u "
		"segs_in:%u retrans:0/%u\n",
		(unsigned long long)s->bytes_acked,
		(unsigned long long)s->bytes_received, s->segs_out, s->segs_in,
		s->retrans);
}

static void print_socket(FILE *out, const struct tern_sockinfo *s)
{
	char local[16], remote[16];

	fprintf(out, "%-10s %6u %6u %15s:%-5u %15s:%-5u\n",
		state_name(s->state), s->recv_q, s->send_q,
		tern_format_addr(s->tuple.laddr, local), s->tuple.lport,
		tern_format_addr(s->tuple.raddr, remote), s->tuple.rport);
}

/* Which options stand among the words, as a string of letters. */
static void letters_of(char **argv, char *out, size_t size)
{
	size_t n = 0;

	for (; *argv; argv++) {
		const char *p = *argv;

		if (p[0] != '-' || p[1] == '-')
			continue;
		for (p++; *p && n + 1 < size; p++)
			out[n++] = *p;
	}
	out[n] = 0;
}

int drill_shim_ss(const struct drill_shims *h, char **argv, FILE *out,
		  FILE *err)
{
	struct tern_sockinfo s[16];
	uint64_t cursor = 0;
	char letters[64];
	int n, i;

	(void)err;
	letters_of(argv + 1, letters, sizeof(letters));
	if (!strchr(letters, 'H'))
		fprintf(out, "%-10s %6s %6s %21s %21s\n", "State", "Recv-Q",
			"Send-Q", "Local Address:Port", "Peer Address:Port");
	while ((n = tern_sockets(h->stack, &cursor, s, 16)) > 0) {
		for (i = 0; i < n; i++) {
			bool listens = s[i].state == TERN_TCP_LISTEN;

			if (s[i].family != AF_INET ||
			    (!strchr(letters, 'a') &&
			     listens != (strchr(letters, 'l') != NULL)))
				continue;
			print_socket(out, &s[i]);
			if (strchr(letters, 'i') && !listens)
				print_info(out, &s[i]);
		}
	}
	return 0;
}

/* Names behind the options choose; without any, what is not 0 is shown. */
static bool wanted(char **argv, const char *name, bool zeros, uint64_t v)
{
	bool named = false;

	for (; *argv; argv++) {
		if ((*argv)[0] == '-')
			continue;
		named = true;
		if (strcmp(*argv, name) == 0)
			return true;
	}
	return !named && (zeros || v);
}

int drill_shim_nstat(const struct drill_shims *h, char **argv, FILE *out,
		     FILE *err)
{
	char letters[64];
	int i;

	(void)err;
	letters_of(argv + 1, letters, sizeof(letters));
	if (strchr(letters, 'n'))
		return 0; /* show nothing */
	fputs("#kernel\n", out);
	for (i = 0; i < TERN_COUNTER_N; i++) {
		uint64_t v = tern_counter(h->stack, (enum tern_counter)i);
		const char *name = tern_counter_name((enum tern_counter)i);

		if (wanted(argv + 1, name, strchr(letters, 'z') != NULL, v))
			fprintf(out, "%-31s %-18llu 0.0\n", name,
				(unsigned long long)v);
	}
	return 0;
}
