/* SPDX-License-Identifier: ISC */
/*
 * dialogue.h - when an ACK may wait, as on Linux (tern.tcp_linux_acks)
 */
#ifndef TERN_TCP_DIALOGUE_H
#define TERN_TCP_DIALOGUE_H

#include "tcp/tcb.h"
#include "tcp/tcp.h"

/* Text in order has come; to be called before flow->rcv.text_at is moved. */
void dialogue_received(const struct tcp *tcp, struct tcb *t,
		       const struct segment *seg);

/* An ACK is owed for it: at once or later. */
void dialogue_owe_ack(struct tcp *tcp, struct tcb *t);

/* A segment is about to leave, which acknowledges; and one with text. */
void dialogue_acked(const struct tcp *tcp, struct tcb *t);
void dialogue_answered(const struct tcp *tcp, struct tcb *t);

/* An ACK has waited until its time came. */
void dialogue_waited(const struct tcp *tcp, struct tcb *t);

/* The peer repeats itself: it is to know at once. */
void dialogue_hurry(const struct tcp *tcp, struct tcb *t);

/* The user has read: an ACK that waits may be owed at once. */
void dialogue_read(struct tcb *t);

/* TCP_QUICKACK. */
void dialogue_set(struct tcb *t, bool on);

#endif
