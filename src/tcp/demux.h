/* SPDX-License-Identifier: ISC */
/*
 * demux.h - from a four-tuple to the connection, by a keyed hash
 */
#ifndef TERN_TCP_DEMUX_H
#define TERN_TCP_DEMUX_H

#include "tcp/conn.h"
#include "tcp/tcp.h"

uint32_t demux_hash(const struct tcp *tcp, const struct tern_tuple *t);

/*
 * The connection of this tuple, of whatever kind; NULL if there is none.  A
 * TIME-WAIT may have a successor in the SYN queue, which is then what is found.
 */
struct conn *demux_find(struct tcp *tcp, const struct tern_tuple *t,
			uint32_t hash);

/*
 * The control block, or entry of the SYN queue, of this tuple, if it is among
 * those that were met lately; demux_met() makes it one.  NULL says nothing.
 */
struct conn *demux_recent(const struct tcp *tcp, const struct tern_tuple *t);
void demux_met(struct tcp *tcp, struct conn *c);

/* The TIME-WAIT of this tuple, or NULL. */
struct conn *demux_find_time_wait(struct tcp *tcp, const struct tern_tuple *t);

/*
 * Puts a connection into the table, under the hash of the tuple it carries, or
 * takes it out.  Inserting returns 0 or -ENOBUFS.  What has been put there will
 * soon be looked for, and counts as met.
 */
int demux_insert(struct tcp *tcp, struct conn *c, uint32_t hash);
void demux_remove(struct tcp *tcp, struct conn *c);

/* What a connection has become takes its place, under the same tuple. */
void demux_replace(struct tcp *tcp, struct conn *old, struct conn *c);

#endif
