/* SPDX-License-Identifier: ISC */
/*
 * tun_kernel_test.c - the TUN driver against the stack of the kernel
 *
 * A device in a network namespace, the kernel's sockets behind it, and a
 * hand-made end in front.  Skipped where there is no leave for a namespace, or
 * no /dev/net/tun.
 */
#include "tun.h"

#include <fcntl.h>
#include <poll.h>

#include "device.h"

static bool may_open; /* devices, in a namespace of our own */

static struct tern_link *open_device(bool tap, bool offload)
{
	struct tern_tun_config c = config(tap, offload);
	struct tern_link *l;

	c.name = "tern%d";
	assert_int_equal(tern_tun_open(&l, &c), 0);
	assert_string_equal(l->name, "tern0");
	assert_int_equal(l->mtu, 1500);
	assert_true(device_up(l->name));
	return l;
}

static int kernel_socket(int type, uint16_t port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
				  .sin_port = htons(port)};
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);

	sin.sin_addr.s_addr = htonl(KERNEL_ADDR);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return fd;
}

static struct sockaddr_in our_end(uint16_t port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
				  .sin_port = htons(port)};

	sin.sin_addr.s_addr = htonl(0x0a000001);
	return sin;
}

/* Waits for an IPv4 frame of a protocol; the kernel sends others too. */
static void await(struct tern_link *l, struct tern_frame *f, uint8_t protocol)
{
	struct pollfd p = {.fd = l->pollfd, .events = POLLIN};
	uint8_t ip[IP4_LEN];

	for (;;) {
		while (tern_link_recv(l, f, 1, 0) == 1) {
			tern_frame_read(f, 0, ip, sizeof(ip));
			if (ip[0] >> 4 == 4 && ip[IP4_PROTOCOL] == protocol)
				return;
			tern_frame_release(f);
		}
		assert_int_equal(poll(&p, 1, 5000), 1);
	}
}

static ssize_t await_bytes(int fd, void *buf, size_t len)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	assert_int_equal(poll(&p, 1, 5000), 1);
	return recv(fd, buf, len, 0);
}

static void send_one(struct tern_link *l, struct tern_frame *f)
{
	assert_int_equal(tern_link_send(l, f, 1, 0), 1);
}

static void check_udp(bool offload)
{
	struct sockaddr_in to = our_end(9);
	struct tern_link *l = open_device(false, offload);
	int fd = kernel_socket(SOCK_DGRAM, 7);
	uint8_t p[100], buf[100];
	struct tern_frame f;
	uint16_t sum;

	/* From the kernel: addresses, ports and bytes are what was sent. */
	assert_int_equal(
		sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)),
		5);
	await(l, &f, 17);
	assert_int_equal(!!(f.flags & TERN_FRAME_CSUM_PARTIAL), offload);
	tern_frame_finish_csum(&f);
	assert_int_equal(tern_frame_read(&f, 0, p, sizeof(p)), 33);
	assert_memory_equal(p + 28, "hello", 5);
	assert_int_equal(get_be16(p + 20), 7);
	sum = folded_sum(17 + 13, p + IP4_SOURCE, 8);
	assert_int_equal(folded_sum(sum, p + 20, 13), 0xffff);
	tern_frame_release(&f);

	/* To the kernel: the same, turned round, with "world". */
	put_be32(p + IP4_SOURCE, 0x0a000001);
	put_be32(p + IP4_SOURCE + 4, KERNEL_ADDR);
	put_be16(p + 20, 9);
	put_be16(p + 22, 7);
	put_be16(p + 26, 17 + 13); /* pseudo header without addresses */
	put_be16(p + 26, folded_sum(17 + 13, p + IP4_SOURCE, 8));
	memcpy(p + 28, "world", 5);
	assert_int_equal(tern_frame_copy(&f, mem.blocks, p, 33), 0);
	f.flags = TERN_FRAME_CSUM_PARTIAL;
	f.csum_start = 20;
	f.csum_offset = 6;
	send_one(l, &f);
	assert_int_equal(await_bytes(fd, buf, sizeof(buf)), 5);
	assert_memory_equal(buf, "world", 5);
	close(fd);
	tern_link_close(l);
}

static void test_kernel_udp(void **state)
{
	(void)state;
	if (!may_open)
		skip();
	check_udp(false);
	check_udp(true);
}

/* Our hand-made end of a connection that the kernel opened. */
struct far_end {
	struct tern_link *l;
	uint32_t snd_nxt, rcv_nxt;
	uint16_t kernel_port;
};

static void send_segment(struct far_end *e, uint32_t payload, uint8_t flags,
			 uint16_t gso_size)
{
	struct tern_frame f;
	uint8_t *tcp;

	frame_make(&f, &mem, payload, e->snd_nxt, flags);
	tcp = f.head + IP4_LEN;
	put_be16(tcp, 80);
	put_be16(tcp + 2, e->kernel_port);
	put_be32(tcp + 8, e->rcv_nxt);
	f.gso_size = gso_size;
	send_one(e->l, &f);
	e->snd_nxt += payload + ((flags & 2) != 0);
}

static void take_numbers(struct far_end *e, const struct tern_frame *f)
{
	uint8_t p[60];
	uint32_t text;

	tern_frame_read(f, 0, p, sizeof(p));
	text = f->len - IP4_LEN - tcp_header_len(p + IP4_LEN);
	e->kernel_port = get_be16(p + IP4_LEN);
	e->rcv_nxt = get_be32(p + IP4_LEN + TCP_SEQ) + text +
		     ((p[IP4_LEN + TCP_FLAGS] & 2) != 0);
}

/* Takes the kernel's next segment that has SYN or text, as one frame. */
static void await_segment(struct far_end *e, struct tern_frame *f)
{
	uint8_t p[60];
	uint32_t text;

	for (;;) {
		await(e->l, f, IP4_TCP);
		tern_frame_read(f, 0, p, sizeof(p));
		text = f->len - IP4_LEN - tcp_header_len(p + IP4_LEN);
		if (text > 0 || p[IP4_LEN + TCP_FLAGS] & 2)
			break;
		tern_frame_release(f);
	}
	take_numbers(e, f);
}

/* The kernel's text, which must come in frames of more than one segment. */
static void take_text(struct far_end *e, uint32_t len)
{
	uint32_t got = 0, text, longest = 0;
	struct tern_frame f;
	uint8_t byte;

	while (got < len) {
		await_segment(e, &f);
		assert_int_equal(f.flags, TERN_FRAME_CSUM_PARTIAL);
		text = f.len - HEADERS;
		if (text > longest)
			longest = text;
		if (text > 536) {
			assert_int_equal(f.gso_size, 536);
			assert_int_equal(f.hdr_len, HEADERS);
		}
		tern_frame_read(&f, HEADERS, &byte, 1);
		assert_int_equal(byte, payload_byte(got));
		got += text;
		tern_frame_release(&f);
		send_segment(e, 0, 0x10, 0);
	}
	assert_int_equal(got, len);
	assert_true(longest > 2 * 536);
}

/* A connection in both directions with segments of many MSS (536 here). */
static void test_kernel_tcp_in_large_segments(void **state)
{
	struct sockaddr_in to = our_end(80);
	struct far_end e = {.snd_nxt = 1000};
	uint8_t text[8000];
	struct tern_frame f;
	uint32_t i;
	ssize_t n;
	int fd;

	(void)state;
	if (!may_open)
		skip();
	e.l = open_device(false, true);
	fd = kernel_socket(SOCK_STREAM, 7);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), -1);
	assert_int_equal(errno, EINPROGRESS);
	await_segment(&e, &f);
	tern_frame_release(&f);
	send_segment(&e, 0, 0x12, 0);

	for (i = 0; i < sizeof(text); i++)
		text[i] = payload_byte(i);
	while ((n = send(fd, text, sizeof(text), 0)) < 0)
		assert_int_equal(errno, EAGAIN);
	assert_int_equal(n, sizeof(text));
	take_text(&e, sizeof(text));

	send_segment(&e, 5000, 0x18, 536);
	for (i = 0; i < 5000; i += (uint32_t)n) {
		n = await_bytes(fd, text + i, sizeof(text) - i);
		assert_true(n > 0);
	}
	for (i = 0; i < 5000; i++)
		assert_int_equal(text[i], payload_byte(i));
	close(fd);
	tern_link_close(e.l);
}

/* The kernel asks who we are, and answers when it is asked. */
static void test_kernel_tap(void **state)
{
	static const uint8_t ask[] = {0, 1, 8, 0, 6, 4, 0, 1};
	struct sockaddr_in to = our_end(9);
	struct tern_link *l;
	uint8_t p[100];
	struct tern_frame f;
	bool asked = false, answered = false;
	int fd, i;

	(void)state;
	if (!may_open)
		skip();
	l = open_device(true, false);
	assert_int_equal(l->flags, TERN_IF_ETHERNET);
	assert_int_equal(l->mac[0] & 3, 2);
	fd = kernel_socket(SOCK_DGRAM, 7);
	sendto(fd, "", 1, 0, (struct sockaddr *)&to, sizeof(to));

	memset(p, 0xff, 6);
	memcpy(p + 6, l->mac, 6);
	put_be16(p + ETH_TYPE, 0x0806);
	memcpy(p + 14, ask, sizeof(ask));
	memcpy(p + 22, l->mac, 6);
	put_be32(p + 28, 0x0a000001);
	memset(p + 32, 0, 6);
	put_be32(p + 38, KERNEL_ADDR);
	assert_int_equal(tern_frame_copy(&f, mem.blocks, p, 42), 0);
	send_one(l, &f);
	for (i = 0; i < 500 && !(asked && answered); i++) {
		while (tern_link_recv(l, &f, 1, 0) == 1) {
			tern_frame_read(&f, 0, p, sizeof(p));
			tern_frame_release(&f);
			if (get_be16(p + ETH_TYPE) != 0x0806)
				continue;
			if (p[21] == 1 && get_be32(p + 38) == 0x0a000001)
				asked = true;
			if (p[21] == 2 && get_be32(p + 28) == KERNEL_ADDR)
				answered = memcmp(p, l->mac, 6) == 0;
		}
		usleep(10000);
	}
	assert_true(asked);
	assert_true(answered);
	close(fd);
	tern_link_close(l);
}

static void test_kernel_device_is_gone(void **state)
{
	struct tern_link *l;
	struct tern_frame f;

	(void)state;
	if (!may_open)
		skip();
	l = open_device(false, false);
	assert_true(device_delete(l->name));
	assert_int_equal(tern_link_recv(l, &f, 1, 0), -ENODEV);
	frame_make(&f, &mem, 10, 1, 0);
	assert_int_equal(tern_link_send(l, &f, 1, 0), -ENODEV);
	tern_frame_release(&f);
	tern_link_close(l);
}

/* A device that is down loses frames, and is not gone. */
static void test_kernel_device_is_down(void **state)
{
	struct tern_tun_config c = config(false, false);
	struct tern_link *l;
	struct tern_frame f;

	(void)state;
	if (!may_open)
		skip();
	assert_int_equal(tern_tun_open(&l, &c), 0);
	frame_make(&f, &mem, 10, 1, 0);
	send_one(l, &f);
	assert_int_equal(tern_link_recv(l, &f, 1, 0), 0);
	tern_link_close(l);
}

static void test_kernel_refuses(void **state)
{
	struct tern_tun_config c = config(false, false);
	struct tern_link *l, *second;
	int fd;

	(void)state;
	if (!may_open)
		skip();
	c.name = "tern7";
	assert_int_equal(tern_tun_open(&l, &c), 0);
	assert_int_equal(tern_tun_open(&second, &c), -EBUSY);
	c.name = "lo";
	assert_int_equal(tern_tun_open(&second, &c), -EINVAL);
	/* A descriptor that has no device yet. */
	fd = open("/dev/net/tun", O_RDWR);
	assert_int_equal(tern_tun_attach(&second, fd, &c), -EBADFD);
	close(fd);
	tern_link_close(l);
}

/* The next TCP frame from a port of the kernel, on any of the queues. */
static uint32_t await_any(struct tern_link *l[4], struct tern_frame *f,
			  uint16_t port)
{
	uint8_t ip[HEADERS] = {0};
	uint32_t i;

	for (i = 0; i < 20000; i++) {
		if (i % 4 == 0)
			usleep(100);
		if (tern_link_recv(l[i % 4], f, 1, 0) != 1)
			continue;
		tern_frame_read(f, 0, ip, sizeof(ip));
		if (ip[0] >> 4 == 4 && ip[IP4_PROTOCOL] == IP4_TCP &&
		    get_be16(ip + IP4_LEN) == port)
			return i % 4;
		tern_frame_release(f);
	}
	fail_msg("nothing came");
	return 0;
}

/* Each opening is a queue, and a flow comes to that which it was seen on. */
static void test_kernel_multi_queue(void **state)
{
	struct tern_tun_config c = config(false, false);
	struct sockaddr_in to = our_end(80);
	struct tern_link *l[4], *other;
	struct far_end e = {.snd_nxt = 1000};
	struct linger reset = {.l_onoff = 1};
	struct tern_frame f;
	uint32_t i, seen = 0;
	uint16_t port;
	int fd;

	(void)state;
	if (!may_open)
		skip();
	c.name = "tern8";
	c.multi_queue = true;
	for (i = 0; i < 4; i++)
		assert_int_equal(tern_tun_open(&l[i], &c), 0);
	c.multi_queue = false;
	assert_int_equal(tern_tun_open(&other, &c), -EINVAL);
	assert_true(device_up("tern8"));
	for (port = 2000; port < 2032; port++) {
		fd = kernel_socket(SOCK_STREAM, port);
		connect(fd, (struct sockaddr *)&to, sizeof(to));
		i = await_any(l, &f, port);
		seen |= 1U << i;
		/* Another queue answers, and what follows comes to that. */
		e.l = l[(i + 1) % 4];
		take_numbers(&e, &f);
		tern_frame_release(&f);
		send_segment(&e, 0, 0x12, 0);
		await_any(l, &f, port); /* the ACK */
		tern_frame_release(&f);
		assert_int_equal(send(fd, "x", 1, 0), 1);
		assert_int_equal(await_any(l, &f, port), (i + 1) % 4);
		tern_frame_release(&f);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
	assert_true(seen & (seen - 1)); /* more than one was used */
	for (i = 0; i < 4; i++)
		tern_link_close(l[i]);
}

/* The queues of a TAP are one station, which is not the kernel's. */
static void test_kernel_multi_queue_tap(void **state)
{
	struct tern_tun_config c = config(true, false);
	struct tern_link *l[2];
	struct ifreq ifr = {.ifr_name = "tern9"};

	(void)state;
	if (!may_open)
		skip();
	c.name = "tern9";
	c.multi_queue = true;
	assert_int_equal(tern_tun_open(&l[0], &c), 0);
	assert_int_equal(tern_tun_open(&l[1], &c), 0);
	assert_memory_equal(l[0]->mac, l[1]->mac, 6);
	assert_int_equal(l[0]->mac[0] & 3, 2);
	assert_true(device_ioctl(SIOCGIFHWADDR, &ifr));
	assert_memory_not_equal(l[0]->mac, ifr.ifr_hwaddr.sa_data, 6);
	tern_link_close(l[0]);
	tern_link_close(l[1]);
}

/* A descriptor of somebody else's making is asked what it is. */
static void test_kernel_attach(void **state)
{
	struct tern_tun_config c = config(false, true);
	struct tern_link *l, *again;

	(void)state;
	if (!may_open)
		skip();
	c.mtu = 9000;
	assert_int_equal(tern_tun_open(&l, &c), 0);
	assert_int_equal(l->mtu, 9000);
	c = config(true, false);
	assert_int_equal(tern_tun_attach(&again, dup(l->pollfd), &c), 0);
	assert_int_equal(again->flags, l->flags);
	assert_string_equal(again->name, l->name);
	assert_int_equal(again->mtu, 1500);
	tern_link_close(again);
	tern_link_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, memory_setup, memory_teardown)
		TEST(test_kernel_udp),
		TEST(test_kernel_tcp_in_large_segments),
		TEST(test_kernel_tap),
		TEST(test_kernel_device_is_gone),
		TEST(test_kernel_device_is_down),
		TEST(test_kernel_refuses),
		TEST(test_kernel_attach),
		TEST(test_kernel_multi_queue),
		TEST(test_kernel_multi_queue_tap),
#undef TEST
	};

	may_open =
		device_namespace() && access("/dev/net/tun", R_OK | W_OK) == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
