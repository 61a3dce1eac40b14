/* SPDX-License-Identifier: ISC */
/*
 * line.c - a packet as tcpdump(8) prints it
 */
#include "line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *drill_field_name(enum drill_field f)
{
	static const char *const names[DRILL_FIELD_N] = {
		[DRILL_FIELD_TIME] = "time",
		[DRILL_FIELD_IP] = "IP header",
		[DRILL_FIELD_PROTOCOL] = "protocol",
		[DRILL_FIELD_PORTS] = "ports",
		[DRILL_FIELD_FLAGS] = "flags",
		[DRILL_FIELD_SEQ] = "sequence number",
		[DRILL_FIELD_ACK] = "acknowledgement",
		[DRILL_FIELD_WND] = "window",
		[DRILL_FIELD_URGENT] = "urgent pointer",
		[DRILL_FIELD_OPTIONS] = "options",
		[DRILL_FIELD_LENGTH] = "length",
	};

	return names[f];
}

static size_t length(const struct drill_line *l)
{
	return strlen(l->text);
}

__attribute__((format(printf, 2, 3))) static void add(struct drill_line *l,
						      const char *format, ...)
{
	size_t len = length(l);
	va_list ap;

	va_start(ap, format);
	vsnprintf(l->text + len, sizeof(l->text) - len, format, ap);
	va_end(ap);
}

/* The field begins here; drill_end() says where it ends. */
static void begin(struct drill_line *l, enum drill_field f)
{
	l->field[f].begin = (uint16_t)length(l);
}

static void end(struct drill_line *l, enum drill_field f)
{
	l->field[f].end = (uint16_t)length(l);
}

static const char *ecn_name(const struct drill_packet *p)
{
	switch (p->ecn) {
	case DRILL_ECN_NONE:
		return "noecn";
	case DRILL_ECN_ECT1:
		return "ect1";
	case DRILL_ECN_ECT0:
		return "ect0";
	case DRILL_ECN_CE:
		return "ce";
	case DRILL_ECN_ECT01:
		return "ect01";
	case DRILL_ECN_UNSAID:
		break;
	}
	return NULL;
}

static void print_ip(struct drill_line *l, const struct drill_packet *p)
{
	const char *ecn = ecn_name(p);
	const char *sep = "";

	begin(l, DRILL_FIELD_IP);
	add(l, "IP");
	if (!p->has_tos && !p->has_ttl && !ecn) {
		end(l, DRILL_FIELD_IP);
		return;
	}
	add(l, " (");
	if (p->has_tos) {
		add(l, "tos 0x%x", p->tos);
		sep = ", ";
	}
	if (ecn) {
		add(l, "%s%s", sep, ecn);
		sep = ", ";
	}
	if (p->has_ttl)
		add(l, "%sttl %u", sep, p->ttl);
	add(l, ")");
	end(l, DRILL_FIELD_IP);
}

static void print_addr(struct drill_line *l, uint32_t a, uint16_t port,
		       bool ported)
{
	add(l, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
	if (ported)
		add(l, ".%u", port);
}

static void print_ends(struct drill_line *l, const struct drill_packet *p)
{
	const bool ported = p->protocol != DRILL_ICMP;

	begin(l, DRILL_FIELD_PORTS);
	add(l, " ");
	print_addr(l, p->src, p->sport, ported);
	add(l, " > ");
	print_addr(l, p->dst, p->dport, ported);
	end(l, DRILL_FIELD_PORTS);
	add(l, ": ");
}

static void print_flags(struct drill_line *l, const struct drill_packet *p)
{
	static const struct {
		uint16_t flag;
		char letter;
	} letters[] = {
		{TERN_FIN, 'F'}, {TERN_SYN, 'S'}, {TERN_RST, 'R'},
		{TERN_PSH, 'P'}, {TERN_ACK, '.'}, {TERN_URG, 'U'},
		{TERN_ECE, 'E'}, {TERN_CWR, 'W'}, {TERN_AE, 'A'},
	};
	size_t i;

	begin(l, DRILL_FIELD_FLAGS);
	add(l, "Flags [");
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (p->flags & letters[i].flag)
			add(l, "%c", letters[i].letter);
	add(l, "%s]", p->flags ? "" : "none");
	if (p->reserved)
		add(l, " reserved %u", p->reserved);
	end(l, DRILL_FIELD_FLAGS);
}

static void print_bytes(struct drill_line *l, const char *name,
			const uint8_t *p, int n)
{
	int i;

	add(l, "%s%s", name, n ? " " : "");
	for (i = 0; i < n; i++)
		add(l, "%02x", p[i]);
}

static void print_accecn(struct drill_line *l, const struct drill_option *o)
{
	static const char *const order[2][3] = {{"e0b", "ceb", "e1b"},
						{"e1b", "ceb", "e0b"}};
	const int which = o->kind == DRILL_OPT_ACCECN1;
	int i;

	add(l, "AccECN%d", which);
	for (i = 0; i < o->n / 3 && i < 3; i++) {
		const uint8_t *b = &o->u.bytes[3 * i];

		add(l, " %s %u", order[which][i],
		    (unsigned int)(b[0] << 16 | b[1] << 8 | b[2]));
	}
}

static void print_option(struct drill_line *l, const struct drill_option *o)
{
	char name[16];
	int i;

	switch (o->kind) {
	case DRILL_OPT_EOL:
		add(l, "eol");
		return;
	case DRILL_OPT_NOP:
		add(l, "nop");
		return;
	case DRILL_OPT_MSS:
		add(l, "mss %u", o->u.number[0]);
		return;
	case DRILL_OPT_WSCALE:
		add(l, "wscale %u", o->u.number[0]);
		return;
	case DRILL_OPT_SACK_OK:
		add(l, "sackOK");
		return;
	case DRILL_OPT_SACK:
		add(l, "sack");
		for (i = 0; i + 1 < o->n; i += 2)
			add(l, " %u:%u", o->u.number[i], o->u.number[i + 1]);
		return;
	case DRILL_OPT_TS:
		add(l, "TS val %u ecr %u", o->u.number[0], o->u.number[1]);
		return;
	case DRILL_OPT_ACCECN0:
	case DRILL_OPT_ACCECN1:
		print_accecn(l, o);
		return;
	case DRILL_OPT_MD5:
		print_bytes(l, "md5", o->u.bytes, o->n);
		return;
	case DRILL_OPT_FO:
		print_bytes(l, "FO", o->u.bytes, o->n);
		return;
	default:
		snprintf(name, sizeof(name), "option-%u", o->kind);
		print_bytes(l, name, o->u.bytes, o->n);
	}
}

static void print_options(struct drill_line *l, const struct drill_packet *p)
{
	int i;

	begin(l, DRILL_FIELD_OPTIONS);
	if (p->any_options)
		add(l, ", options [...]");
	if (p->n_options)
		add(l, ", options [");
	for (i = 0; i < p->n_options; i++) {
		add(l, "%s", i ? "," : "");
		l->option[i].begin = (uint16_t)length(l);
		print_option(l, &p->option[i]);
		l->option[i].end = (uint16_t)length(l);
	}
	add(l, "%s", p->n_options ? "]" : "");
	end(l, DRILL_FIELD_OPTIONS);
}

static void print_tcp(struct drill_line *l, const struct drill_packet *p)
{
	print_flags(l, p);
	begin(l, DRILL_FIELD_SEQ);
	add(l, ", seq %u", p->seq);
	if (p->len)
		add(l, ":%u", p->seq + p->len);
	end(l, DRILL_FIELD_SEQ);
	begin(l, DRILL_FIELD_ACK);
	if (p->flags & TERN_ACK)
		add(l, ", ack %u", p->ack);
	end(l, DRILL_FIELD_ACK);
	begin(l, DRILL_FIELD_WND);
	if (p->has_wnd)
		add(l, ", win %u", p->wnd);
	end(l, DRILL_FIELD_WND);
	begin(l, DRILL_FIELD_URGENT);
	if (p->flags & TERN_URG || p->urgent)
		add(l, ", urg %u", p->urgent);
	end(l, DRILL_FIELD_URGENT);
	print_options(l, p);
}

static void print_icmp(struct drill_line *l, const struct drill_packet *p)
{
	begin(l, DRILL_FIELD_FLAGS);
	add(l, "ICMP type %u code %u", p->type, p->code);
	if (p->has_mtu)
		add(l, " mtu %u", p->mtu);
	end(l, DRILL_FIELD_FLAGS);
	begin(l, DRILL_FIELD_SEQ);
	if (p->quote == DRILL_QUOTE_TCP)
		add(l, " [%u:%u(%u)]", p->seq, p->seq + p->len, p->len);
	if (p->quote == DRILL_QUOTE_UDP)
		add(l, " [udp (%u)]", p->len);
	end(l, DRILL_FIELD_SEQ);
}

void drill_line_print(struct drill_line *l, const struct drill_packet *p,
		      int64_t ns)
{
	memset(l, 0, sizeof(*l));
	begin(l, DRILL_FIELD_TIME);
	if (ns == INT64_MIN)
		add(l, "%10s", "*");
	else
		add(l, "%10.6f", (double)ns / 1e9);
	end(l, DRILL_FIELD_TIME);
	add(l, " ");
	print_ip(l, p);
	print_ends(l, p);
	begin(l, DRILL_FIELD_PROTOCOL);
	if (p->protocol == DRILL_TCP)
		print_tcp(l, p);
	else if (p->protocol == DRILL_ICMP)
		print_icmp(l, p);
	else
		add(l, "UDP");
	end(l, DRILL_FIELD_PROTOCOL);
	begin(l, DRILL_FIELD_LENGTH);
	if (p->protocol != DRILL_ICMP)
		add(l, ", length %u", p->len);
	end(l, DRILL_FIELD_LENGTH);
}

/* Not under the comma that leads a field in; what is missing is marked where it
 * would stand. */
static size_t mark(const struct drill_line *l, size_t from, size_t to,
		   char *out, size_t size)
{
	size_t i = from;

	if (from == to)
		to++;
	while (from + 1 < to && i < to && strchr(", ", l->text[i]))
		i++;
	for (; i < to && i + 1 < size; i++)
		out[i] = '^';
	return i;
}

void drill_line_mark(const struct drill_line *l, unsigned int fields,
		     uint64_t options, char *out, size_t size)
{
	size_t last = 0, end;
	int f;

	memset(out, ' ', size);
	for (f = 0; f < DRILL_OPTIONS_MAX; f++) {
		if (!(options >> f & 1))
			continue;
		end = mark(l, l->option[f].begin, l->option[f].end, out, size);
		last = end > last ? end : last;
	}
	for (f = 0; f < DRILL_FIELD_N; f++) {
		if (!(fields & DRILL_FIELD_BIT(f)) ||
		    (f == DRILL_FIELD_OPTIONS && options))
			continue;
		end = mark(l, l->field[f].begin, l->field[f].end, out, size);
		last = end > last ? end : last;
	}
	out[last < size ? last : size - 1] = 0;
}
