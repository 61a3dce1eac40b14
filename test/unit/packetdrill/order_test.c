/* SPDX-License-Identifier: ISC */
/*
 * order_test.c - calls of packetdrill's interface in any order, from two
 * threads: whatever they say, they come back
 */
#include "drive.h"

#include <fcntl.h>

#define ROUNDS 4000
#define SEEDS  8

struct chance {
	uint64_t x;
};

static uint32_t pick(struct chance *c, uint32_t n)
{
	c->x = c->x * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(c->x >> 33) % n;
}

/* Mostly one of the first few that there are, sometimes none. */
static int any_fd(struct chance *c)
{
	static const int odd[] = {-1, 0, 1, 2, 9999, INT32_MAX};

	if (pick(c, 8) == 0)
		return odd[pick(c, 6)];
	return 3 + (int)pick(c, 24);
}

static size_t any_len(struct chance *c)
{
	static const size_t lens[] = {0, 1, 7, 100, 1460, 4000, 65536};

	return lens[pick(c, 7)];
}

struct player {
	struct drive *d;
	struct chance chance;
	uint8_t buf[65536];
	pthread_t thread;
};

static void open_and_close(struct player *p, int fd)
{
	struct drive *d = p->d;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		uint8_t bytes[64];
	} a = {.bytes = {0}};
	struct sockaddr *sa = &a.sa;
	socklen_t len = sizeof(a.in);
	int type = SOCK_STREAM | (pick(&p->chance, 2) ? SOCK_NONBLOCK : 0);
	int end[2];

	a.in = drive_addr(pick(&p->chance, 2) ? LOCAL : REMOTE, PORT);
	switch (pick(&p->chance, 9)) {
	case 0:
		d->i.socket(d->ud, (int)pick(&p->chance, 12), type, 0);
		break;
	case 1:
		d->i.socket(d->ud, AF_INET, type, 0);
		break;
	case 2:
		d->i.bind(d->ud, fd, sa, pick(&p->chance, 20));
		break;
	case 3:
		d->i.bind(d->ud, fd, sa, len);
		break;
	case 4:
		d->i.listen(d->ud, fd, (int)pick(&p->chance, 5) - 1);
		break;
	case 5:
		d->i.accept(d->ud, fd, sa, &len);
		break;
	case 6:
		d->i.connect(d->ud, fd, sa, len);
		break;
	case 7:
		if (pick(&p->chance, 8) == 0)
			d->i.pipe(d->ud, end);
		break;
	default:
		if (pick(&p->chance, 3) == 0)
			d->i.close(d->ud, fd);
	}
}

static void move_text(struct player *p, int fd)
{
	struct drive *d = p->d;
	const size_t len = any_len(&p->chance);
	const int flags = (int)pick(&p->chance, 0x100);
	struct iovec v[2] = {{p->buf, len}, {p->buf, 3}};
	struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};

	switch (pick(&p->chance, 9)) {
	case 0:
		d->i.read(d->ud, fd, p->buf, len);
		break;
	case 1:
		d->i.readv(d->ud, fd, v, 2);
		break;
	case 2:
		d->i.recv(d->ud, fd, p->buf, len, flags);
		break;
	case 3:
		v[1].iov_base = p->buf + 60000;
		d->i.recvmsg(d->ud, fd, &m, flags | MSG_DONTWAIT);
		break;
	case 4:
		d->i.write(d->ud, fd, p->buf, len);
		break;
	case 5:
		d->i.writev(d->ud, fd, v, 2);
		break;
	case 6:
		d->i.send(d->ud, fd, p->buf, len, flags);
		break;
	case 7:
		d->i.sendmsg(d->ud, fd, &m, flags | MSG_DONTWAIT);
		break;
	default:
		d->i.splice(d->ud, fd, NULL, any_fd(&p->chance), NULL, len, 0);
	}
}

static void ask(struct player *p, int fd)
{
	struct drive *d = p->d;
	const int name = (int)pick(&p->chance, 70);
	struct epoll_event ev = {.events = pick(&p->chance, 0x40)};
	struct pollfd f = {.fd = fd, .events = (short)ev.events};
	socklen_t len = pick(&p->chance, 300);
	int value = (int)pick(&p->chance, 5);

	switch (pick(&p->chance, 9)) {
	case 0:
		d->i.getsockopt(d->ud, fd, (int)pick(&p->chance, 7), name,
				p->buf, &len);
		break;
	case 1:
		d->i.setsockopt(d->ud, fd, (int)pick(&p->chance, 7), name,
				p->buf, len);
		break;
	case 2:
		d->i.fcntl(d->ud, fd, value, pick(&p->chance, 2) * O_NONBLOCK);
		break;
	case 3:
		d->i.ioctl(d->ud, fd, 0x5400ul + pick(&p->chance, 0x30),
			   &value);
		break;
	case 4:
		d->i.shutdown(d->ud, fd, value);
		break;
	case 5:
		d->i.poll(d->ud, &f, 1, value);
		break;
	case 6:
		d->i.epoll_create(d->ud, value);
		break;
	case 7:
		d->i.epoll_ctl(d->ud, any_fd(&p->chance), value, fd, &ev);
		break;
	default:
		d->i.epoll_wait(d->ud, fd, &ev, 1, value);
	}
}

/* Only who has made the stack feeds it and moves its clock. */
static void run_time(struct player *p)
{
	struct drive *d = p->d;
	struct drill_packet packet;

	switch (pick(&p->chance, 4)) {
	case 0:
		d->i.usleep(d->ud, pick(&p->chance, 100000));
		break;
	case 1:
		drive_now(d);
		break;
	case 2:
		if (pick(&p->chance, 4) == 0)
			drive_next(d, &packet);
		break;
	default:
		drive_feed(d, (uint16_t)pick(&p->chance, 0x40),
			   pick(&p->chance, 3000),
			   (uint32_t)any_len(&p->chance) % 2000);
	}
}

static void play(struct player *p, bool is_main)
{
	const int fd = any_fd(&p->chance);

	switch (pick(&p->chance, is_main ? 4 : 3)) {
	case 0:
		open_and_close(p, fd);
		break;
	case 1:
		move_text(p, fd);
		break;
	case 2:
		ask(p, fd);
		break;
	default:
		run_time(p);
	}
}

static void *play_along(void *arg)
{
	struct player *p = arg;
	int i;

	for (i = 0; i < ROUNDS; i++)
		play(p, false);
	return NULL;
}

static void any_order(void **state)
{
	struct player *p = calloc(2, sizeof(*p));
	struct drive d;
	uint64_t seed;
	int i;

	(void)state;
	assert_non_null(p);
	for (seed = 1; seed <= SEEDS; seed++) {
		drive_open(&d, NULL);
		drive_listen(&d);
		for (i = 0; i < 2; i++) {
			p[i].d = &d;
			p[i].chance.x = seed * 2 + (uint64_t)i;
		}
		assert_int_equal(
			pthread_create(&p[1].thread, NULL, play_along, &p[1]),
			0);
		for (i = 0; i < ROUNDS; i++)
			play(&p[0], true);
		/* What waits ends, and what comes later fails. */
		d.i.free(d.ud);
		assert_int_equal(pthread_join(p[1].thread, NULL), 0);
		dlclose(d.handle);
	}
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
