/* SPDX-License-Identifier: ISC */
/*
 * echo_tun.c - an echo server on a TUN device, in the program's own poll loop
 *
 *	echo_tun [NAME [ADDRESS]]	serves port 7 until it is killed
 *	echo_tun --self-test		asks itself, in a network namespace
 *
 * The loop sleeps in poll(2) until the device has frames or the stack's next
 * deadline has come.  Other descriptors could be in the same poll(); nothing
 * of tern runs anywhere but between two of its calls.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/wait.h>

#include <tern/libc.h>
#include <tern/tern.h>

#define SKIPPED	    77 /* a test's word for "cannot run here" */
#define KERNEL_ADDR 0x0a2a0001
#define OUR_ADDR    "10.42.0.2"

struct server {
	struct tern *stack;
	struct tern_link *link;
	int ifindex;
	int listener;
	int epfd;
};

static int complain(const char *what, int error)
{
	fprintf(stderr, "echo_tun: %s: %s\n", what, strerror(-error));
	return 1;
}

/* op: EPOLL_CTL_ADD or EPOLL_CTL_MOD. */
static int watch(struct server *s, int op, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.fd = fd};

	return tern_epoll_ctl(s->stack, s->epfd, op, fd, &ev);
}

/* The device and the interface. */
static int attach(struct server *s, const char *name, uint32_t addr)
{
	struct tern_tun_config tun = {.name = name, .offload = true};
	struct tern_if_config ifc = {.name = "tun"};
	int error;

	tun.alloc = tern_libc_allocator();
	tun.blocks = tern_blocks(s->stack);
	error = tern_tun_open(&s->link, &tun);
	if (error)
		return error;
	ifc.mtu = s->link->mtu;
	ifc.flags = s->link->flags;
	s->ifindex = tern_if_add(s->stack, &ifc);
	if (s->ifindex < 0)
		return s->ifindex;
	return tern_addr_add(s->stack, s->ifindex, addr, 24);
}

/* The listening socket, and the set of those that are looked at. */
static int listen_on(struct server *s, uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	int error;

	at.sin_port = htons(port);
	s->listener = tern_socket(s->stack, AF_INET, SOCK_STREAM, 0);
	s->epfd = tern_epoll_create(s->stack);
	error = tern_bind(s->stack, s->listener, (struct sockaddr *)&at,
			  sizeof(at));
	if (!error)
		error = tern_listen(s->stack, s->listener, 64);
	return error ? error : watch(s, EPOLL_CTL_ADD, s->listener, EPOLLIN);
}

static int server_open(struct server *s, const char *name, uint32_t addr)
{
	struct tern_config c;
	int error;

	tern_config_init(&c);
	c.alloc = tern_libc_allocator();
	if (getrandom(c.seed, sizeof(c.seed), 0) < 0)
		return complain("no random bytes", -errno);
	error = tern_create(&s->stack, &c, tern_host_now());
	if (!error)
		error = attach(s, name, addr);
	if (!error)
		error = listen_on(s, 7);
	if (error == -EPERM || error == -EACCES || error == -ENOENT) {
		complain("this needs /dev/net/tun and CAP_NET_ADMIN", error);
		return SKIPPED;
	}
	return error ? complain(name, error) : 0;
}

static void server_close(struct server *s)
{
	tern_link_close(s->link);
	tern_destroy(s->stack);
}

static void welcome(struct server *s)
{
	int fd = tern_accept(s->stack, s->listener, NULL, NULL);

	if (fd >= 0 && watch(s, EPOLL_CTL_ADD, fd, EPOLLIN) < 0)
		tern_close(s->stack, fd);
}

/* Takes out of the receive queue only what the send queue has taken. */
static void echo(struct server *s, int fd)
{
	char buf[16384];
	ssize_t n, sent;

	for (;;) {
		n = tern_recv(s->stack, fd, buf, sizeof(buf), MSG_PEEK);
		if (n <= 0)
			break;
		sent = tern_send(s->stack, fd, buf, (size_t)n, 0);
		if (sent == -EAGAIN) {
			watch(s, EPOLL_CTL_MOD, fd, EPOLLOUT);
			return;
		}
		n = sent < 0 ? sent
			     : tern_recv(s->stack, fd, buf, (size_t)sent, 0);
		if (n < 0)
			break;
	}
	if (n == -EAGAIN)
		watch(s, EPOLL_CTL_MOD, fd, EPOLLIN);
	else
		tern_close(s->stack, fd);
}

static void serve(struct server *s)
{
	struct epoll_event evs[16];
	int i, n;

	n = tern_epoll_wait(s->stack, s->epfd, evs, 16);
	for (i = 0; i < n; i++) {
		if (evs[i].data.fd == s->listener)
			welcome(s);
		else
			echo(s, evs[i].data.fd);
	}
}

/* What the device has no room for is lost, as on any wire. */
static int send_frames(struct server *s, struct tern_frame *f, int n,
		       tern_time now)
{
	int i, sent = tern_link_send(s->link, f, n, now);

	for (i = sent < 0 ? 0 : sent; i < n; i++)
		tern_frame_release(&f[i]);
	return sent < 0 ? sent : 0;
}

/* Frames in, time, the application, frames out.  Returns an error or 0. */
static int server_turn(struct server *s)
{
	tern_time now = tern_host_now();
	struct tern_frame f[64];
	int n, error;

	while ((n = tern_link_recv(s->link, f, 64, now)) > 0)
		tern_input(s->stack, s->ifindex, f, n, now);
	error = n;
	tern_advance(s->stack, now);
	serve(s);
	while (!error &&
	       (n = tern_output(s->stack, s->ifindex, f, 64, now)) > 0)
		error = send_frames(s, f, n, now);
	return error;
}

/* Milliseconds to the stack's deadline, rounded up; at most `max`. */
static int timeout(const struct server *s, int max)
{
	tern_time now = tern_host_now(), at = tern_deadline(s->stack);
	tern_time ms = at > now ? (at - now + TERN_MS - 1) / TERN_MS : 0;

	return at == TERN_NEVER || ms > (tern_time)max ? max : (int)ms;
}

/* Serves until the device is gone, or the child (if there is one) has ended. */
static int server_run(struct server *s, pid_t child)
{
	struct pollfd p = {.fd = s->link->pollfd, .events = POLLIN};
	int error, status = 0;

	while ((error = server_turn(s)) == 0) {
		poll(&p, 1, timeout(s, 100));
		if (child > 0 && waitpid(child, &status, WNOHANG) == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	}
	return complain(s->link->name, error);
}

/* As `ip addr add 10.42.0.1/24 dev NAME; ip link set NAME up`. */
static bool configure_kernel(const char *name)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	struct ifreq ifr = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done;

	memcpy(ifr.ifr_name, name, strlen(name));
	sin.sin_addr.s_addr = htonl(KERNEL_ADDR);
	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	done = ioctl(fd, SIOCSIFADDR, &ifr) == 0;
	sin.sin_addr.s_addr = htonl(0xffffff00);
	memcpy(&ifr.ifr_netmask, &sin, sizeof(sin));
	done = done && ioctl(fd, SIOCSIFNETMASK, &ifr) == 0;
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	done = done && ioctl(fd, SIOCSIFFLAGS, &ifr) == 0;
	close(fd);
	return done;
}

/* The kernel's TCP against ours: returns the exit status. */
static int ask(uint32_t addr)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(7)};
	const char hello[] = "hello, tern";
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char buf[sizeof(hello)] = "";

	alarm(20);
	at.sin_addr.s_addr = htonl(addr);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    send(fd, hello, sizeof(hello), 0) != sizeof(hello) ||
	    recv(fd, buf, sizeof(buf), MSG_WAITALL) != sizeof(buf)) {
		perror("echo_tun: self-test");
		return 1;
	}
	printf("echo: %s\n", buf);
	fflush(stdout);
	return strcmp(buf, hello) ? 1 : 0;
}

static int self_test(uint32_t addr)
{
	struct server s;
	pid_t child;
	int status;

	if (unshare(CLONE_NEWNET) < 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		complain("cannot make a network namespace here", -errno);
		return SKIPPED;
	}
	status = server_open(&s, "tern0", addr);
	if (status)
		return status;
	if (!configure_kernel(s.link->name))
		return complain("cannot take the device up", -errno);
	child = fork();
	if (child == 0)
		_exit(ask(addr));
	status = server_run(&s, child);
	server_close(&s);
	return status;
}

int main(int argc, char **argv)
{
	const char *text = argc > 2 ? argv[2] : OUR_ADDR;
	struct server s;
	uint32_t addr;
	int status;

	if (tern_parse_addr(text, &addr) < 0) {
		fprintf(stderr, "echo_tun: %s is not an address\n", text);
		return 2;
	}
	if (argc > 1 && strcmp(argv[1], "--self-test") == 0)
		return self_test(addr);
	status = server_open(&s, argc > 1 ? argv[1] : "tern%d", addr);
	if (status)
		return status;
	printf("serving %s port 7 on %s\n", text, s.link->name);
	fflush(stdout);
	status = server_run(&s, -1);
	server_close(&s);
	return status;
}
