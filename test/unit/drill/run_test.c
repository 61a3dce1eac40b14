/* SPDX-License-Identifier: ISC */
/*
 * run_test.c - whole scripts: what passes, what fails, and what is said then
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/drill/drill.h"

#define LISTEN                                          \
	"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n" \
	"+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
#define OPEN                                          \
	LISTEN "+0 < S 0:0(0) win 65535 <mss 1000>\n" \
	       "+0 > S. 0:0(0) ack 1 <mss 1460>\n"    \
	       "+.1 < . 1:1(0) ack 1 win 65535\n"     \
	       "+0 accept(3, ..., ...) = 4\n"

/* Runs a script; *said is to be freed. */
static const char *profile = "linux";

static enum drill_verdict run(const char *text, char **said)
{
	struct drill_config c = {.profile = drill_profile_find(profile),
				 .confined = true};
	enum drill_verdict v;
	size_t len = 0;
	FILE *out;

	*said = NULL;
	out = open_memstream(said, &len);
	assert_non_null(out);
	v = drill_run_text(&c, "x.pkt", text, strlen(text), out);
	fclose(out);
	return v;
}

static void expect(const char *text, enum drill_verdict want, const char *part)
{
	char *said;
	enum drill_verdict v = run(text, &said);

	if (v != want || !strstr(said, part))
		fail_msg("verdict %d, expected %d with '%s'; script:\n%s\n"
			 "said:\n%s",
			 v, want, part, text, said);
	free(said);
}

static void passes(void **state)
{
	(void)state;
	expect("", DRILL_PASSED, "");
	expect(OPEN "+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n",
	       DRILL_PASSED, "");
}

/* Whatever differs is told with both packets. */
static void differences(void **state)
{
	static const struct {
		const char *packet, *said;
	} cases[] = {
		{"+0 > . 1:11(10) ack 1", "not as expected: flags"},
		{"+0 > P. 2:12(10) ack 1", "not as expected: sequence number"},
		{"+0 > P. 1:11(10) ack 2", "not as expected: acknowledgement"},
		{"+0 > P. 1:10(9) ack 1", "not as expected: length"},
		{"+0 > P. 1:11(10) ack 1 win 5", "not as expected: window"},
		{"+0 > P. 1:11(10) ack 1 urg 5", "expected: urgent pointer"},
		{"+0 > P. 1:11(10) ack 1 <nop,nop,sackOK>",
		 "expected: options"},
		{"+0 > [tos 4] P. 1:11(10) ack 1", "expected: IP header"},
		{"+0 > [ce] P. 1:11(10) ack 1", "expected: IP header"},
		{"+0 > [ttl 9] P. 1:11(10) ack 1", "expected: IP header"},
		{"+0 > 8080 > 9 P. 1:11(10) ack 1", "not as expected: ports"},
		{"+.1 > P. 1:11(10) ack 1", "not as expected: time"},
		{"+0 > udp (10)", "not as expected: protocol"},
		{"+0 > icmp unreachable", "not as expected: protocol"},
	};
	char text[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text),
			 OPEN "+0 write(4, ..., 10) = 10\n%s\n",
			 cases[i].packet);
		expect(text, DRILL_FAILED, cases[i].said);
		expect(text, DRILL_FAILED, "x.pkt:9: ");
		expect(text, DRILL_FAILED, "  actual     0.100000 IP ");
		expect(text, DRILL_FAILED, "    ^");
		expect(text, DRILL_FAILED, "last events:");
	}
}

static void nothing_sent(void **state)
{
	(void)state;
	expect(LISTEN "+0 > S. 0:0(0)\n", DRILL_FAILED,
	       "x.pkt:4: nothing was sent");
	expect(LISTEN "* > S. 0:0(0)\n", DRILL_FAILED, "nothing was sent");
}

/* 4 ms, or an eighth of the gap, whichever is more. */
static void tolerance(void **state)
{
	static const char rto[] =
		"`sysctl -q net.ipv4.tcp_syn_retries=1`\n"
		"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
		"+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n"
		"+0 connect(3, ..., ...) = -1 EINPROGRESS\n"
		"+0 > S 0:0(0) <...>\n+%s > S 0:0(0) <...>\n";
	static const struct {
		const char *gap;
		enum drill_verdict verdict;
	} cases[] = {{"1", DRILL_PASSED},     {".9", DRILL_PASSED},
		     {".88", DRILL_FAILED},   {"1.14", DRILL_PASSED},
		     {"1.15", DRILL_FAILED},  {"0~+1.5", DRILL_PASSED},
		     {".5~+.9", DRILL_FAILED}};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), rto, cases[i].gap);
		expect(text, cases[i].verdict, "");
	}
}

static void results(void **state)
{
	(void)state;
	expect(OPEN "+0 write(4, ..., 10) = 9\n", DRILL_FAILED,
	       "x.pkt:8: write() returned 10, expected 9");
	expect(OPEN "+0 read(99, ..., 10) = -1 EAGAIN\n", DRILL_FAILED,
	       "returned -1 EBADF (Bad file descriptor), expected -1 EAGAIN");
	expect(OPEN "+0 read(99, ..., 10) = -1\n", DRILL_PASSED, "");
	expect(OPEN "+0 read(99, ..., 10) = ...\n", DRILL_PASSED, "");
	expect(OPEN "+0 accept(3, ..., ...) = 5\n", DRILL_FAILED,
	       "accept() blocks");
	expect(LISTEN "+0 socket(..., SOCK_STREAM, 0) = 3\n", DRILL_FAILED,
	       "the script has a 3 already");
	expect(LISTEN "+0 socket(..., SOCK_STREAM, 0) = -1 EMFILE\n",
	       DRILL_FAILED, "expected -1 EMFILE");
	expect(OPEN "+0 ioctl(4, SIOCINQ, [5]) = 0\n", DRILL_FAILED,
	       "the value is 0 (0x0), expected 5 (0x5)");
	expect(OPEN "+0 poll([{fd=4, events=POLLIN, revents=1}], 1, 0) = 0\n",
	       DRILL_FAILED, "revents is 0");
	expect(OPEN "+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"x\", [9]) = "
		    "0\n",
	       DRILL_FAILED, "expected \"x\"");
}

static void blocking(void **state)
{
	static const char accepts[] =
		LISTEN "+0...%s accept(3, ..., ...) = 4\n"
		       "+.1 < S 0:0(0) win 65535 <mss 1000>\n"
		       "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
		       "+.1 < . 1:1(0) ack 1 win 65535\n%s";
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), accepts, "0.2", "");
	expect(text, DRILL_PASSED, "");
	snprintf(text, sizeof(text), accepts, "0.15", "");
	expect(text, DRILL_FAILED, "returned at 0.200000 s, expected at 0.15");
	expect(LISTEN "+0...0.15 accept(3, ..., ...) = 4\n", DRILL_FAILED,
	       "x.pkt:4: accept() has not returned");
	snprintf(text, sizeof(text), accepts, "0.3", "");
	expect(text, DRILL_FAILED, "returned at 0.200000 s, expected at 0.3");
	/* The next call waits for the one before. */
	snprintf(text, sizeof(text), accepts, "0.2",
		 "+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n");
	expect(text, DRILL_PASSED, "");
}

static void malformed(void **state)
{
	(void)state;
	expect("+0 < Q", DRILL_UNREADABLE, "x.pkt:1:6: expected flags");
	expect("+0 fork() = 0", DRILL_UNREADABLE,
	       "x.pkt:1:1: there is no system call fork()");
	expect("+0 read(3) = 0", DRILL_UNREADABLE, "1 arguments");
	expect("--x=1", DRILL_UNREADABLE, "x.pkt:1:1: there is no option --x");
	expect("--mtu=9", DRILL_UNREADABLE, "a number in its range");
	expect("--ip_version=ipv6", DRILL_UNREADABLE, "no IPv6");
	expect(LISTEN "+0 bind(3, {sa_family = AF_INET6}, ...) = 0",
	       DRILL_UNREADABLE, "x.pkt:4:12: the stack has no IPv6");
	expect("1 `true`\n0.5 `true`", DRILL_UNREADABLE,
	       "before the one above");
}

static void commands(void **state)
{
	(void)state;
	expect("`sysctl -q net.ipv4.tcp_sack=0; true`", DRILL_PASSED, "");
	expect("`sysctl -w net.ipv4.tcp_sack=7`", DRILL_FAILED,
	       "x.pkt:1: the command failed with status 1: "
	       "net.ipv4.tcp_sack: the stack refuses \"7\" (0 to 1)");
	expect("`sysctl -q net.ipv4.no_such=1`", DRILL_FAILED,
	       "no tunable net.ipv4.no_such");
	expect("`set_sysctls.py /proc/sys/net/ipv4/tcp_rmem=\"1 2\"`",
	       DRILL_FAILED, "refuses");
	expect("`echo 5000 60000 70000 > /proc/sys/net/ipv4/tcp_rmem`",
	       DRILL_PASSED, "");
	expect("`../defaults.sh`\n+1 `sleep 2`\n+0 `:`", DRILL_PASSED, "");
	expect("`ip link set dev tun9 mtu 99`", DRILL_FAILED, "no device");
	expect("`ip route add 10.0.0.0/8 dev tun0 initrwin 3`", DRILL_FAILED,
	       "no route attribute 'initrwin'");
	expect("`ip route change default dev tun0 initcwnd 2 rto_min 5ms "
	       "mtu lock 1000 hoplimit 9`\n" LISTEN
	       "+0 < S 0:0(0) win 65535 <mss 1000>\n"
	       "+0 > [ttl 9] S. 0:0(0) ack 1 <mss 960>\n"
	       "+.1 < . 1:1(0) ack 1 win 65535\n"
	       "+0 accept(3, ..., ...) = 4\n"
	       "+0 write(4, ..., 3000) = 3000\n"
	       "+0 > . 1:961(960) ack 1\n"
	       "+0 > . 961:1921(960) ack 1\n"
	       "+.1 < . 1:1(0) ack 961 win 65535\n",
	       DRILL_PASSED, "");
	expect("`ip route change default dev tun0 rto_min fast`", DRILL_FAILED,
	       "refuses \"fast\"");
	expect("`sysctl net.ipv4.tcp_sack = 0 net.ipv4.tcp_timestamps=0`\n"
	       "`modprobe tcp_bbr; ethtool -K tun0 tso off`\n"
	       "`ifconfig tun0 mtu 1000 up`\n" LISTEN
	       "+0 < S 0:0(0) win 9 <mss 1000,sackOK,TS val 1 ecr 0>\n"
	       "+0 > S. 0:0(0) ack 1 <mss 960>\n",
	       DRILL_PASSED, "");
	expect("`sysctl -e -q net.ipv4.tcp_nothing=1 net.ipv4.tcp_sack=0`",
	       DRILL_PASSED, "");
	/* What means nothing may be anything, the rest what it is. */
	expect("`sysctl -q net.ipv4.tcp_autocorking=0 net.ipv6.x=1 "
	       "net.ipv4.tcp_thin_dupack=0 net.ipv4.tcp_rto_min_us=5000`",
	       DRILL_PASSED, "");
	expect("`sysctl -q net.ipv4.tcp_thin_dupack=1`", DRILL_FAILED,
	       "behaves as with net.ipv4.tcp_thin_dupack=0 always");
	expect("`sysctl -q net.ipv4.tcp_rto_min_us=x`", DRILL_FAILED,
	       "refuses \"x\"");
	expect("`sysctl -q net.ipv4.tcp_nothing=1`", DRILL_FAILED,
	       "no tunable net.ipv4.tcp_nothing");
	expect("`sysctl -p /etc/sysctl.conf`", DRILL_FAILED, "not known here");
	expect("`tc qdisc replace dev tun0 root fq limit 10`", DRILL_PASSED,
	       "");
	expect("`tc qdisc replace dev tun0 root fq maxrate 1mbit`",
	       DRILL_FAILED, "no 'maxrate'");
	expect("`ip -6 route`", DRILL_FAILED, "no IPv6");
	expect("`tc qdisc add dev tun0 root netem loss 1%`", DRILL_FAILED,
	       "no queue such as 'netem'");
	expect("`ls | cat`", DRILL_FAILED, "no shell is run here");
}

static void code(void **state)
{
	(void)state;
	expect(OPEN "+0 %{ assert tcpi_state == 1\nassert tcpi_state == 2 }%\n",
	       DRILL_FAILED,
	       "x.pkt:9: this does not hold: assert tcpi_state == 2 \n"
	       "  tcpi_state is 1");
	expect(OPEN "+0 %{ assert tcpi_state == TCP_ESTABLISHED }%\n",
	       DRILL_PASSED, "");
	expect(OPEN "+0 %{ import os }%\n", DRILL_FAILED, "no python");
}

/* Bytes that went astray are noticed, not only their number. */
static void text_is_compared(void **state)
{
	(void)state;
	expect(OPEN "+0 < P. 1:11(10) ack 1 win 65535\n"
		    "+0 read(4, \"0123456789\", 10) = 10\n",
	       DRILL_FAILED, "differ from the string");
	expect(OPEN "+0 write(4, \"hello\", 5) = 5\n+0 > P. 1:6(5) ack 1\n",
	       DRILL_PASSED, "");
	expect(OPEN "+0 write(4, \"hello\", 6) = 6\n", DRILL_UNREADABLE,
	       "fewer than the 6");
}

/* Structures, in which an unknown field is an error. */
static void structures(void **state)
{
	(void)state;
	expect(OPEN
	       "+0 getsockname(4, {sa_family = AF_INET, "
	       "sin_port = htons(8080), "
	       "sin_addr = inet_addr(\"192.168.0.1\")}, [16]) = 0\n"
	       "+0 getpeername(4, {sin_port=htons(40000), sin_addr="
	       "inet_addr(\"192.0.2.1\")}, [16]) = 0\n"
	       "+0 getpeername(3, ..., ...) = -1 ENOTCONN\n"
	       "+0 getsockopt(4, SOL_TCP, TCP_INFO, {tcpi_state="
	       "TCP_ESTABLISHED, tcpi_snd_cwnd=10, tcpi_total_rto=0}, [...]) "
	       "= 0\n+0 %{ assert tcpi_rcv_wnd == 64240 }%\n"
	       "+0 getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=0, linger=0}, "
	       "[8]) = 0\n"
	       "+0 epoll_create1(EPOLL_CLOEXEC) = 5\n"
	       "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT, fd=4}) = 0"
	       "\n+0 epoll_pwait(5, {events=EPOLLOUT, fd=4}, 1, 0, NULL) = 1\n",
	       DRILL_PASSED, "");
	expect(OPEN "+0 getsockname(4, {sin_port=htons(1)}, [16]) = 0\n",
	       DRILL_FAILED, "the address is 192.168.0.1 port 8080, expected");
	expect(OPEN "+0 getpeername(4, ..., [15]) = 0\n", DRILL_FAILED,
	       "the length of the address is 16");
	expect(OPEN "+0 getsockopt(4, SOL_TCP, TCP_INFO, {tcpi_state="
		    "TCP_CLOSE}, [...]) = 0\n",
	       DRILL_FAILED, "tcpi_state is 1 (0x1), expected 7");
	expect(OPEN "+0 getsockopt(4, SOL_TCP, TCP_INFO, {tcpi_what=1}, "
		    "[...]) = 0\n",
	       DRILL_UNREADABLE, "fields of TCP_INFO");
	expect(OPEN "+0 poll([{fd=4, what=1}], 1, 0) = 0\n", DRILL_UNREADABLE,
	       "no field what here, expected one of fd|events|revents");
	expect(OPEN "+0 bind(4, {port=1}, ...) = 0\n", DRILL_UNREADABLE,
	       "no field port");
	expect(OPEN "+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {on=1}, 8) = 0\n",
	       DRILL_UNREADABLE, "no field on ");
	expect(OPEN "+0 sendmsg(4, {msg_iov(1)=[{..., 1}], flags=0}, 0) = 1\n",
	       DRILL_UNREADABLE, "no field flags");
	expect(OPEN "+0 epoll_create1(3) = -1 EINVAL\n", DRILL_PASSED, "");
	expect(OPEN "+0 open(\"/dev/zero\", O_RDONLY) = -1 EPERM\n"
		    "+0 sendfile(4, 9, [0], 1) = -1 EBADF\n",
	       DRILL_PASSED, "");
}

/* What differs in a call is told, and the script goes on. */
static void not_fatal(void **state)
{
	(void)state;
	expect("--non_fatal=syscall\n" LISTEN "+0 listen(3, -1) = 7\n"
	       "+0 close(3) = 0\n+0...0.1 close(3) = 0\n+1 `:`\n",
	       DRILL_PASSED, "");
	expect("--non_fatal=syscall\n" OPEN "+0 > . 1:1(0) ack 1\n",
	       DRILL_FAILED, "nothing was sent");
	expect("--non_fatal=packet // all\n" OPEN "+0 > . 1:1(0) ack 1\n"
	       "+0 close(4) = 0\n",
	       DRILL_PASSED, "");
	expect("--non_fatal=packet\n" OPEN "+0 write(4, ..., 10) = 10\n"
	       "+0 > . 1:10(9) ack 1\n",
	       DRILL_PASSED, "");
	expect("--init_scripts=defaults.sh,:\n", DRILL_PASSED, "");
	expect("--init_scripts=nothing\n", DRILL_FAILED,
	       "x.pkt:1: the command");
}

/* The layout of options and windows that FreeBSD has. */
static void freebsd_layout(void **state)
{
	(void)state;
	profile = "freebsd";
	expect(LISTEN
	       "+0 < S 0:0(0) win 65535 <mss 1460,sackOK,eol,eol>\n"
	       "+0 > S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,eol,eol>\n"
	       "+.1 < . 1:1(0) ack 1 win 65535\n"
	       "+0 accept(3, ..., ...) = 4\n"
	       "+0 < P. 1:1001(1000) ack 1 win 65535\n"
	       "* > . 1:1(0) ack 1001 win 64700\n",
	       DRILL_PASSED, "");
	expect("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
	       "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n"
	       "+0 connect(3, ..., ...) = -1 EINPROGRESS\n"
	       "+0 > S 0:0(0) win 65535 "
	       "<mss 1460,nop,wscale 6,sackOK,TS val 100 ecr 0>\n"
	       "+.1 < S. 0:0(0) ack 1 win 65535 "
	       "<mss 1460,nop,wscale 6,sackOK,TS val 1 ecr 100>\n"
	       "+0 > . 1:1(0) ack 1 win 1040 <nop,nop,TS val 200 ecr 1>\n"
	       "+0 < P. 1:1001(1000) ack 1 win 65535 "
	       "<nop,nop,TS val 1 ecr 200>\n"
	       "* > . 1:1(0) ack 1001 win 1025 <nop,nop,TS val 200 ecr 1>\n",
	       DRILL_PASSED, "");
	/* Sizes as they were set, flags as any number, its states, bytes. */
	expect(LISTEN "+0 getsockopt(3, SOL_SOCKET, SO_RCVBUF, [65536], [4])"
		      " = 0\n"
		      "+0 setsockopt(3, SOL_SOCKET, SO_SNDBUF, [20000], 4) = 0"
		      "\n+0 getsockopt(3, SOL_SOCKET, SO_SNDBUF, [20000], [4])"
		      " = 0\n"
		      "+0 setsockopt(3, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n"
		      "+0 getsockopt(3, SOL_SOCKET, SO_KEEPALIVE, [8], [4]) = 0"
		      "\n+0 setsockopt(3, SOL_SOCKET, SO_NOSIGPIPE, [1], 4) = 0"
		      "\n+0 setsockopt(3, IPPROTO_TCP, TCP_NOOPT, [1], 4) = "
		      "-1 ENOPROTOOPT\n",
	       DRILL_PASSED, "");
	expect(LISTEN "+0 getsockopt(3, SOL_SOCKET, SO_KEEPALIVE, [8], [4]) ="
		      " 0\n",
	       DRILL_FAILED, "the option is 0");
	expect(LISTEN "+0 setsockopt(3, IPPROTO_TCP, TCP_RACK_PROP, [1], 4) ="
		      " 0\n",
	       DRILL_FAILED, "TCP_RACK_PROP is an option of FreeBSD");
	expect(OPEN "+0 %{ assert tcpi_state == 4 == TCPS_ESTABLISHED\n"
		    "assert tcpi_snd_cwnd == 10000 }%\n",
	       DRILL_PASSED, "");
	profile = "linux";
}

static void freebsd_sysctls(void **state)
{
	(void)state;
	profile = "freebsd";
	/* No quick ACKs; one after 40 ms, or none is delayed. */
	expect(OPEN "+0 < P. 1:101(100) ack 1 win 65535\n"
		    "+.04 > . 1:1(0) ack 101\n",
	       DRILL_PASSED, "");
	expect("`sysctl net.inet.tcp.delayed_ack=0`\n" OPEN
	       "+0 < P. 1:101(100) ack 1 win 65535\n"
	       "+0 > . 1:1(0) ack 101\n",
	       DRILL_PASSED, "");
	expect("`sysctl -w net.inet.tcp.delacktime=100`\n" OPEN
	       "+0 < P. 1:101(100) ack 1 win 65535\n"
	       "+.1 > . 1:1(0) ack 101\n",
	       DRILL_PASSED, "");
	expect("`sysctl net.inet.tcp.rfc1323=0`\n"
	       "`sysctl net.inet.tcp.recvspace=20000`\n" LISTEN
	       "+0 < S 0:0(0) win 9 <mss 1000,sackOK,TS val 1 ecr 0,nop,"
	       "wscale 2>\n"
	       "+0 > S. 0:0(0) ack 1 win 20000 <mss 1460,sackOK,eol,eol>\n",
	       DRILL_PASSED, "");
	expect("`sysctl net.inet.tcp.rack.x=1 kern.hz=100`", DRILL_PASSED, "");
	expect("`sysctl net.inet.tcp.functions_default=rack`", DRILL_PASSED,
	       "");
	expect("`sysctl net.inet.tcp.insecure_rst=1`", DRILL_FAILED,
	       "behaves as with net.inet.tcp.insecure_rst=0 always");
	expect("`sysctl net.inet.tcp.nothing=1`", DRILL_FAILED,
	       "no tunable net.inet.tcp.nothing");
	expect("`sysctl net.inet.tcp.msl=x`", DRILL_FAILED,
	       "expected a number");
	profile = "linux";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structures),
		cmocka_unit_test(not_fatal),
		cmocka_unit_test(freebsd_sysctls),
		cmocka_unit_test(freebsd_layout),
		cmocka_unit_test(passes),
		cmocka_unit_test(differences),
		cmocka_unit_test(nothing_sent),
		cmocka_unit_test(tolerance),
		cmocka_unit_test(results),
		cmocka_unit_test(blocking),
		cmocka_unit_test(malformed),
		cmocka_unit_test(commands),
		cmocka_unit_test(code),
		cmocka_unit_test(text_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
