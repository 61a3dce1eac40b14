/* SPDX-License-Identifier: ISC */
/*
 * main.c - one round over a bottleneck in real time, Linux or tern at each end
 *
 *	bench-wan-linux SENDERS RECEIVER CC LOSS_PPM SECONDS SEED [PCAP]
 *
 * SENDERS is "linux", "tern" or "linux,tern"; RECEIVER "linux" or "tern"; CC
 * one name for all senders, or one for each, as in "bbr,bbr1".  The path has
 * 100 Mbit/s, a round trip of 40 ms and a queue of one bandwidth-delay product.
 * Needs root: it makes its own namespaces.  Prints one line of JSON: for each
 * sender the goodput in Mbit/s, from the call of connect() on, and that of the
 * last half; and how late the path was at worst.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tern/host.h>
#include <tern/libc.h>

#include "round.h"

#define RATE_MBIT  100
#define RTT_MS	   40
#define BDP	   (RATE_MBIT * 125 * RTT_MS)
#define SETTLE_NS  (300 * TERN_MS)
#define WARM_NS	   (20 * TERN_S)
#define STOP_NS	   (2 * TERN_S)
#define BLOCKS_MAX ((size_t)256 << 20)
#define N_LOOKS	   100 /* at goodput, in the last twentieth of the time */

struct round {
	struct shared *shared;
	struct place sender[SENDERS_MAX], receiver;
	int n;
	pid_t pid[SENDERS_MAX + 1];
	int n_pids;
	const char *cc[SENDERS_MAX]; /* of each sender */
};

static const char *const stack_names[] = {
	[STACK_LINUX] = "linux", [STACK_TERN] = "tern"};

static struct round the_round; /* for the end of the process */

static void end_all(void)
{
	for (int i = 0; i < the_round.n_pids; i++)
		kill(the_round.pid[i], SIGKILL);
	while (wait(NULL) > 0)
		;
}

static void must(bool ok, const char *what, int error)
{
	if (ok)
		return;
	fprintf(stderr, "bench-wan-linux: %s: %s\n", what, strerror(error));
	exit(1);
}

static uint32_t number(const char *s)
{
	char *end;
	const unsigned long v = strtoul(s, &end, 10);

	must(*s && !*end && v <= UINT32_MAX, s, EINVAL);
	return (uint32_t)v;
}

static enum stack_kind kind_of(const char *name)
{
	for (int i = STACK_LINUX; i <= STACK_TERN; i++)
		if (strcmp(name, stack_names[i]) == 0)
			return (enum stack_kind)i;
	must(false, name, EINVAL);
	return STACK_LINUX;
}

/* The last name counts for all that follow. */
static void name_algorithms(struct round *x, char *names)
{
	char *save, *name = strtok_r(names, ",", &save);

	must(name != NULL, "no congestion control", EINVAL);
	for (int i = 0; i < SENDERS_MAX; i++) {
		x->cc[i] = name ? name : x->cc[i - 1];
		name = name ? strtok_r(NULL, ",", &save) : NULL;
	}
}

static void start(struct round *x, struct place *p, int i)
{
	const struct role role = {.place = p,
				  .cc = x->cc[i],
				  .shared = x->shared,
				  .i = i,
				  .n = x->n};
	const pid_t pid = fork();

	must(pid >= 0, "fork", errno);
	if (pid > 0) {
		x->pid[x->n_pids++] = pid;
		return;
	}
	x->n_pids = 0; /* they are not this process's to end */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (p == &x->receiver)
		endpoint_receive(&role);
	else
		endpoint_send(&role);
	_exit(1);
}

/* Each stack where it lives, before the next place is made: a process that is
 * started stays in the namespace that was made last. */
static void populate(struct round *x, char *senders, const char *receiver,
		     struct tern_block_pool *blocks)
{
	char *save, *name = strtok_r(senders, ",", &save);
	int error;

	for (; name && x->n < SENDERS_MAX; name = strtok_r(NULL, ",", &save)) {
		error = place_make(&x->sender[x->n], kind_of(name),
				   NET + 1 + (uint32_t)x->n, blocks);
		must(error == 0, name, -error);
		start(x, &x->sender[x->n], x->n);
		x->n++;
	}
	error = place_make(&x->receiver, kind_of(receiver), RECEIVER, blocks);
	must(error == 0, receiver, -error);
	start(x, &x->receiver, 0);
}

/* Ahead of other work on the machine, both the path and the stacks on it: what
 * a kernel does in its interrupts must not be compared with a process that
 * waits for its turn. */
static bool hurry(void)
{
	const struct sched_param p = {.sched_priority = 50};

	prctl(PR_SET_TIMERSLACK, 1UL);
	return sched_setscheduler(0, SCHED_RR, &p) == 0;
}

static void warm_up(struct round *x, struct bottleneck *b)
{
	const tern_time until = tern_host_now() + WARM_NS;

	while (atomic_load(&x->shared->n_warm) < x->n) {
		must(tern_host_now() < until, "the senders do not come", ETIME);
		must(waitpid(-1, NULL, WNOHANG) == 0, "an end ended", ECHILD);
		bottleneck_run(b, tern_host_now() + 10 * TERN_MS, NULL);
	}
	bottleneck_run(b, tern_host_now() + SETTLE_NS, NULL);
}

static void count(const struct round *x, uint64_t bytes[SENDERS_MAX])
{
	for (int i = 0; i < x->n; i++)
		bytes[i] = atomic_load(&x->shared->flow[i].received);
}

static void print_flow(const struct round *x, int i, double mbit, double late)
{
	const struct flow *f = &x->shared->flow[i];

	printf("%s{\"stack\": \"%s\", \"mbit\": %.3f, "
	       "\"last_half_mbit\": %.3f",
	       i ? ", " : "", stack_names[x->sender[i].kind], mbit, late);
	printf(", \"retrans\": %u, \"cwnd\": %u, \"mss\": %u, "
	       "\"srtt_ms\": %.1f, \"rto_ms\": %.1f",
	       f->retrans, f->cwnd, f->mss, f->srtt_us / 1e3, f->rto_us / 1e3);
	printf(", \"rwnd_limited_ms\": %llu, \"sndbuf_limited_ms\": %llu}",
	       (unsigned long long)f->rwnd_limited_us / 1000,
	       (unsigned long long)f->sndbuf_limited_us / 1000);
}

/*
 * The goodput of each flow in Mbit/s, from `since` on.  Text behind a hole does
 * not count before that is filled, a round trip later; so one look at the end
 * would be wrong by up to so much, by chance.  Hence the mean of many.
 */
static void measure(const struct round *x, struct bottleneck *b,
		    tern_time since, tern_time ns, double mbit[SENDERS_MAX])
{
	uint64_t bytes[SENDERS_MAX] = {0};
	double sum[SENDERS_MAX] = {0}, times = 0;

	for (uint32_t k = N_LOOKS; k-- > 0;) {
		bottleneck_run(b, since + ns - k * (ns / 20 / N_LOOKS), NULL);
		times += (double)(tern_host_now() - since);
		count(x, bytes);
		for (int i = 0; i < x->n; i++)
			sum[i] += (double)bytes[i];
	}
	for (int i = 0; i < x->n; i++)
		mbit[i] = sum[i] * 8e3 / times;
}

static void play(struct round *x, struct bottleneck *b, uint32_t seconds,
		 bool first)
{
	const double ns = (double)(seconds * TERN_S);
	uint64_t half[SENDERS_MAX] = {0}, all[SENDERS_MAX] = {0};
	double mbit[SENDERS_MAX];
	struct bottleneck_report r;
	tern_time since;

	warm_up(x, b);
	bottleneck_reset(b);
	atomic_store(&x->shared->go, true);
	since = tern_host_now();
	bottleneck_run(b, since + seconds * TERN_S / 2, NULL);
	count(x, half);
	measure(x, b, since, seconds * TERN_S, mbit);
	count(x, all);
	bottleneck_report(b, &r);
	atomic_store(&x->shared->stop, true);
	since = tern_host_now();
	while (atomic_load(&x->shared->n_stopped) < x->n &&
	       tern_host_now() < since + STOP_NS)
		bottleneck_run(b, tern_host_now() + 10 * TERN_MS, NULL);
	printf("{\"senders\": [");
	for (int i = 0; i < x->n; i++)
		print_flow(x, i, mbit[i],
			   (double)(all[i] - half[i]) * 16e3 / ns);
	printf("], \"late_ms\": %.3f, \"away_ms\": %.3f, \"lost\": %llu, "
	       "\"overflowed\": %llu, \"first\": %s}\n",
	       (double)r.late_ns / 1e6, (double)r.away_ns / 1e6,
	       (unsigned long long)r.lost, (unsigned long long)r.overflowed,
	       first ? "true" : "false");
}

int main(int argc, char **argv)
{
	struct path p = {
		.rate_mbit = RATE_MBIT, .rtt_ms = RTT_MS, .queue_bytes = BDP};
	const struct tern_allocator alloc = tern_libc_allocator();
	struct tern_block_pool *blocks;
	struct round *x = &the_round;
	struct bottleneck *b;
	bool first;

	if (argc < 7) {
		fprintf(stderr, "usage: bench-wan-linux SENDERS RECEIVER CC "
				"LOSS_PPM SECONDS SEED [PCAP]\n");
		return 2;
	}
	atexit(end_all);
	p.loss_ppm = number(argv[4]);
	p.seed = number(argv[6]);
	name_algorithms(x, argv[3]);
	x->shared = mmap(NULL, sizeof(*x->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(x->shared != MAP_FAILED, "shared memory", errno);
	blocks = tern_block_pool_create(&alloc, BLOCKS_MAX);
	must(blocks != NULL, "no memory", ENOMEM);
	first = hurry();
	populate(x, argv[1], argv[2], blocks);
	b = bottleneck_create(&p, x->sender, x->n, &x->receiver,
			      argc > 7 ? argv[7] : NULL);
	must(b != NULL, "no path", ENOMEM);
	play(x, b, number(argv[5]), first);
	return 0;
}
