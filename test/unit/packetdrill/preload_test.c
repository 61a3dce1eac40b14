/* SPDX-License-Identifier: ISC */
/*
 * preload_test.c - with LD_PRELOAD, libc's own calls reach the stack
 *
 * The program starts itself once more, preloaded.  Nothing can be loaded
 * before a sanitizer, so there it is not tried.
 */
#include "drive.h"

#include <fcntl.h>

#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define AGAIN "TERN_TEST_PRELOADED"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static int open_library(void **state)
{
	static struct drive d;

	drive_open(&d, "linux");
	*state = &d;
	return 0;
}

static int close_library(void **state)
{
	drive_close(*state);
	return 0;
}

/* What packetdrill asks for code in a script: all three must succeed. */
static void snapshot(void **state)
{
	struct drive *d = *state;
	const int fd = drive_connected(d);
	struct tcp_info info;
	uint32_t mem[16];
	uint8_t cc[64];
	socklen_t len = sizeof(info);

	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	assert_int_equal(info.tcpi_state, TCP_ESTABLISHED);
	len = sizeof(cc);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_CC_INFO, cc, &len), 0);
	len = sizeof(mem);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_MEMINFO, mem, &len), 0);
	len = sizeof(info);
	assert_fails(getsockopt(fd, SOL_SOCKET, 9999, &info, &len),
		     ENOPROTOOPT);
}

/* What a script has left open is closed by libc's close(). */
static void close_closes(void **state)
{
	struct drive *d = *state;
	const int fd = drive_connected(d);
	struct drill_packet p;
	struct stat st;

	assert_int_equal(close(fd), 0);
	assert_int_equal(fstat(fd, &st), -1);
	assert_true(drive_next(d, &p) >= 0);
	assert_int_equal(p.flags, TERN_FIN | TERN_ACK);
	assert_fails(close(fd), EBADF);
	assert_fails(d->i.close(d->ud, fd), EBADF);
}

static void names(void **state)
{
	struct drive *d = *state;
	const int listener = drive_listen(d), on = 1;
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int fd;

	drive_arrive(d);
	fd = accept4(listener, (struct sockaddr *)&a, &len, SOCK_NONBLOCK);
	assert_true(fd > 2);
	assert_int_equal(ntohs(a.sin_port), PEER);
	assert_true(d->i.fcntl(d->ud, fd, F_GETFL) & O_NONBLOCK);
	len = sizeof(a);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(ntohl(a.sin_addr.s_addr), LOCAL);
	len = sizeof(a);
	assert_int_equal(getpeername(fd, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(ntohl(a.sin_addr.s_addr), REMOTE);
	assert_int_equal(
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
}

/* All other descriptors are the kernel's. */
static void others_untouched(void **state)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), type = 0, pair[2];
	struct sockaddr_storage a;
	socklen_t len = sizeof(type);

	(void)state;
	assert_true(fd > 2);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len), 0);
	assert_int_equal(type, SOCK_STREAM);
	len = sizeof(a);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	assert_fails(getpeername(fd, (struct sockaddr *)&a, &len), ENOTCONN);
	assert_int_equal(close(fd), 0);
	assert_fails(close(fd), EBADF);
	assert_int_equal(pipe(pair), 0);
	assert_int_equal(close(pair[0]), 0);
	assert_int_equal(close(pair[1]), 0);
}

/* A number that the kernel has given to somebody else is not ours. */
static void stale_number(void **state)
{
	struct drive *d = *state;
	const int fd = d->i.socket(d->ud, AF_INET, SOCK_STREAM, 0);
	int type = 0;
	socklen_t len = sizeof(type);

	assert_int_equal(syscall(SYS_close, fd), 0);
	assert_int_equal(socket(AF_UNIX, SOCK_DGRAM, 0), fd);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len), 0);
	assert_int_equal(type, SOCK_DGRAM);
	assert_int_equal(close(fd), 0);
}

/* In a child there is no stack; its descriptors are what they look like. */
static void child_has_none(void **state)
{
	struct drive *d = *state;
	const int fd = drive_listen(d);
	int type, status;
	socklen_t len = sizeof(type);
	pid_t pid = fork();

	if (pid == 0) {
		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != -1 ||
		    errno != ENOTSOCK || close(fd))
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len), 0);
}

static int run_preloaded(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_library, close_library)
		T(snapshot),	     T(close_closes), T(names),
		T(others_untouched), T(stale_number), T(child_has_none),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	char path[4096];

	(void)argc;
	if (SANITIZED)
		return 77;
	if (getenv(AGAIN))
		return run_preloaded();
	drive_path("libtern-packetdrill.so", path, sizeof(path));
	setenv("LD_PRELOAD", path, 1);
	setenv(AGAIN, "1", 1);
	execv("/proc/self/exe", argv);
	return 1;
}
