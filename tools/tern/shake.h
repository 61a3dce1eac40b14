/* SPDX-License-Identifier: ISC */
/*
 * shake.h - what the scenarios of `tern shake` are made of
 *
 * A scenario is a function that makes socket calls on two hosts of a simulated
 * world and lets time pass.  Meanwhile everything that happens becomes a step:
 * each call, each segment on the wire, each timer, with the states and queues
 * after it.  At the end the scenario compares what it promised with what the
 * steps, the stacks' own lists and the calls' results say.
 *
 *	shake.c		 the command: options, list, exit status
 *	shake_stage.c	 makes the world, runs it
 *	shake_call.c	 makes socket calls and records them
 *	shake_record.c	 turns trace events into steps
 *	shake_judge.c	 asks what happened, for promises
 *	shake_explain.c	 a sentence for each step
 *	shake_draw.c	 steps as a diagram; shake_line.c, its lines
 *	shake_json.c	 steps as JSON
 *	shake_*.c	 the scenarios, by theme
 */
#ifndef TERN_TOOL_SHAKE_H
#define TERN_TOOL_SHAKE_H

#include <stdio.h>

#include <tern/info.h>
#include <tern/trace.h>
#include <tern/types.h>

#include "sim/raw_peer.h"
#include "sim/segment.h"

struct sim_host;
struct sim_wire;
struct sim_world;

/* The two columns of the diagram. */
enum shake_side {
	CLIENT,
	SERVER,
};

/* What a segment is, as scenarios tell them apart. */
enum shake_kind {
	SHAKE_SYN,
	SHAKE_SYN_ACK,
	SHAKE_ACK, /* nothing but an acknowledgement */
	SHAKE_DATA,
	SHAKE_FIN, /* with or without text */
	SHAKE_RST,
	SHAKE_ANY, /* for rules: all of them */
};

enum shake_step_type {
	SHAKE_CALL,    /* a socket call */
	SHAKE_SEGMENT, /* a segment, from its departure on */
	SHAKE_TIMER,   /* a timer expired */
	SHAKE_EVENT,   /* something that happens to a host or the cable */
	SHAKE_FOLDED,  /* a part that another scenario shows in full */
};

struct shake_queues {
	bool known; /* there is a listener */
	bool fresh; /* since this step */
	bool is_unix;
	uint32_t n_syn, max_syn, n_accept, max_accept;
};

#define SHAKE_TEXT 200

struct shake_step {
	enum shake_step_type type;
	tern_time at;	      /* a segment: when it arrived, or was lost */
	enum shake_side side; /* who did it; a segment: the sender */
	int conn;	      /* index into conn[], -1 if it concerns none */
	enum tern_tcp_state state[2]; /* after it */
	bool changed[2];	      /* ... and it made the difference */
	bool stateful[2];	      /* there is a state to show */
	struct shake_queues queues;   /* after it */
	char text[SHAKE_TEXT];	      /* a call, a timer, an event in words */
	const char *told;	      /* the scenario's own sentence, or NULL */
	bool folded;		      /* not drawn: part of a SHAKE_FOLDED */

	/* Segments. */
	enum shake_kind kind;
	struct sim_segment seg;
	uint32_t rel_seq, rel_ack; /* counted from each side's first number */
	tern_time sent_at;
	enum tern_tcp_state sent_state[2];
	bool sent_changed;    /* sending it changed the sender's state */
	unsigned int sent_no; /* how many events there were before it left */
	unsigned int end_no;  /* ... and before it arrived or was lost */
	bool arrived, lost, again;
	bool probe; /* its number was acknowledged before */
	uint32_t ack_before, wnd_before; /* of this side's last segment */
	enum tern_drop drop; /* the receiver counted it as dropped */

	enum tern_tcp_timer timer;
	uint32_t peer_wnd; /* the window that the other side told last */
};

#define SHAKE_PATH 24 /* states that a connection end goes through at most */

struct shake_conn {
	struct tern_tuple tuple; /* as the client sees it */
	enum tern_tcp_state state[2];
	bool had_state[2];
	enum tern_tcp_state path[2][SHAKE_PATH];
	int n_path[2];
	uint32_t first[2]; /* initial sequence numbers */
	bool has_first[2];
	uint32_t next[2]; /* end of what was sent, to know what is sent again */
	bool answered[2]; /* a SYN,ACK was sent */
	uint32_t ack[2], wnd[2]; /* told last by each side */
	tern_time last_sent[2], last_heard[2];
};

struct shake_promise {
	bool kept;
	char text[SHAKE_TEXT];
};

/* Segments that the wire is to lose, or a sentence for one to come. */
struct shake_rule {
	enum shake_side from;
	enum shake_kind kind;
	unsigned int count; /* how many more */
	const char *told;   /* NULL: lose it */
};

#define SHAKE_CONNS    48
#define SHAKE_PROMISES 8
#define SHAKE_RULES    24

struct shake;

struct shake_scenario {
	const char *name;
	const char *title;
	const char *intro; /* why it is as it is */
	void (*run)(struct shake *s);
};

/* Whose trace it is: the context of shake_on_trace(). */
struct shake_ear {
	struct shake *s;
	enum shake_side side;
};

struct shake {
	const struct shake_scenario *scenario;
	uint64_t seed;
	bool broken; /* --break: the scenario must not keep its promises */
	int failed;  /* negative errno: the scenario could not be played */
	char failure[SHAKE_TEXT];

	struct sim_world *world;
	struct sim_host *host[2]; /* the same one, for AF_UNIX */
	struct sim_wire *wire;	  /* CLIENT is end 0, SERVER end 1 */
	struct sim_raw_peer *raw; /* a client without a stack, or NULL */
	uint32_t raw_addr;	  /* its address, 0 if there is none */
	const char *names[2];	  /* over the columns */
	bool show_window;	  /* windows are what the scenario is about */
	bool show_timestamps;
	bool fold;	      /* steps are not drawn from now on */
	FILE *capture;	      /* NULL: none */
	uint32_t *n_captured; /* interfaces in the file so far */

	struct shake_ear ear[2];
	struct shake_step *step;
	unsigned int n_steps, steps_size, n_events;
	int last[2]; /* the step that a side's events belong to now, or -1 */
	struct shake_conn conn[SHAKE_CONNS];
	int n_conns;
	struct shake_queues queues;
	uint32_t max_n_syn, max_n_accept; /* the most there ever was */
	uint16_t listen_port;		  /* whose queues these are */
	const char *note; /* the sentence for the next call or event */
	struct shake_rule rule[SHAKE_RULES];
	unsigned int n_rules;
	struct shake_promise promise[SHAKE_PROMISES];
	unsigned int n_promises;
};

/* How to draw. */
struct shake_style {
	int width;   /* columns of the terminal */
	bool colour; /* escape sequences */
	bool ascii;  /* no character beyond ASCII */
};

#define SHAKE_CLIENT_ADDR 0x0a000001 /* 10.0.0.1 */
#define SHAKE_SERVER_ADDR 0x0a000002 /* 10.0.0.2 */
#define SHAKE_PORT	  80
#define SHAKE_DELAY	  (10 * TERN_MS) /* of the wire, each way */

/* shake_list.c: the i-th scenario, NULL past the last. */
const struct shake_scenario *shake_scenario_at(unsigned int i);

/*
 * shake_stage.c
 *
 * Everything that can fail for want of memory ends in s->failed, after which
 * the functions do nothing more.
 */

/* Plays the scenario: s->scenario, seed, broken and capture are set. */
void shake_play(struct shake *s);
void shake_free(struct shake *s);
void shake_fail(struct shake *s, int err, const char *what);

/* Two hosts and a wire with SHAKE_DELAY each way. */
void shake_stage(struct shake *s);
/* One host, for AF_UNIX: the columns are two programs on it. */
void shake_stage_unix(struct shake *s);
/* A server, and a client without a stack. */
void shake_stage_raw(struct shake *s);
/* Adds a raw peer to a stage; `addr` and `host_addr` as "10.0.1.1/24". */
void shake_add_raw(struct shake *s, const char *addr, const char *host_addr);
void shake_raw_send(struct shake *s, const struct sim_segment *seg);
/* One more interface at the client, which leads nowhere. */
void shake_add_interface(struct shake *s, const char *addr);
void shake_cut(struct shake *s);
/* The server loses power and starts again. */
void shake_crash(struct shake *s);

/* Lets time pass. */
void shake_run(struct shake *s, tern_time length);
/* ... until the end of the connection has the state.  False if it never had. */
bool shake_run_until(struct shake *s, enum shake_side side, int conn,
		     enum tern_tcp_state state, tern_time limit);
/* Time stands still, but what is due now happens. */
void shake_settle(struct shake *s);

/* Has the wire lose the next `count` such segments; UINT_MAX: all. */
void shake_lose(struct shake *s, enum shake_side from, enum shake_kind kind,
		unsigned int count);
/* A sentence for the next such segment. */
void shake_tell(struct shake *s, enum shake_side from, enum shake_kind kind,
		const char *sentence);
/* A sentence for the next call or event. */
void shake_note(struct shake *s, const char *sentence);
/* Something happens at a side: a step of its own. */
void shake_event(struct shake *s, enum shake_side side, const char *what);
/* What follows is in the diagram only as `what`, until shake_unfold(). */
void shake_fold(struct shake *s, const char *what);
void shake_unfold(struct shake *s);

void shake_sysctl(struct shake *s, enum shake_side side, const char *name,
		  const char *value);

/*
 * shake_call.c: the call's result, after recording it.
 */
int shake_socket(struct shake *s, enum shake_side side);
int shake_bind(struct shake *s, enum shake_side side, int fd, uint32_t addr,
	       uint16_t port);
int shake_listen(struct shake *s, enum shake_side side, int fd, int backlog);
int shake_accept(struct shake *s, enum shake_side side, int fd);
int shake_connect(struct shake *s, enum shake_side side, int fd, uint32_t addr,
		  uint16_t port);
ssize_t shake_send(struct shake *s, enum shake_side side, int fd,
		   const char *text);
/* Sends `len` bytes of no meaning. */
ssize_t shake_send_bulk(struct shake *s, enum shake_side side, int fd,
			size_t len);
/* Receives text; `buf` of `size` bytes is terminated. */
ssize_t shake_recv(struct shake *s, enum shake_side side, int fd, char *buf,
		   size_t size);
/* Receives all there is.  Returns the number of bytes, or the error. */
ssize_t shake_recv_all(struct shake *s, enum shake_side side, int fd);
int shake_shutdown(struct shake *s, enum shake_side side, int fd);
int shake_close(struct shake *s, enum shake_side side, int fd);
/* setsockopt() with an int. */
struct shake_option {
	int level, name;
	const char *text; /* how it is shown */
};
#define SHAKE_OPTION(level, name) (&(struct shake_option){level, name, #name})
int shake_setsockopt(struct shake *s, enum shake_side side, int fd,
		     const struct shake_option *option, int value);
/* getsockopt(SO_ERROR): the pending error as a negative errno, or 0. */
int shake_error(struct shake *s, enum shake_side side, int fd);
int shake_getsockname(struct shake *s, enum shake_side side, int fd,
		      uint32_t *addr, uint16_t *port);
int shake_unix_socket(struct shake *s, enum shake_side side);
int shake_unix_bind(struct shake *s, enum shake_side side, int fd,
		    const char *path);
int shake_unix_connect(struct shake *s, enum shake_side side, int fd,
		       const char *path);

/* The usual beginning: a listener, and a connection to it, accepted. */
struct shake_pair {
	int listener, client, server; /* descriptors */
};
int shake_make_listener(struct shake *s, uint16_t port, int backlog);
void shake_make_pair(struct shake *s, struct shake_pair *p);
/* The same, folded. */
void shake_make_pair_folded(struct shake *s, struct shake_pair *p);

/*
 * shake_record.c
 */

/* A trace listener; `ctx` is a struct shake_ear. */
void shake_on_trace(void *ctx, const struct tern_event *ev);
/* A segment is put on the wire (the cable, a rule, may have lost it). */
void shake_on_wire(struct shake *s, enum shake_side from,
		   const struct sim_segment *seg, bool lost);
/* A segment arrived at the raw peer; `ctx` is the struct shake. */
void shake_on_raw(void *ctx, const struct sim_segment *seg);
/* Returns the index of the new step, whose events are the side's from now. */
unsigned int shake_add_step(struct shake *s, enum shake_step_type type,
			    enum shake_side side);
/* True if the side of a connection has a stack that could have a state. */
bool shake_has_state(const struct shake *s, int conn, int side);
/* The connection of a descriptor, -1 if it has none. */
int shake_conn_of_fd(struct shake *s, enum shake_side side, int fd);
enum shake_kind shake_kind_of(const struct sim_segment *seg);
/* Compares what was traced with the stacks' own lists, which win. */
void shake_sync(struct shake *s);

/*
 * shake_judge.c
 */

/* Notes whether a promise was kept. */
void shake_promise(struct shake *s, bool kept, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* True if it was played to the end and every promise was kept. */
bool shake_all_kept(const struct shake *s);

/*
 * True if the segments that left since step `from` are those of `flow`, such
 * as "C:SYN S:SYN,ACK C:ACK"; a lost one has a `*` behind it, one that the
 * receiver threw away a `!`.
 */
bool shake_flow_is(const struct shake *s, unsigned int from, const char *flow);

/* How many segments of a kind a side sent since step `from`, lost or not. */
unsigned int shake_count(const struct shake *s, unsigned int from,
			 enum shake_side side, enum shake_kind kind);
unsigned int shake_count_again(const struct shake *s, unsigned int from,
			       enum shake_side side, enum shake_kind kind);
/* How often a timer of a side has expired since step `from`. */
unsigned int shake_count_timer(const struct shake *s, unsigned int from,
			       enum shake_side side, enum tern_tcp_timer timer);
/* The n-th segment (from 0) of a kind from a side since step `from`. */
const struct shake_step *shake_nth(const struct shake *s, unsigned int from,
				   enum shake_side side, enum shake_kind kind,
				   unsigned int n);
/*
 * True if the n segments of a kind since step `from` left one after the other,
 * each after twice the time of the one before.
 */
bool shake_waits_double(const struct shake *s, unsigned int from,
			enum shake_side side, enum shake_kind kind,
			unsigned int n);
/* True if a and b are equal but for the grain of the stack's timers. */
bool shake_is_about(tern_time a, tern_time b);
/* The state that the stack itself tells of now. */
enum tern_tcp_state shake_state(struct shake *s, enum shake_side side,
				int conn);
bool shake_sockinfo(struct shake *s, enum shake_side side, int conn,
		    struct tern_sockinfo *info);
/* A stack's own counter. */
uint64_t shake_counter(const struct shake *s, enum shake_side side,
		       enum tern_counter counter);
/*
 * True if an end has gone through these states one after the other; the list
 * ends with -1.
 */
bool shake_went(const struct shake *s, enum shake_side side, int conn, ...);
bool shake_ever_was(const struct shake *s, enum shake_side side, int conn,
		    enum tern_tcp_state state);

/*
 * shake_explain.c
 */

/*
 * Writes a sentence for a step, "" if it needs none; `buf` of SHAKE_TEXT.  What
 * was explained before is said in fewer words.
 */
const char *shake_explain(const struct shake *s, const struct shake_step *st,
			  char *buf);
/* True if the receiver threw the segment away without an answer to it. */
bool shake_is_refused(const struct shake_step *st);
/* "SYN,ACK", into buf. */
#define SHAKE_FLAGS 40 /* all of them fit */
const char *shake_flags(uint16_t flags, char *buf);
/* What a timer does when its time is over, such as "RTO expires". */
const char *shake_timer_name(enum tern_tcp_timer timer);
/* "client" or "server". */
const char *shake_side_name(enum shake_side side);

void shake_draw(const struct shake *s, const struct shake_style *style,
		FILE *out);
/* Returns 0, or -ENOMEM. */
int shake_write_json(const struct shake *s, FILE *out);

/* The scenarios, in shake_open.c and so on. */
void shake_open(struct shake *s);
void shake_data(struct shake *s);
void shake_simultaneous_open(struct shake *s);
void shake_half_open(struct shake *s);
void shake_lost_syn(struct shake *s);
void shake_lost_syn_ack(struct shake *s);
void shake_lost_third_ack(struct shake *s);
void shake_no_listen(struct shake *s);
void shake_close_four(struct shake *s);
void shake_simultaneous_close(struct shake *s);
void shake_half_close(struct shake *s);
void shake_fin_ack(struct shake *s);
void shake_lost_last_ack(struct shake *s);
void shake_time_wait(struct shake *s);
void shake_syn_queue_full(struct shake *s);
void shake_accept_queue_full(struct shake *s);
void shake_bind_none(struct shake *s);
void shake_bind_foreign(struct shake *s);
void shake_bind_busy(struct shake *s);
void shake_server_crash(struct shake *s);
void shake_cable_cut(struct shake *s);
void shake_keepalive(struct shake *s);
void shake_zero_window(struct shake *s);
void shake_unix_open(struct shake *s);
void shake_unix_full(struct shake *s);

#endif
