/* SPDX-License-Identifier: ISC */
/*
 * bottleneck.c - the path: hubs at both ends, impairment between them
 *
 *	sender --.                                        .-- receiver
 *	          hub -- [capture] -- loss, rate, delay -- hub
 *	sender --'                                        '
 *
 * Only text is lost, and which segment that is depends on the seed and on how
 * many segments with text have come before: the k-th of them fares the same
 * whoever sends it.  ARP, SYNs and ACKs always arrive.
 *
 * A frame that leaves later than it should has met a machine that was busy
 * elsewhere, not the path.  So the lateness of each is watched, and who asked
 * for the round may throw it away.
 */
#include "round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include <tern/host.h>
#include <tern/libc.h>

#define BATCH	 32
#define ETH_LEN	 14
#define TICK_NS	 (200 * TERN_US)
#define HEADERS	 74 /* Ethernet, IPv4, TCP with options */
#define FLOW_TCP 6
#define HELD_MAX 4096

/* Ports that hear all broadcasts, and what is sent to them. */
struct hub {
	struct tern_link link; /* must be first */
	struct tern_link *port[SENDERS_MAX];
	uint8_t mac[SENDERS_MAX][6];
	bool known[SENDERS_MAX];
	int n;
	int turn; /* who is read first: the last one meets a full queue */
	struct tern_frame held[HELD_MAX]; /* until all has been read */
	int n_held;
};

/* A process that has a stack, and since when frames wait for it. */
struct end {
	int fd;		 /* its socket, -1 for Linux */
	tern_time since; /* 0: none wait */
};

struct bottleneck {
	struct hub left, right;
	struct end end[SENDERS_MAX + 1];
	int n_ends;
	struct tern_link *path; /* on the left hub */
	uint64_t chance;
	uint32_t loss_ppm;
	bool lossy;
	struct bottleneck_report report;
	struct tern_impair_stats before;
	FILE *pcap;
};

static struct hub *hub_of(struct tern_link *l)
{
	return (struct hub *)(void *)l;
}

static void learn(struct hub *h, int i, const struct tern_frame *f)
{
	uint8_t eth[ETH_LEN];

	if (h->known[i] || tern_frame_read(f, 0, eth, ETH_LEN) < ETH_LEN)
		return;
	memcpy(h->mac[i], eth + 6, 6);
	h->known[i] = true;
}

static int hub_recv(struct tern_link *l, struct tern_frame *f, int max,
		    tern_time now)
{
	struct hub *h = hub_of(l);
	int n = 0;

	for (int k = 0; k < h->n; k++) {
		const int i = (h->turn + k) % h->n;
		const int got = tern_link_recv(h->port[i], f + n,
					       (max - n) / (h->n - k), now);

		for (int j = 0; j < got; j++)
			learn(h, i, &f[n + j]);
		n += got > 0 ? got : 0;
	}
	return n;
}

static bool wants(const struct hub *h, int i, const uint8_t *mac)
{
	return (mac[0] & 1) || !h->known[i] || memcmp(mac, h->mac[i], 6) == 0;
}

/* What a port does not take is lost: it has room for more than the path. */
static void spread(struct hub *h, struct tern_frame *f, tern_time now)
{
	uint8_t mac[6] = {0};

	(void)tern_frame_read(f, 0, mac, sizeof(mac));
	for (int i = 0; i < h->n; i++) {
		struct tern_frame copy;

		if (!wants(h, i, mac))
			continue;
		tern_frame_share(&copy, f);
		if (tern_link_send(h->port[i], &copy, 1, now) != 1)
			tern_frame_release(&copy);
	}
	tern_frame_release(f);
}

static void let_go(struct hub *h, tern_time now)
{
	for (int i = 0; i < h->n_held; i++)
		spread(h, &h->held[i], now);
	h->n_held = 0;
}

/* A kernel answers within the system call that hands it a frame, a process only
 * when it runs.  So that neither is a look ahead, frames are handed over when
 * all has been read that there is: what comes of them is read next time. */
static int hub_send(struct tern_link *l, struct tern_frame *f, int n,
		    tern_time now)
{
	struct hub *h = hub_of(l);

	for (int i = 0; i < n; i++) {
		if (h->n_held == HELD_MAX)
			let_go(h, now);
		h->held[h->n_held++] = f[i];
	}
	return n;
}

static tern_time hub_deadline(const struct tern_link *l)
{
	(void)l;
	return TERN_NEVER;
}

static void hub_close(struct tern_link *l)
{
	for (int i = 0; i < hub_of(l)->n; i++)
		tern_link_close(hub_of(l)->port[i]);
}

static const struct tern_link_ops hub_ops = {
	.send = hub_send,
	.recv = hub_recv,
	.deadline = hub_deadline,
	.close = hub_close,
};

static void hub_init(struct hub *h, const struct place *p, int n)
{
	h->link = *p->port;
	h->link.ops = &hub_ops;
	h->n = n;
	for (int i = 0; i < n; i++)
		h->port[i] = p[i].port;
}

static bool has_text(const struct tern_frame *f)
{
	uint8_t b[HEADERS];
	const uint32_t n = tern_frame_read(f, 0, b, sizeof(b));
	const uint8_t *ip = b + ETH_LEN, *tcp;
	uint32_t ip_len, total;

	if (n < ETH_LEN + 40 || b[12] != 8 || b[13] || ip[9] != FLOW_TCP)
		return false;
	ip_len = (ip[0] & 15) * 4U;
	total = ip[2] * 256U + ip[3];
	if (ETH_LEN + ip_len + 20 > n)
		return false;
	tcp = ip + ip_len;
	return total > ip_len + (tcp[12] >> 4) * 4U;
}

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static bool is_lost(void *ctx, bool tx, const struct tern_frame *f,
		    tern_time now)
{
	struct bottleneck *b = ctx;

	(void)now;
	if (tx || !b->lossy || !has_text(f))
		return false;
	return draw(&b->chance) % 1000000 < b->loss_ppm;
}

static struct tern_link *captured(struct bottleneck *b, const char *pcap)
{
	struct tern_capture_config c = {
		.alloc = tern_libc_allocator(),
		.write = tern_host_capture_file,
		.snaplen = HEADERS + ETH_LEN,
		.header = true,
		.name = "wan",
	};
	struct tern_link *l = &b->left.link;

	b->pcap = pcap ? fopen(pcap, "wbe") : NULL;
	c.write_ctx = b->pcap;
	if (b->pcap && tern_capture_create(&l, &b->left.link, &c) < 0)
		return &b->left.link;
	return l;
}

static void add_end(struct bottleneck *b, const struct place *p)
{
	b->end[b->n_ends++].fd = p->fd;
}

struct bottleneck *bottleneck_create(const struct path *p,
				     struct place *senders, int n,
				     struct place *receiver, const char *pcap)
{
	struct bottleneck *b = calloc(1, sizeof(*b));
	struct tern_impair_config c = {
		.alloc = tern_libc_allocator(),
		.tx = {.delay_ns = p->rtt_ms * TERN_MS / 2},
		.rx = {.delay_ns = p->rtt_ms * TERN_MS / 2,
		       .rate_bps = p->rate_mbit * UINT64_C(1000000),
		       .queue_bytes = p->queue_bytes},
	};

	if (!b)
		return NULL;
	hub_init(&b->left, senders, n);
	hub_init(&b->right, receiver, 1);
	for (int i = 0; i < n; i++)
		add_end(b, &senders[i]);
	add_end(b, receiver);
	b->chance = p->seed;
	b->loss_ppm = p->loss_ppm;
	if (tern_impair_create(&b->path, captured(b, pcap), &c) < 0) {
		free(b);
		return NULL;
	}
	tern_impair_filter(b->path, is_lost, b);
	return b;
}

/* Carries what there is.  Returns true if there was something. */
static bool carry(struct bottleneck *b, tern_time now)
{
	struct tern_frame f[BATCH];
	int n = tern_link_recv(b->path, f, BATCH, now), did = n;

	if (n > 0)
		(void)tern_link_send(&b->right.link, f, n, now);
	n = tern_link_recv(&b->right.link, f, BATCH, now);
	if (n > 0)
		(void)tern_link_send(b->path, f, n, now);
	return did > 0 || n > 0;
}

/* The path looks at its frames so often and no oftener, as network devices
 * gather interrupts: to wake up for each costs more than the frame. */
static void sleep_until(tern_time at)
{
	const struct timespec ts = {.tv_sec = (time_t)(at / TERN_S),
				    .tv_nsec = (long)(at % TERN_S)};

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* How late the path itself is. */
static tern_time path_late(const struct bottleneck *b, tern_time now)
{
	const tern_time due = tern_link_deadline(b->path);

	return due < now ? now - due : 0;
}

/* A process that does not come to its frames is late as the path may be: the
 * machine was elsewhere.  What a kernel is handed, it takes at once. */
static tern_time end_late(struct end *e, tern_time now)
{
	int bytes = 0;

	if (e->fd < 0 || ioctl(e->fd, FIONREAD, &bytes) < 0 || bytes == 0)
		e->since = 0;
	else if (e->since == 0)
		e->since = now;
	return e->since ? now - e->since : 0;
}

static void watch(struct bottleneck *b, tern_time now, tern_time before)
{
	struct bottleneck_report *r = &b->report;
	tern_time late = path_late(b, now);

	for (int i = 0; i < b->n_ends; i++) {
		const tern_time ns = end_late(&b->end[i], now);

		late = ns > late ? ns : late;
	}
	if (late > r->late_ns)
		r->late_ns = late;
	if (late > TERN_MS)
		r->away_ns += now - before;
}

void bottleneck_run(struct bottleneck *b, tern_time until,
		    const atomic_bool *done)
{
	tern_time now = tern_host_now(), before = now;

	while (now < until && !(done && atomic_load(done))) {
		watch(b, now, before);
		while (carry(b, now))
			;
		let_go(&b->left, now);
		let_go(&b->right, now);
		b->left.turn = !b->left.turn;
		sleep_until(now - now % TICK_NS + TICK_NS);
		before = now;
		now = tern_host_now();
	}
	if (b->pcap)
		fflush(b->pcap);
}

void bottleneck_reset(struct bottleneck *b)
{
	b->report = (struct bottleneck_report){0};
	b->lossy = true;
	tern_impair_stats(b->path, NULL, &b->before);
}

void bottleneck_report(const struct bottleneck *b,
		       struct bottleneck_report *out)
{
	struct tern_impair_stats s;

	tern_impair_stats(b->path, NULL, &s);
	*out = b->report;
	out->lost = s.lost - b->before.lost;
	out->overflowed = s.overflowed - b->before.overflowed;
}
