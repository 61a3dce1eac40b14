/* SPDX-License-Identifier: ISC */
/*
 * connection_fuzz.c - a whole stack under segments, calls and time in any order
 *
 * The input is a list of commands, an octet and its arguments each: a segment
 * of the peer (flags, numbers near the edges of what is expected, options,
 * text), a call of the application, or time that passes.  The stack answers as
 * it likes; its numbers are learned from what it sends, so that the search gets
 * deep into connections.  Invariants are checked after each command, and in
 * the end every byte must have come back.
 */
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <tern/netif.h>
#include <tern/socket.h>
#include <tern/stack.h>

#include "wire/checksum.h"
#include "wire/ip4.h"
#include "wire/tcp.h"
#include "wire/tcp_opt.h"

#define PORTS	 4
#define FDS	 8
#define TEXT_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *p;
	size_t left;
};

/* What is known of one connection of the stack. */
struct peer {
	uint32_t seq; /* what the stack expects next from us */
	uint32_t ack; /* what it has sent up to */
	uint32_t ts;  /* its last timestamp */
};

struct world {
	struct tern *n;
	tern_time now;
	int ifindex;
	int fd[FDS];
	struct peer peer[PORTS];
	long balance;
};

static uint8_t byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->p++;
}

static void *allocate(void *ctx, size_t size)
{
	*(long *)ctx += (long)size;
	return malloc(size);
}

static void release(void *ctx, void *p, size_t size)
{
	*(long *)ctx -= (long)size;
	free(p);
}

/* Reads a segment of the stack, and remembers what it says. */
static void learn(struct world *w, const struct tern_frame *f)
{
	uint8_t p[TEXT_MAX];
	struct ip4_header ip;
	struct tcp_header h;
	struct tcp_options o;
	struct peer *peer;
	uint32_t len = tern_frame_read(f, 0, p, sizeof(p));

	if (ip4_parse(p, len, f->len, &ip) || ip.proto != IP_PROTO_TCP)
		return;
	len -= ip.header_len;
	if (tcp_parse(p + ip.header_len, len, f->len - ip.header_len, &h))
		__builtin_trap();
	peer = &w->peer[h.dport % PORTS];
	tcp_opt_parse(h.options, h.header_len - 20U, &o);
	peer->ack = h.seq + (f->len - ip.header_len - h.header_len) +
		    !!(h.flags & SYN) + !!(h.flags & FIN);
	if (h.flags & ACK)
		peer->seq = h.ack;
	peer->ts = o.ts_val;
}

static void pull(struct world *w)
{
	struct tern_frame f[8];
	int rounds = 4096;
	int n, i;

	while ((n = tern_output(w->n, w->ifindex, f, 8, w->now)) > 0) {
		if (--rounds == 0)
			__builtin_trap(); /* it never stops sending */
		for (i = 0; i < n; i++) {
			learn(w, &f[i]);
			tern_frame_release(&f[i]);
		}
	}
	tern_selfcheck(w->n);
}

/* Numbers are mostly right, or off by a little, or a window away. */
static uint32_t near(struct input *in, uint32_t right)
{
	static const uint32_t off[] = {
		0,     1,     (uint32_t)-1, 2,		1460, (uint32_t)-1460,
		65535, 65536, 0x7fffffff,   0x80000000, 100};
	const uint8_t b = byte(in);

	if (b < 128)
		return right;
	return right + off[b % (sizeof(off) / sizeof(off[0]))];
}

static uint32_t options(struct input *in, const struct peer *peer,
			const struct world *w, uint8_t *p)
{
	const uint8_t which = byte(in);
	struct tcp_options o = {0};
	uint32_t i, len;

	if (which & 128) { /* rubbish */
		len = (which & 15) * 4U;
		if (len > 40)
			len = 40;
		for (i = 0; i < len; i++)
			p[i] = byte(in);
		return len;
	}
	o.present = which & 31;
	o.mss = (uint16_t)(byte(in) * 8);
	o.wscale = which & 15;
	o.ts_val = (uint32_t)(w->now / TERN_MS) + (which & 64 ? 0 : 5);
	o.ts_ecr = peer->ts;
	o.n_sack = 1;
	o.sack[0].left = near(in, peer->ack);
	o.sack[0].right = o.sack[0].left + byte(in) * 64U;
	return tcp_opt_emit(p, &o);
}

static void segment(struct world *w, struct input *in)
{
	static const uint16_t flags[] = {SYN,
					 ACK,
					 ACK,
					 PSH | ACK,
					 FIN | ACK,
					 RST,
					 RST | ACK,
					 SYN | ACK,
					 URG | ACK,
					 ACK,
					 FIN | PSH | ACK,
					 0,
					 SYN | FIN};
	const uint8_t kind = byte(in);
	const uint8_t port = byte(in) % PORTS;
	struct peer *peer = &w->peer[port];
	uint8_t p[20 + 60 + TEXT_MAX];
	struct ip4_header ip = {.ttl = 64, .proto = IP_PROTO_TCP, .df = true};
	struct tcp_header h = {0};
	struct tern_frame f;
	uint32_t opt, text, len, i;

	h.flags = kind & 128 ? byte(in)
			     : flags[kind % (sizeof(flags) / sizeof(flags[0]))];
	h.sport = (uint16_t)(40000 + port);
	h.dport = byte(in) < 240 ? 80 : 81;
	h.seq = near(in, peer->seq);
	h.ack = near(in, peer->ack);
	h.wnd = (uint16_t)(byte(in) * 257);
	h.up = h.flags & URG ? (uint16_t)(byte(in) * 16) : 0;
	opt = options(in, peer, w, p + 40);
	text = (h.flags & SYN) ? 0 : byte(in) * (TEXT_MAX / 256);
	h.header_len = (uint8_t)(20 + opt);
	len = h.header_len + text;
	ip.src = ip4_addr(10, 0, 0, 2);
	ip.dst = ip4_addr(10, 0, 0, 1);
	ip.total_len = (uint16_t)(20 + len);
	(void)ip4_emit(p, &ip);
	tcp_emit(p + 20, &h);
	for (i = 0; i < text; i++)
		p[20 + h.header_len + i] = (uint8_t)i;
	store_be16(p + 20 + TCP_SUM_OFFSET,
		   checksum_finish(
			   sum_bytes(sum_pseudo4(ip.src, ip.dst, ip.proto, len),
				     p + 20, len)));
	if (tern_frame_copy(&f, tern_blocks(w->n), p, 20 + len) == 0)
		tern_input(w->n, w->ifindex, &f, 1, w->now);
}

static void set_option(struct world *w, struct input *in, int fd)
{
	static const int names[] = {
		TCP_NODELAY,	  TCP_CORK,	    TCP_KEEPIDLE,
		TCP_KEEPINTVL,	  TCP_KEEPCNT,	    TCP_MAXSEG,
		TCP_USER_TIMEOUT, TCP_DEFER_ACCEPT, TCP_LINGER2,
		TCP_WINDOW_CLAMP, TCP_QUICKACK,	    TCP_SYNCNT};
	static const int sock[] = {SO_KEEPALIVE, SO_OOBINLINE, SO_RCVBUF,
				   SO_SNDBUF,	 SO_RCVLOWAT,  SO_REUSEADDR};
	const uint8_t which = byte(in);
	const int value = byte(in) * (which & 64 ? 64 : 1);
	const struct linger l = {.l_onoff = value & 1};

	if (which & 128)
		tern_setsockopt(w->n, fd, SOL_SOCKET, sock[which % 6], &value,
				sizeof(value));
	else if (which == 127)
		tern_setsockopt(w->n, fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	else
		tern_setsockopt(w->n, fd, IPPROTO_TCP, names[which % 12],
				&value, sizeof(value));
}

static void keep_fd(struct world *w, int fd)
{
	int i;

	for (i = 0; i < FDS; i++)
		if (w->fd[i] < 0) {
			w->fd[i] = fd;
			return;
		}
	tern_close(w->n, fd);
}

static void open_client(struct world *w, uint8_t port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	const int fd = tern_socket(w->n, AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return;
	sin.sin_addr.s_addr = htonl(ip4_addr(10, 0, 0, 2));
	sin.sin_port = htons((uint16_t)(40000 + port % PORTS));
	(void)!tern_connect(w->n, fd, (struct sockaddr *)&sin, sizeof(sin));
	keep_fd(w, fd);
}

static void call(struct world *w, struct input *in)
{
	static const int send_flags[] = {0, MSG_MORE, MSG_OOB, 0};
	static const int recv_flags[] = {0, MSG_PEEK, MSG_OOB, MSG_WAITALL};
	static uint8_t buf[65536];
	const uint8_t what = byte(in);
	int *fd = &w->fd[(what >> 4) % FDS];
	const size_t len = (size_t)byte(in) * 200;

	switch (what & 15) {
	case 0:
		keep_fd(w, tern_accept(w->n, w->fd[0], NULL, NULL));
		return;
	case 1:
		open_client(w, byte(in));
		return;
	case 2:
	case 3:
	case 4:
		(void)!tern_send(w->n, *fd, buf, len, send_flags[len % 4]);
		return;
	case 5:
	case 6:
	case 7:
		(void)!tern_recv(w->n, *fd, buf, len, recv_flags[len % 4]);
		return;
	case 8:
		tern_shutdown(w->n, *fd, (int)(len % 3));
		return;
	case 9:
		if (fd != &w->fd[0]) {
			tern_close(w->n, *fd);
			*fd = -1;
		}
		return;
	default:
		set_option(w, in, *fd);
	}
}

static void sleep_a_while(struct world *w, struct input *in)
{
	static const tern_time step[] = {TERN_MS,	50 * TERN_MS,
					 300 * TERN_MS, 2 * TERN_S,
					 70 * TERN_S,	8000 * TERN_S};
	const tern_time until = w->now + step[byte(in) % 6];
	int rounds = 100000;

	while (w->now < until) {
		tern_time next = tern_deadline(w->n);

		if (--rounds == 0)
			__builtin_trap(); /* timers without end */
		if (next > until)
			next = until;
		w->now = next > w->now ? next : w->now + 1;
		tern_advance(w->n, w->now);
		pull(w);
	}
}

static void set_up(struct world *w)
{
	struct tern_if_config ic = {
		.name = "f0", .mtu = 1500, .flags = TERN_IF_POINTOPOINT};
	struct sockaddr_in sin = {.sin_family = AF_INET};
	struct tern_config c;

	tern_config_init(&c);
	c.alloc = (struct tern_allocator){allocate, release, &w->balance};
	c.memory_limit = 8 << 20;
	w->now = TERN_S;
	if (tern_create(&w->n, &c, w->now))
		__builtin_trap();
	w->ifindex = tern_if_add(w->n, &ic);
	if (tern_addr_add(w->n, w->ifindex, ip4_addr(10, 0, 0, 1), 24))
		__builtin_trap();
	w->fd[0] = tern_socket(w->n, AF_INET, SOCK_STREAM, 0);
	sin.sin_port = htons(80);
	if (tern_bind(w->n, w->fd[0], (struct sockaddr *)&sin, sizeof(sin)) ||
	    tern_listen(w->n, w->fd[0], 2))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct world w = {0};
	int commands = 200;

	memset(w.fd, -1, sizeof(w.fd));
	set_up(&w);
	while (in.left > 0 && commands-- > 0) {
		const uint8_t what = byte(&in);

		if (what < 150)
			segment(&w, &in);
		else if (what < 225)
			call(&w, &in);
		else
			sleep_a_while(&w, &in);
		tern_advance(w.n, w.now);
		pull(&w);
	}
	tern_destroy(w.n);
	if (w.balance != 0)
		__builtin_trap();
	return 0;
}
