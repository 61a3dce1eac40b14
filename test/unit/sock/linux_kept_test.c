/* SPDX-License-Identifier: ISC */
/*
 * linux_kept_test.c - options that are only kept, and what else reads back as
 * Linux has it: SO_PEEK_OFF, SO_BINDTODEVICE, IP_BIND_ADDRESS_NO_PORT
 */
#include "side.h"

/* They are kept, and nothing comes of them. */
static void kept_of_socket(struct side *s)
{
	static const int names[] = {
		SO_BROADCAST,	    SO_RXQ_OVFL,	 SO_NOFCS,
		SO_NO_CHECK,	    SO_SELECT_ERR_QUEUE, SO_WIFI_STATUS,
		SO_BSDCOMPAT,	    SO_BUSY_POLL,	 SO_INCOMING_CPU,
		SO_LOCK_FILTER,	    SO_PEEK_OFF,	 SO_DETACH_FILTER,
		SO_INCOMING_NAPI_ID};

	/* Some want CAP_NET_ADMIN. */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i] == SO_BUSY_POLL && !s->n && geteuid() != 0)
			continue;
		side_numbers(s, side_tcp(s), SOL_SOCKET, names[i]);
		side_lengths(s, side_tcp(s), SOL_SOCKET, names[i]);
	}
}

static void kept_of_ip(struct side *s)
{
	static const int names[] = {
		IP_RECVTOS,	    IP_RECVTTL,	    IP_PKTINFO,
		IP_RECVOPTS,	    IP_RETOPTS,	    IP_PASSSEC,
		IP_RECVORIGDSTADDR, IP_CHECKSUM,    IP_BIND_ADDRESS_NO_PORT,
		IP_MINTTL,	    IP_MTU_DISCOVER};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		side_numbers(s, side_tcp(s), IPPROTO_IP, names[i]);
		side_lengths(s, side_tcp(s), IPPROTO_IP, names[i]);
	}
	for (int how = IP_PMTUDISC_DONT; how <= IP_PMTUDISC_OMIT; how++) {
		int fd = side_tcp(s);

		NOTE(s, side_set_opt(s, fd, IPPROTO_IP, IP_MTU_DISCOVER, how));
		NOTE(s, side_opt(s, fd, IPPROTO_IP, IP_MTU_DISCOVER));
	}
}

static void kept_of_tcp(struct side *s)
{
	static const int names[] = {TCP_THIN_LINEAR_TIMEOUTS, TCP_THIN_DUPACK,
				    TCP_TX_DELAY};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		side_numbers(s, side_tcp(s), IPPROTO_TCP, names[i]);
		side_lengths(s, side_tcp(s), IPPROTO_TCP, names[i]);
	}
}

/* IP_TOS says what SO_PRIORITY is. */
static void priority(struct side *s)
{
	int fd = side_tcp(s);

	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_PRIORITY));
	NOTE(s, side_set_opt(s, fd, SOL_SOCKET, SO_PRIORITY, 5));
	NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_PRIORITY));
	for (int tos = 0; tos < 256; tos++) {
		NEED(side_set_opt(s, fd, IPPROTO_IP, IP_TOS, tos));
		NOTE(s, side_opt(s, fd, SOL_SOCKET, SO_PRIORITY));
	}
}

static void pacing_rates(struct side *s)
{
	static const uint64_t rates[] = {0,
					 1,
					 1000,
					 UINT32_MAX - 1,
					 UINT32_MAX,
					 UINT64_MAX,
					 UINT64_C(1) << 40};
	int fd = side_tcp(s);

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (socklen_t n = 4; n <= 8; n += 4) {
			uint64_t got = 0;
			uint32_t narrow = 0;
			socklen_t len = sizeof(got);

			NOTE(s,
			     do_setsockopt(s, fd, SOL_SOCKET,
					   SO_MAX_PACING_RATE, &rates[i], n));
			NOTE(s, do_getsockopt(s, fd, SOL_SOCKET,
					      SO_MAX_PACING_RATE, &got, &len));
			NOTE(s, len);
			NOTE(s, got);
			len = sizeof(narrow);
			NOTE(s,
			     do_getsockopt(s, fd, SOL_SOCKET,
					   SO_MAX_PACING_RATE, &narrow, &len));
			NOTE(s, narrow);
		}
}

/* bind() to port 0 leaves the port to connect(). */
static void bind_no_port(struct side *s)
{
	struct sockaddr_in at = side_addr(0x7f000001, 0), to;
	int e[2], l = side_connected(s, e), fd = side_tcp(s);

	to = side_name(s, l);
	NOTE(s, side_set_opt(s, fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1));
	NOTE(s, do_bind(s, fd, &at, sizeof(at)));
	NOTE(s, side_name(s, fd).sin_port);
	NOTE(s, ntohl(side_name(s, fd).sin_addr.s_addr));
	NOTE(s, do_bind(s, fd, &at, sizeof(at)));
	NOTE(s, do_connect(s, fd, &to, sizeof(to)));
	NOTE(s, side_name(s, fd).sin_port != 0);
	fd = side_tcp(s);
	NEED(side_set_opt(s, fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1));
	NOTE(s, do_bind(s, fd, &at, sizeof(at)));
	NOTE(s, do_listen(s, fd, 1));
	NOTE(s, side_name(s, fd).sin_port != 0);
}

static void peek_offset(struct side *s)
{
	char buf[16] = {0};
	int e[2];

	side_connected(s, e);
	NOTE(s, do_send(s, e[0], "abcdefgh", 8, 0));
	side_settle(s);
	NOTE(s, side_set_opt(s, e[1], SOL_SOCKET, SO_PEEK_OFF, 2));
	for (int i = 0; i < 4; i++) {
		NOTE(s, do_recv(s, e[1], buf, 3, MSG_PEEK | MSG_DONTWAIT));
		NOTE(s, buf[0]);
		NOTE(s, side_opt(s, e[1], SOL_SOCKET, SO_PEEK_OFF));
	}
	NOTE(s, do_recv(s, e[1], buf, 3, 0));
	NOTE(s, buf[0]);
	NOTE(s, side_opt(s, e[1], SOL_SOCKET, SO_PEEK_OFF));
	NOTE(s, do_send(s, e[0], "ijkl", 4, 0));
	side_settle(s);
	NOTE(s, do_recv(s, e[1], buf, 16, MSG_PEEK | MSG_DONTWAIT));
	NOTE(s, buf[0]);
	NOTE(s, do_recv(s, e[1], buf, 16, 0));
	NOTE(s, side_opt(s, e[1], SOL_SOCKET, SO_PEEK_OFF));
	NOTE(s, side_set_opt(s, e[1], SOL_SOCKET, SO_PEEK_OFF, -1));
	NOTE(s, do_recv(s, e[1], buf, 16, MSG_PEEK | MSG_DONTWAIT));
}

static void device(struct side *s)
{
	char name[32];
	socklen_t len = sizeof(name);
	int fd = side_tcp(s);

	if (!s->n && geteuid() != 0)
		return;
	NOTE(s, do_getsockopt(s, fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
	NOTE(s, len);
	NOTE(s, do_setsockopt(s, fd, SOL_SOCKET, SO_BINDTODEVICE, "none0", 6));
	NOTE(s, do_setsockopt(s, fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
	len = sizeof(name);
	NOTE(s, do_getsockopt(s, fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
	NOTE(s, len);
	NOTE(s, name[1]);
	len = 3;
	NOTE(s, do_getsockopt(s, fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
	NOTE(s, do_setsockopt(s, fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0));
	NOTE(s, do_setsockopt(s, fd, SOL_SOCKET, SO_BINDTODEVICE, NULL, 0));
	len = sizeof(name);
	NOTE(s, do_getsockopt(s, fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
	NOTE(s, len);
}

SCRIPT(kept_of_socket)
SCRIPT(kept_of_ip)
SCRIPT(kept_of_tcp)
SCRIPT(priority)
SCRIPT(pacing_rates)
SCRIPT(bind_no_port)
SCRIPT(peek_offset)
SCRIPT(device)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept_of_socket),
		cmocka_unit_test(test_kept_of_ip),
		cmocka_unit_test(test_kept_of_tcp),
		cmocka_unit_test(test_priority),
		cmocka_unit_test(test_pacing_rates),
		cmocka_unit_test(test_bind_no_port),
		cmocka_unit_test(test_peek_offset),
		cmocka_unit_test(test_device),
	};

	return cmocka_run_group_tests(tests, side_kernel, NULL);
}
