/* SPDX-License-Identifier: ISC */
/*
 * attack_memory_test.c - who fills the memory must not stop the others
 *
 * A stack with little memory, a connection that was there before the attack,
 * and peers that make the stack hold as much as it will: text that nobody
 * reads, text with gaps, text that they do not acknowledge, SYNs, TIME-WAITs.
 * All the while that connection works, and when the attack is over the memory
 * is there again.  (The limit itself is checked by tern_selfcheck().)
 */
#include "unit/rfc/drive.h"

#define LIMIT	(512 << 10)
#define PORTS	50000 /* of the attackers */
#define N_PORTS 40

/* The connection that must go on: its port, and where it stands. */
struct victim {
	int fd;
	uint32_t iss, in, out; /* relative: next byte to the stack, and of it */
};

static struct drive *small(size_t limit)
{
	struct drive *d = calloc(1, sizeof(*d));
	struct tern_if_config ic = {
		.name = "d0", .mtu = 1500, .flags = TERN_IF_POINTOPOINT};
	struct tern_route def = {.dst = 0};
	struct tern_config c;

	assert_non_null(d);
	tern_config_init(&c);
	c.alloc = meter_allocator(&d->meter);
	c.memory_limit = limit;
	d->now = 1000 * TERN_S;
	d->lfd = d->fd = -1;
	d->lport = STACK_PORT;
	d->rport = PEER_PORT;
	assert_int_equal(tern_create(&d->n, &c, d->now), 0);
	d->ifindex = tern_if_add(d->n, &ic);
	assert_int_equal(tern_addr_add(d->n, d->ifindex, STACK_ADDR, 24), 0);
	def.ifindex = d->ifindex;
	assert_int_equal(tern_route_add(d->n, &def), 0);
	return d;
}

static struct victim begin(struct drive *d)
{
	struct victim v = {.in = 1, .out = 1};

	drive_listen(d, 4096);
	drive_server(d);
	v.fd = d->fd;
	v.iss = d->iss;
	return v;
}

static void turn_to(struct drive *d, const struct victim *v)
{
	drive_drain(d);
	d->rport = PEER_PORT;
	d->iss = v->iss;
	d->fd = v->fd;
}

/* The next segment to this port of the peer, others being passed over. */
static bool take(struct drive *d, uint16_t port)
{
	while (drive_take(d))
		if (d->rport == port)
			return true;
	d->rport = port;
	return false;
}

/* The peer sends 10000 bytes, and what is not taken again. */
static void send_to(struct drive *d, struct victim *v)
{
	const uint32_t end = v->in + 10000;
	int rounds = 100;

	while (v->in != end) {
		assert_true(rounds-- > 0);
		inject(d, SEG(PSH | ACK, v->in, v->out, .len = 1000));
		while (drive_recv(d, 65536) > 0)
			;
		drive_sleep(d, 50 * TERN_MS);
		while (take(d, PEER_PORT))
			v->in = d->last.ack;
	}
}

/* The stack sends 10000 bytes; all are acknowledged. */
static void get_from(struct drive *d, struct victim *v)
{
	static const uint8_t text[10000];
	const uint32_t end = v->out + sizeof(text);
	size_t queued = 0;
	int rounds = 100;

	while (v->out != end) {
		ssize_t n =
			tern_send(d->n, v->fd, text, sizeof(text) - queued, 0);

		assert_true(rounds-- > 0);
		queued += n > 0 ? (size_t)n : 0;
		drive_sleep(d, 10 * TERN_MS);
		while (take(d, PEER_PORT))
			v->out = d->last.seq + d->last.len;
		inject(d, SEG(ACK, v->in, v->out));
	}
}

static void assert_goes_on(struct drive *d, struct victim *v)
{
	const tern_time start = d->now;

	turn_to(d, v);
	send_to(d, v);
	get_from(d, v);
	assert_true(d->now - start < 5 * TERN_S);
}

/* Another peer connects.  Returns the descriptor, or a negative errno. */
static int attacker(struct drive *d, int i)
{
	drive_drain(d);
	d->rport = (uint16_t)(PORTS + i);
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	if (!drive_take(d) || d->last.flags != (SYN | ACK))
		return -EAGAIN;
	inject(d, SEG(ACK, 1, 1));
	return tern_accept(d->n, d->lfd, NULL, NULL);
}

/* The peer's segment, if there is memory to read it at all. */
static void push(struct drive *d, struct dseg s)
{
	struct tern_block *b = tern_block_get(tern_blocks(d->n), 2048);

	if (!b)
		return;
	tern_block_unref(b);
	inject(d, s);
	drive_drain(d);
}

static size_t room(const struct drive *d)
{
	return tern_memory_limit(d->n) - tern_memory_total(d->n);
}

static void close_all(struct drive *d, const int *fd, int n)
{
	const struct linger l = {.l_onoff = 1};

	while (n-- > 0)
		if (fd[n] >= 0) {
			tern_setsockopt(d->n, fd[n], SOL_SOCKET, SO_LINGER, &l,
					sizeof(l));
			tern_close(d->n, fd[n]);
		}
	drive_drain(d);
}

/* What is in use when only the victim is there. */
static size_t idle_use(struct drive *d)
{
	drive_sleep(d, 100 * TERN_S);
	/* Free blocks are kept, but anybody can have them. */
	tern_block_unref(tern_block_get(tern_blocks(d->n), 2048));
	return tern_memory_total(d->n) - tern_memory(d->n, TERN_MEM_BLOCK);
}

static void text_that_nobody_reads(void **state)
{
	struct drive *d = small(LIMIT);
	struct victim v = begin(d);
	int fd[N_PORTS], i, k;
	size_t before;

	(void)state;
	assert_goes_on(d, &v);
	before = idle_use(d);
	for (i = 0; i < N_PORTS; i++) {
		fd[i] = attacker(d, i);
		for (k = 0; fd[i] >= 0 && k < 65; k++)
			push(d,
			     SEG(ACK, 1 + 1000 * (uint32_t)k, 1, .len = 1000));
	}
	assert_true(tern_drops(d->n, TERN_DROP_TCP_RCV_BUFFER) > 0);
	assert_goes_on(d, &v);
	close_all(d, fd, N_PORTS);
	assert_in_range(idle_use(d), 1, before + (64 << 10));
	assert_true(attacker(d, 100) >= 0); /* there is room for new ones */
	assert_goes_on(d, &v);
	drive_free(d);
}

/* RFC 2018 8: what was told by SACK may be let go. */
static void text_with_gaps(void **state)
{
	struct drive *d = small(LIMIT);
	struct victim v = begin(d);
	int fd[N_PORTS], i, k;

	(void)state;
	for (i = 0; i < N_PORTS; i++) {
		fd[i] = attacker(d, i);
		assert_true(fd[i] >= 0);
		for (k = 0; k < 500; k++)
			push(d,
			     SEG(ACK, 101 + 100 * (uint32_t)k, 1, .len = 50));
	}
	assert_true(room(d) >= LIMIT / 8 - 4096);
	assert_true(tern_drops(d->n, TERN_DROP_TCP_OOO_FULL) > 0);
	assert_true(attacker(d, 100) >= 0);
	assert_goes_on(d, &v);
	assert_true(tern_memory(d->n, TERN_MEM_BLOCK) > LIMIT / 8);
	close_all(d, fd, N_PORTS);
	drive_free(d);
}

/* The text that was let go comes again, and the stream is whole. */
static void gap_filled_after_the_text_went(void **state)
{
	struct drive *d = small(LIMIT);
	struct victim v = begin(d);
	uint8_t text[3000];
	int i, k;

	(void)state;
	turn_to(d, &v);
	inject(d, SEG(ACK, 1001, 1, .len = 1000, .text_from = 1000 % 256));
	expect(d, SEG(ACK, 1, 1));
	for (i = 0; i < N_PORTS; i++) {
		assert_true(attacker(d, i) >= 0);
		for (k = 0; k < 500; k++)
			push(d,
			     SEG(ACK, 101 + 100 * (uint32_t)k, 1, .len = 50));
	}
	turn_to(d, &v);
	inject(d, SEG(ACK, 1, 1, .len = 1000));
	expect(d, SEG(ACK, 1, 1001)); /* no more than that */
	inject(d, SEG(ACK, 1001, 1, .len = 1000, .text_from = 1000 % 256));
	expect(d, SEG(ACK, 1, 2001));
	assert_int_equal(tern_recv(d->n, d->fd, text, sizeof(text), 0), 2000);
	for (i = 0; i < 2000; i++)
		assert_int_equal(text[i], i % 256);
	drive_free(d);
}

/* Memory runs short when a gap was filled, and before that is acknowledged:
 * nothing is out of order any more, and so nothing is dropped. */
static void filled_gap_is_no_drop(void **state)
{
	struct drive *d = small(LIMIT);
	struct victim v = begin(d);
	struct tern_block *held[LIMIT / 2048];
	int n = 0;

	(void)state;
	turn_to(d, &v);
	inject(d, SEG(ACK, 1001, 1, .len = 1000));
	expect(d, SEG(ACK, 1, 1));
	drive_hold(d);
	inject(d, SEG(ACK, 1, 1, .len = 1000));
	assert_int_equal(tern_input(d->n, d->ifindex, d->in, 1, d->now), 0);
	d->n_in = 0;
	d->hold = false;
	while (room(d) >= LIMIT / 8)
		held[n++] = tern_block_get(tern_blocks(d->n), 2048);
	inject(d, SEG(ACK, 2001, 1, .len = 10));
	expect(d, SEG(ACK, 1, 2001));
	assert_int_equal(tern_drops(d->n, TERN_DROP_TCP_RCV_BUFFER), 1);
	assert_int_equal(tern_drops(d->n, TERN_DROP_TCP_OOO_FULL), 0);
	while (n > 0)
		tern_block_unref(held[--n]);
	drive_free(d);
}

/* CVE-2008-4609: windows that never open.  Who must wait for memory is told
 * when there is some. */
static void text_that_nobody_acknowledges(void **state)
{
	static const uint8_t text[65536];
	struct drive *d = small(LIMIT);
	struct victim v = begin(d);
	struct pollfd p = {.events = POLLOUT};
	int fd[N_PORTS], i;
	ssize_t n;

	(void)state;
	for (i = 0; i < N_PORTS; i++) {
		fd[i] = attacker(d, i);
		assert_true(fd[i] >= 0);
		inject(d, SEG(ACK, 1, 1, .wnd_zero = true));
		n = tern_send(d->n, fd[i], text, sizeof(text), 0);
		assert_true(n > 0 || n == -EAGAIN);
		if (room(d) < LIMIT / 8)
			break;
	}
	assert_true(i > 2 && i < N_PORTS);
	n = tern_send(d->n, fd[i], text, sizeof(text), 0);
	assert_int_equal(n, -EAGAIN);
	p.fd = fd[i];
	assert_int_equal(tern_poll(d->n, &p, 1), 0);
	inject(d, SEG(ACK, 1, 1, .wnd = 60000));
	while (take(d, (uint16_t)(PORTS + i)))
		inject(d, SEG(ACK, 1, d->last.seq + d->last.len, .wnd = 60000));
	assert_int_equal(tern_poll(d->n, &p, 1), 1);
	assert_true(tern_send(d->n, fd[i], text, sizeof(text), 0) > 0);
	assert_goes_on(d, &v);
	close_all(d, fd, i + 1);
	assert_true(attacker(d, 100) >= 0);
	drive_free(d);
}

/* RFC 4987: with no memory for entries there are still cookies. */
static void syns(void **state)
{
	struct drive *d = small(LIMIT / 2);
	struct victim v = begin(d);
	uint32_t i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		inject(d, SEG(SYN, 0, 0, .mss = 1460,
			      .src = ip4_addr(10, 0, 0, 0) + i));
		drive_drain(d);
	}
	assert_true(tern_counter(d->n, TERN_TcpExtSyncookiesSent) > 0);
	assert_true(attacker(d, 0) >= 0);
	assert_true(tern_counter(d->n, TERN_TcpExtSyncookiesRecv) == 1);
	assert_goes_on(d, &v);
	drive_free(d);
}

/* The last of the memory is not for newcomers; who has waited gets in when
 * there is some again. */
static void third_segment_without_memory(void **state)
{
	struct drive *d = small(LIMIT);
	struct victim v = begin(d);
	struct tern_block *b[2048];
	int n = 0;

	(void)state;
	drive_drain(d);
	d->rport = PORTS;
	inject(d, SEG(SYN, 0, 0, .mss = 1460));
	expect(d, SEG(SYN | ACK, 0, 1));
	while (room(d) > LIMIT / 20)
		assert_non_null(b[n++] =
					tern_block_get(tern_blocks(d->n), 256));
	inject(d, SEG(ACK, 1, 1));
	expect_nothing(d);
	assert_int_equal(tern_drops(d->n, TERN_DROP_NO_MEMORY), 1);
	assert_int_equal(tern_accept(d->n, d->lfd, NULL, NULL), -EAGAIN);
	assert_goes_on(d, &v);
	while (n > 0)
		tern_block_unref(b[--n]);
	drive_drain(d);
	drive_sleep(d, 2 * TERN_S);
	assert_true(take(d, PORTS));
	assert_int_equal(d->last.flags, SYN | ACK);
	inject(d, SEG(ACK, 1, 1));
	assert_true(tern_accept(d->n, d->lfd, NULL, NULL) >= 0);
	drive_free(d);
}

/* The oldest TIME-WAIT goes for a new one. */
static void time_waits(void **state)
{
	struct drive *d = small(LIMIT);
	struct victim v = begin(d);
	int i, fd;

	(void)state;
	for (i = 0; i < 4000; i++) {
		fd = attacker(d, i);
		assert_true(fd >= 0);
		assert_int_equal(tern_close(d->n, fd), 0);
		drive_drain(d);
		inject(d, SEG(FIN | ACK, 1, 2));
		expect(d, SEG(ACK, 2, 2));
	}
	assert_in_range(tern_memory(d->n, TERN_MEM_TIMEWAIT), LIMIT / 8,
			LIMIT / 4 + (64 << 10));
	assert_true(tern_drops(d->n, TERN_DROP_TCP_TIMEWAIT_FULL) > 0);
	inject(d, SEG(FIN | ACK, 1, 2)); /* the last is still there */
	expect(d, SEG(ACK, 2, 2));
	d->rport = PORTS; /* the first is not */
	inject(d, SEG(FIN | ACK, 1, 2));
	expect(d, SEG(RST, 2, 0));
	assert_goes_on(d, &v);
	drive_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_nobody_reads),
		cmocka_unit_test(text_with_gaps),
		cmocka_unit_test(gap_filled_after_the_text_went),
		cmocka_unit_test(filled_gap_is_no_drop),
		cmocka_unit_test(text_that_nobody_acknowledges),
		cmocka_unit_test(syns),
		cmocka_unit_test(third_segment_without_memory),
		cmocka_unit_test(time_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
