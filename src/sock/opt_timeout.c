/* SPDX-License-Identifier: ISC */
/*
 * opt_timeout.c - SO_RCVTIMEO and SO_SNDTIMEO, in both layouts of their times
 *
 * The times are kept here and obeyed by the calls that wait, <tern/host.h>.
 */
#include <errno.h>

#include "base/bytes.h"
#include "sock/extras.h"
#include "sock/opt.h"

/* struct timeval as programs have it, and as SO_..TIMEO_NEW has it. */
struct time_old {
	long sec, usec;
};

struct time_new {
	int64_t sec, usec;
};

/* 0 0 means for ever; before 1970 means not at all. */
static int timeout_us(int64_t sec, int64_t usec, uint64_t *us)
{
	if (usec < 0 || usec >= 1000000)
		return -EDOM;
	if (sec < 0)
		*us = 0;
	else if (sec == 0 && usec == 0)
		*us = TIMEOUT_NONE;
	else if ((uint64_t)sec >= TIMEOUT_NONE / 1000000000)
		*us = TIMEOUT_NONE;
	else
		*us = (uint64_t)sec * 1000000 + (uint64_t)usec;
	return 0;
}

static int read_old(const void *in, socklen_t len, uint64_t *us)
{
	struct time_old t;

	if (len < sizeof(t))
		return -EINVAL;
	memcpy(&t, in, sizeof(t));
	return timeout_us(t.sec, t.usec, us);
}

static int read_new(const void *in, socklen_t len, uint64_t *us)
{
	struct time_new t;

	if (len < sizeof(t))
		return -EINVAL;
	memcpy(&t, in, sizeof(t));
	return timeout_us(t.sec, t.usec, us);
}

static int put_old(uint64_t us, void *out, socklen_t *len)
{
	struct time_old t = {(long)(us / 1000000), (long)(us % 1000000)};

	if (us == TIMEOUT_NONE)
		t = (struct time_old){0, 0};
	return opt_put_bytes(&t, sizeof(t), out, len);
}

static int put_new(uint64_t us, void *out, socklen_t *len)
{
	struct time_new t = {(int64_t)(us / 1000000), (int64_t)(us % 1000000)};

	if (us == TIMEOUT_NONE)
		t = (struct time_new){0, 0};
	return opt_put_bytes(&t, sizeof(t), out, len);
}

static int keep_rcvtimeo(const struct opt_call *c, int err, uint64_t us)
{
	struct extras *x;

	if (err)
		return err;
	x = extras_get(c->s, c->f, c->fd);
	if (!x)
		return -ENOBUFS;
	x->rcvtimeo_us = us;
	return 0;
}

static int keep_sndtimeo(const struct opt_call *c, int err, uint64_t us)
{
	struct extras *x;

	if (err)
		return err;
	x = extras_get(c->s, c->f, c->fd);
	if (!x)
		return -ENOBUFS;
	x->sndtimeo_us = us;
	return 0;
}

static uint64_t rcvtimeo(const struct opt_call *c)
{
	const struct extras *x = extras_find(c->s, c->f, c->fd);

	return x ? x->rcvtimeo_us : TIMEOUT_NONE;
}

static uint64_t sndtimeo(const struct opt_call *c)
{
	const struct extras *x = extras_find(c->s, c->f, c->fd);

	return x ? x->sndtimeo_us : TIMEOUT_NONE;
}

int opt_set_rcvtimeo(const struct opt_call *c, const void *in, socklen_t len)
{
	uint64_t us = 0;
	int err = read_old(in, len, &us);

	return keep_rcvtimeo(c, err, us);
}

int opt_set_rcvtimeo_new(const struct opt_call *c, const void *in,
			 socklen_t len)
{
	uint64_t us = 0;
	int err = read_new(in, len, &us);

	return keep_rcvtimeo(c, err, us);
}

int opt_set_sndtimeo(const struct opt_call *c, const void *in, socklen_t len)
{
	uint64_t us = 0;
	int err = read_old(in, len, &us);

	return keep_sndtimeo(c, err, us);
}

int opt_set_sndtimeo_new(const struct opt_call *c, const void *in,
			 socklen_t len)
{
	uint64_t us = 0;
	int err = read_new(in, len, &us);

	return keep_sndtimeo(c, err, us);
}

int opt_get_rcvtimeo(const struct opt_call *c, void *out, socklen_t *len)
{
	return put_old(rcvtimeo(c), out, len);
}

int opt_get_rcvtimeo_new(const struct opt_call *c, void *out, socklen_t *len)
{
	return put_new(rcvtimeo(c), out, len);
}

int opt_get_sndtimeo(const struct opt_call *c, void *out, socklen_t *len)
{
	return put_old(sndtimeo(c), out, len);
}

int opt_get_sndtimeo_new(const struct opt_call *c, void *out, socklen_t *len)
{
	return put_new(sndtimeo(c), out, len);
}
