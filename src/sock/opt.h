/* SPDX-License-Identifier: ISC */
/*
 * opt.h - socket options: one table a level
 *
 * A row says for which descriptors the option is and how it is set and got.
 * An option that is not in a table, or not for that kind of descriptor, is
 * -ENOPROTOOPT: none is accepted that would do nothing, where it would do
 * something elsewhere.  Those that are only kept are in opt_kept.c.
 *
 * The text of OPT() is for the reader of doc/sockets.md, which
 * scripts/sockets-doc makes from these tables; it is not compiled.
 */
#ifndef TERN_SOCK_OPT_H
#define TERN_SOCK_OPT_H

#include <stddef.h>

#include "sock/socks.h"
#include "tcp/opts.h"

/* For what an option is: bits by enum fd_kind. */
#define OPT_TCP	     (1U << FD_TCP)
#define OPT_LISTENER (1U << FD_LISTENER)
#define OPT_UNIX     (1U << FD_UNIX)
#define OPT_INET     (OPT_TCP | OPT_LISTENER)
#define OPT_ALL	     (OPT_INET | OPT_UNIX)

enum opt_shape {
	OPT_INT,     /* an int; shorter ones are cut when got */
	OPT_SMALL,   /* an int, a byte or nothing, as the IP level has them */
	OPT_SMALL_1, /* the same, but not nothing */
	OPT_BYTES,   /* something else, by set_bytes and get_bytes */
};

/* One call. */
struct opt_call {
	struct socks *s;
	struct fd *f;
	int fd;
	const struct opt *opt; /* its row */
	struct tcp_opts *o; /* a copy, to be put into force; NULL for AF_UNIX */
	struct tcp_bufs *bufs; /* these are the socket's own */
};

struct opt {
	int level, name;
	unsigned int kinds; /* OPT_TCP and the like */
	enum opt_shape shape;
	/* OPT_INT and OPT_SMALL.  NULL: cannot be set, or got. */
	int (*set)(const struct opt_call *c, int value);
	int (*get)(const struct opt_call *c, int *value);
	/* OPT_BYTES.  *len is what there is room for, then what was written. */
	int (*set_bytes)(const struct opt_call *c, const void *in,
			 socklen_t len);
	int (*get_bytes)(const struct opt_call *c, void *out, socklen_t *len);
};

#define OPT(level, name, text, ...)      \
	{                                \
		level, name, __VA_ARGS__ \
	}

struct opt_table {
	const struct opt *rows;
	size_t n;
};

struct opt_table opt_table_socket(void); /* SOL_SOCKET */
struct opt_table opt_table_tcp(void);	 /* IPPROTO_TCP */
struct opt_table opt_table_ip(void);	 /* IPPROTO_IP */
struct opt_table opt_table_kept(void);	 /* of all levels */

/* opt_timeout.c: SO_RCVTIMEO and SO_SNDTIMEO, old and new. */
int opt_set_rcvtimeo(const struct opt_call *c, const void *in, socklen_t len);
int opt_set_sndtimeo(const struct opt_call *c, const void *in, socklen_t len);
int opt_set_rcvtimeo_new(const struct opt_call *c, const void *in,
			 socklen_t len);
int opt_set_sndtimeo_new(const struct opt_call *c, const void *in,
			 socklen_t len);
int opt_get_rcvtimeo(const struct opt_call *c, void *out, socklen_t *len);
int opt_get_sndtimeo(const struct opt_call *c, void *out, socklen_t *len);
int opt_get_rcvtimeo_new(const struct opt_call *c, void *out, socklen_t *len);
int opt_get_sndtimeo_new(const struct opt_call *c, void *out, socklen_t *len);

/* opt_device.c: SO_BINDTODEVICE and SO_BINDTOIFINDEX. */
int opt_set_device(const struct opt_call *c, const void *in, socklen_t len);
int opt_get_device(const struct opt_call *c, void *out, socklen_t *len);
int opt_set_ifindex(const struct opt_call *c, int value);
int opt_get_ifindex(const struct opt_call *c, int *value);

/* opt_notes.c: timestamps, and MSG_ZEROCOPY. */
int opt_set_timestamp(const struct opt_call *c, int value);
int opt_get_timestamp(const struct opt_call *c, int *value);
int opt_set_timestampns(const struct opt_call *c, int value);
int opt_get_timestampns(const struct opt_call *c, int *value);
int opt_set_timestamping(const struct opt_call *c, const void *in,
			 socklen_t len);
int opt_get_timestamping(const struct opt_call *c, void *out, socklen_t *len);
int opt_set_zerocopy(const struct opt_call *c, int value);
int opt_get_zerocopy(const struct opt_call *c, int *value);

/* Copies as much of a value as there is room for, and says so in *len. */
int opt_put_bytes(const void *value, socklen_t size, void *out, socklen_t *len);

/* Defines set_FIELD() and get_FIELD() for a flag of struct tcp_opts. */
#define OPT_FLAG(field)                                              \
	static int set_##field(const struct opt_call *c, int value)  \
	{                                                            \
		c->o->field = value != 0;                            \
		return 0;                                            \
	}                                                            \
	static int get_##field(const struct opt_call *c, int *value) \
	{                                                            \
		*value = c->o->field;                                \
		return 0;                                            \
	}

#endif
