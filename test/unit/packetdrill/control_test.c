/* SPDX-License-Identifier: ISC */
/*
 * control_test.c - sysctl, ip and the others, as commands of a script find
 * them on PATH
 */
#include "drive.h"

#include <sys/stat.h>
#include <sys/un.h>

static char bin[4096];

static int open_library(void **state)
{
	static struct drive d;

	drive_path("packetdrill-bin", bin, sizeof(bin));
	drive_open(&d, "linux");
	*state = &d;
	return 0;
}

static int close_library(void **state)
{
	drive_close(*state);
	return 0;
}

/* Runs a command with the shims on PATH.  Returns its exit status. */
static int run(const char *command, char *said, size_t size)
{
	char line[8192];
	size_t n;
	FILE *f;
	int status;

	snprintf(line, sizeof(line), "PATH=%s:$PATH; { %s; } 2>&1", bin,
		 command);
	f = popen(line, "r");
	assert_non_null(f);
	n = fread(said, 1, size - 1, f);
	said[n] = 0;
	status = pclose(f);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void expect(const char *command, int status, const char *part)
{
	char said[4096];
	const int got = run(command, said, sizeof(said));

	if (got != status || !strstr(said, part))
		fail_msg("%s: status %d, expected %d and '%s'; said: %s",
			 command, got, status, part, said);
}

static void sysctl_sets(void **state)
{
	(void)state;
	expect("sysctl -n net.ipv4.tcp_sack", 0, "1\n");
	expect("sysctl -q net.ipv4.tcp_sack=0", 0, "");
	expect("sysctl net.ipv4.tcp_sack", 0, "net.ipv4.tcp_sack = 0\n");
	expect("sysctl -w net.ipv4.tcp_rmem='4096 8192 16384'", 0,
	       "tcp_rmem = 4096 8192 16384");
	expect("set_sysctls.py /proc/sys/net/ipv4/tcp_sack=1", 0, "");
	expect("sysctl -n net.ipv4.tcp_sack", 0, "1\n");
	expect("sysctl net.ipv4.none=1", 1, "no tunable net.ipv4.none");
}

/* What a command sets is what the stack does. */
static void stack_obeys(void **state)
{
	struct drive *d = *state;
	struct drill_packet p;

	expect("sysctl -q net.ipv4.tcp_sack=0 && ip link set tun0 mtu 600", 0,
	       "");
	drive_listen(d);
	drive_feed(d, TERN_SYN, 0, 0);
	assert_true(drive_next(d, &p) >= 0);
	assert_int_equal(drill_option_find(&p, DRILL_OPT_MSS)->u.number[0],
			 560);
}

static void others_answer(void **state)
{
	struct drive *d = *state;

	drive_listen(d);
	expect("ss -lt", 0, "LISTEN");
	expect("ip route show", 0, "192.168.0.0/16 dev tun0");
	expect("ip link show", 0, "tun0");
	expect("tc qdisc add dev tun0 root pfifo", 0, "");
	expect("tc qdisc add dev tun0 root netem loss 1%", 2, "netem");
	expect("nstat -z TcpExtListenDrops", 0, "TcpExtListenDrops");
	expect("ip nonsense", 2, "nonsense");
}

/* For this user only, and gone with the stack. */
static void is_private(void **state)
{
	char dir[256], path[256];
	struct stat st;
	struct drive d;

	(void)state;
	drive_open(&d, NULL);
	snprintf(path, sizeof(path), "%s", getenv(PACKETDRILL_CONTROL));
	snprintf(dir, sizeof(dir), "%s", path);
	*strrchr(dir, '/') = 0;
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	drive_close(&d);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(stat(dir, &st), -1);
	assert_null(getenv(PACKETDRILL_CONTROL));
	drive_path("packetdrill-bin", bin, sizeof(bin));
	expect("sysctl -q net.ipv4.tcp_sack=0", 126, "is not set");
}

/* Sends bytes to the socket that are no question. */
static void disturb(const char *bytes, size_t len)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char answer[64];

	snprintf(a.sun_path, sizeof(a.sun_path), "%s",
		 getenv(PACKETDRILL_CONTROL));
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		bytes += n;
		len -= (size_t)n;
	}
	shutdown(fd, SHUT_WR);
	while (read(fd, answer, sizeof(answer)) > 0)
		;
	close(fd);
}

static void survives_nonsense(void **state)
{
	static char many[70000];
	size_t i;

	(void)state;
	disturb("", 0);
	disturb("sysctl", 6);
	disturb("\0", 1);
	disturb("\0\0\0", 3);
	memset(many, 'x', sizeof(many));
	disturb(many, sizeof(many));
	for (i = 1; i < sizeof(many); i += 2)
		many[i] = 0;
	disturb(many, 4000);
	disturb(many, 65000);
	expect("sysctl -n net.ipv4.tcp_sack", 0, "1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_library, close_library)
		T(sysctl_sets),
		T(stack_obeys),
		T(others_answer),
		T(survives_nonsense),
#undef T
		cmocka_unit_test(is_private),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
