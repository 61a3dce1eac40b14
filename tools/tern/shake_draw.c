/* SPDX-License-Identifier: ISC */
/*
 * shake_draw.c - steps as a sequence diagram in the terminal
 *
 * A segment is one arrow, on the line of its arrival, with the states and
 * queues that it left behind.  Where segments cross under way that would put
 * effects before causes: such a segment gets two half arrows, one where it
 * leaves and one where it arrives, with the same letter at their loose ends.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "shake.h"
#include "shake_arrow.h"
#include "shake_line.h"

struct row {
	const struct shake_step *st;
	unsigned int no; /* the place in the order of things */
	enum arrow_part part;
	char letter;
};

struct drawing {
	struct line_out o;
	const struct shake *s;
	struct row *row;
	unsigned int n_rows;
	struct shake_queues queues; /* as drawn last */
	tern_time last;		    /* time of the row before */
	bool any;		    /* there was one */
	unsigned int n_conns;	    /* that are drawn */
};

/* What stands in one line, but for the middle. */
struct frame {
	const char *time, *left;
	enum colour left_colour;
	enum glyph left_bar, right_bar;
};

static void begin_line(const struct line_out *o, const struct frame *f)
{
	line_text(o, COLOUR_DIM, f->time, LINE_TIME, true);
	line_spaces(o, 1);
	line_text(o, f->left_colour, f->left, LINE_STATE, true);
	fprintf(o->f, " %s", line_glyph(o, f->left_bar));
}

static void end_line(const struct line_out *o, const struct frame *f,
		     enum colour c, const char *right)
{
	fputs(line_glyph(o, f->right_bar), o->f);
	if (*right) {
		fputc(' ', o->f);
		if (c != COLOUR_NONE)
			line_colour(o, c);
		fputs(right, o->f);
		if (c != COLOUR_NONE)
			line_colour(o, COLOUR_NONE);
	}
	fputc('\n', o->f);
}

static const struct frame empty_frame = {"", "", COLOUR_NONE, GLYPH_BAR,
					 GLYPH_BAR};

/* "acc" and a box for each place, or numbers if there are too many. */
static void print_queue(const struct line_out *o, const char *name, uint32_t n,
			uint32_t max)
{
	if (n)
		line_colour(o, COLOUR_BOLD);
	fprintf(o->f, " %s ", name);
	if (max <= 8) {
		line_repeat(o, GLYPH_FULL, (int)n);
		line_repeat(o, GLYPH_EMPTY, (int)max - (int)n);
	} else {
		fprintf(o->f, "%u/%u", n, max);
	}
	if (n)
		line_colour(o, COLOUR_NONE);
}

/* How many lines the queues take beside the text; q may be NULL. */
static int queue_lines(const struct shake_queues *q)
{
	if (!q || !q->known)
		return 0;
	return q->is_unix || (!q->n_syn && !q->n_accept && !q->fresh) ? 1 : 2;
}

/* The i-th of them. */
static void draw_queue(const struct line_out *o, const struct shake_queues *q,
		       int i)
{
	if (i >= queue_lines(q))
		return;
	if (q->is_unix || i == 1) {
		print_queue(o, "acc", q->n_accept, q->max_accept);
	} else if (queue_lines(q) == 2) {
		print_queue(o, "syn", q->n_syn, q->max_syn);
	} else {
		line_colour(o, COLOUR_DIM);
		fputs(" syn 0 acc 0", o->f);
		line_colour(o, COLOUR_NONE);
	}
}

/* Lines below a step: the sentence between the bars, the queues beside. */
static void draw_text(const struct line_out *o, const char *text,
		      const struct shake_queues *q)
{
	int i;

	for (i = 0; *text || i < queue_lines(q); i++) {
		const char *line = text;
		int len = line_break(text, o->middle - 3, &text);
		char buf[SHAKE_TEXT + 1];

		begin_line(o, &empty_frame);
		snprintf(buf, sizeof(buf), "  %.*s", len, line);
		line_text(o, COLOUR_NONE, len ? buf : "", o->middle, false);
		fputs(line_glyph(o, GLYPH_BAR), o->f);
		draw_queue(o, q, i);
		fputc('\n', o->f);
	}
}

/* What stands on an arrow, as much of it as there is room for. */
struct label {
	char text[ARROW_LABEL];
	int len, room;
};

/* Adds a part, unless it does not fit or one before it did not. */
__attribute__((format(printf, 2, 3))) static void add_part(struct label *l,
							   const char *format,
							   ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(l->text + l->len, (size_t)(ARROW_LABEL - l->len), format,
		      args);
	va_end(args);
	if (l->len + n > l->room) {
		l->text[l->len] = '\0';
		l->room = l->len;
	} else {
		l->len += n;
	}
}

/* What a label has room for: a half arrow needs some for its letter. */
static int label_room(const struct drawing *d, const struct row *r)
{
	int room = d->o.middle - (r->part == ARROW_WHOLE ? 5 : 11);

	if (r->st->lost)
		room = d->o.middle - 9;
	return room < ARROW_LABEL ? room : ARROW_LABEL - 1;
}

/* "SYN,ACK seq 0 ack 1 win 65535 mss 1460", the most important first. */
static void make_label(const struct drawing *d, const struct row *r,
		       struct label *l)
{
	const struct shake_step *st = r->st;
	const struct sim_segment *seg = &st->seg;
	char flags[SHAKE_FLAGS];

	*l = (struct label){.room = label_room(d, r)};
	if (d->n_conns > 1)
		add_part(l, "#%d ", st->conn + 1);
	add_part(l, "%s", shake_flags(seg->flags, flags));
	add_part(l, " seq %u", st->rel_seq);
	if (seg->flags & TERN_ACK)
		add_part(l, " ack %u", st->rel_ack);
	if (seg->len)
		add_part(l, " len %u", seg->len);
	if (st->again)
		add_part(l, " again");
	if (d->s->show_timestamps && (seg->present & TERN_OPT_TIMESTAMPS))
		add_part(l, " TS %u", seg->ts_val);
	if (d->s->show_window || (seg->flags & TERN_SYN))
		add_part(l, " win %u", seg->wnd);
	if (seg->present & TERN_OPT_MSS)
		add_part(l, " mss %u", seg->mss);
	if (seg->present & TERN_OPT_WSCALE)
		add_part(l, " wscale %u", seg->wscale);
	if (seg->present & TERN_OPT_SACK_PERM)
		add_part(l, " sackOK");
}

static const char *state_text(const struct shake_step *st, int side)
{
	return st->stateful[side] ? tern_tcp_state_name(st->state[side]) : "";
}

static const char *sent_state_text(const struct shake_step *st, int side)
{
	return st->stateful[side] ? tern_tcp_state_name(st->sent_state[side])
				  : "";
}

/* Bars where an arrow begins, and where it ends without effect. */
static void set_bars(struct frame *f, const struct row *r)
{
	bool leaves = r->part != ARROW_ARRIVAL;
	bool dropped = shake_is_refused(r->st) && r->part != ARROW_DEPARTURE;

	f->left_bar = f->right_bar = dropped ? GLYPH_CROSS : GLYPH_BAR;
	if (r->st->side == CLIENT)
		f->left_bar = leaves ? GLYPH_TEE_LEFT : GLYPH_BAR;
	else
		f->right_bar = leaves ? GLYPH_TEE_RIGHT : GLYPH_BAR;
}

/* Queues are drawn with every segment, with other steps only if they differ. */
static const struct shake_queues *queues_if_new(struct drawing *d,
						const struct shake_queues *q)
{
	bool same = q->known == d->queues.known &&
		    q->n_syn == d->queues.n_syn &&
		    q->n_accept == d->queues.n_accept &&
		    q->max_accept == d->queues.max_accept;

	d->queues = *q;
	return same ? NULL : q;
}

static void draw_segment(struct drawing *d, const struct row *r,
			 const char *time)
{
	const struct shake_step *st = r->st;
	bool early = r->part == ARROW_DEPARTURE;
	struct label label;
	char why[SHAKE_TEXT];
	const struct arrow arrow = {
		.part = r->part,
		.leftward = st->side == SERVER,
		.lost = st->lost,
		.letter = r->letter,
		.label = label.text,
		.colour = st->lost || shake_is_refused(st) ? COLOUR_BAD
			  : st->side == CLIENT		   ? COLOUR_CLIENT
							   : COLOUR_SERVER,
	};
	struct frame f = {.time = time};

	set_bars(&f, r);
	f.left = early ? sent_state_text(st, CLIENT) : state_text(st, CLIENT);
	if (!early && st->changed[CLIENT])
		f.left_colour = COLOUR_GOOD;
	make_label(d, r, &label);
	begin_line(&d->o, &f);
	arrow_draw(&d->o, &arrow);
	if (early) {
		end_line(&d->o, &f, COLOUR_NONE, sent_state_text(st, SERVER));
		return;
	}
	end_line(&d->o, &f, st->changed[SERVER] ? COLOUR_GOOD : COLOUR_NONE,
		 state_text(st, SERVER));
	draw_text(&d->o, shake_explain(d->s, st, why), &st->queues);
	d->queues = st->queues;
}

/* A call, a timer or an event stands at the side where it happens. */
static void draw_local(struct drawing *d, const struct row *r, const char *time)
{
	const struct shake_step *st = r->st;
	bool right = st->side == SERVER;
	struct frame f = {time, "", COLOUR_NONE, GLYPH_BAR, GLYPH_BAR};
	enum colour c = COLOUR_CALL, state_colour = COLOUR_NONE;
	char text[SHAKE_TEXT + 2], why[SHAKE_TEXT];
	const char *rest = st->text;
	bool first = true;

	if (st->type != SHAKE_CALL)
		c = COLOUR_TIMER;
	if (st->changed[st->side])
		state_colour = COLOUR_GOOD;
	do {
		const char *line = rest;
		int len = line_break(rest, d->o.middle - 2, &rest);

		if (!right && first) {
			f.left = state_text(st, CLIENT);
			f.left_colour = state_colour;
		}
		snprintf(text, sizeof(text), right ? "%.*s " : " %.*s", len,
			 line);
		begin_line(&d->o, &f);
		line_text(&d->o, c, text, d->o.middle, right);
		end_line(&d->o, &f, state_colour,
			 right && first ? state_text(st, SERVER) : "");
		f = empty_frame;
		first = false;
	} while (*rest);
	draw_text(&d->o, shake_explain(d->s, st, why),
		  queues_if_new(d, &st->queues));
}

static void draw_folded(struct drawing *d, const struct row *r,
			const char *time)
{
	const struct shake_step *st = r->st;
	const struct frame f = {time, state_text(st, CLIENT), COLOUR_NONE,
				GLYPH_GAP, GLYPH_GAP};
	int len = (int)strlen(st->text), pad = (d->o.middle - len) / 2;

	if (pad < 0)
		pad = 0;
	begin_line(&d->o, &f);
	line_spaces(&d->o, pad);
	line_text(&d->o, COLOUR_DIM, st->text, d->o.middle - pad, false);
	end_line(&d->o, &f, COLOUR_NONE, state_text(st, SERVER));
	draw_text(&d->o, "", queues_if_new(d, &st->queues));
}

/* A line for time in which nothing happens, if it is long. */
static void draw_gap(struct drawing *d, tern_time at)
{
	struct frame f = empty_frame;
	char text[64];
	int pad;

	if (d->any && at >= d->last + TERN_S / 2) {
		snprintf(text, sizeof(text), "%.3f s later",
			 (double)(at - d->last) / 1e9);
		pad = (d->o.middle - (int)strlen(text)) / 2;
		f.left_bar = f.right_bar = GLYPH_GAP;
		begin_line(&d->o, &f);
		line_spaces(&d->o, pad);
		line_text(&d->o, COLOUR_DIM, text, d->o.middle - pad, false);
		end_line(&d->o, &f, COLOUR_NONE, "");
	}
	d->last = at;
	d->any = true;
}

static void draw_row(struct drawing *d, const struct row *r)
{
	tern_time at = r->part == ARROW_DEPARTURE ? r->st->sent_at : r->st->at;
	char time[32];

	draw_gap(d, at);
	snprintf(time, sizeof(time), "%.3f", (double)at / 1e9);
	switch (r->st->type) {
	case SHAKE_SEGMENT:
		draw_segment(d, r, time);
		return;
	case SHAKE_FOLDED:
		draw_folded(d, r, time);
		return;
	case SHAKE_CALL:
	case SHAKE_TIMER:
	case SHAKE_EVENT:
		draw_local(d, r, time);
		return;
	}
}

/* True if another segment was under way the other way at the same time. */
static bool is_crossed(const struct shake *s, const struct shake_step *a)
{
	unsigned int i;

	for (i = 0; i < s->n_steps; i++) {
		const struct shake_step *b = &s->step[i];

		if (b->type == SHAKE_SEGMENT && b->side != a->side &&
		    b->arrived && a->sent_no < b->end_no &&
		    b->sent_no < a->end_no)
			return true;
	}
	return false;
}

static int by_order(const void *a, const void *b)
{
	const struct row *ra = a, *rb = b;

	return ra->no < rb->no ? -1 : ra->no > rb->no;
}

static void add_row(struct drawing *d, const struct shake_step *st,
		    enum arrow_part part, char letter)
{
	unsigned int no = part == ARROW_DEPARTURE ? st->sent_no : st->end_no;

	d->row[d->n_rows++] = (struct row){st, no, part, letter};
}

/*
 * A timer that expired and found nothing to do: stacks set one deadline and
 * look at it again when it comes.
 */
static bool is_idle(const struct shake *s, const struct shake_step *st)
{
	unsigned int i;

	if (st->type != SHAKE_TIMER || st->changed[st->side])
		return false;
	for (i = 0; i < s->n_steps; i++)
		if (s->step[i].type == SHAKE_SEGMENT &&
		    s->step[i].side == st->side &&
		    s->step[i].conn == st->conn && s->step[i].sent_at == st->at)
			return false;
	return true;
}

static void count_conn(struct drawing *d, int conn)
{
	unsigned int i;

	for (i = 0; i < d->n_rows; i++)
		if (d->row[i].st->type == SHAKE_SEGMENT &&
		    d->row[i].st->conn == conn)
			return;
	d->n_conns++;
}

/* Orders what is to be drawn.  Returns false if there is no memory. */
static bool make_rows(struct drawing *d)
{
	const struct shake *s = d->s;
	unsigned int i, n_crossed = 0;

	d->row = calloc(2 * (size_t)s->n_steps + 1, sizeof(*d->row));
	if (!d->row)
		return false;
	for (i = 0; i < s->n_steps; i++) {
		const struct shake_step *st = &s->step[i];
		char letter = (char)('a' + n_crossed % 26);

		if (st->folded || is_idle(s, st))
			continue;
		if (st->type == SHAKE_SEGMENT)
			count_conn(d, st->conn);
		if (st->type == SHAKE_SEGMENT && st->arrived &&
		    is_crossed(s, st)) {
			add_row(d, st, ARROW_DEPARTURE, letter);
			add_row(d, st, ARROW_ARRIVAL, letter);
			n_crossed++;
		} else {
			add_row(d, st, ARROW_WHOLE, letter);
		}
	}
	qsort(d->row, d->n_rows, sizeof(*d->row), by_order);
	return true;
}

static void draw_paragraph(const struct line_out *o, const char *text,
			   int width)
{
	while (*text) {
		const char *line = text;
		int len = line_break(text, width, &text);

		fprintf(o->f, "%.*s\n", len, line);
	}
}

static void draw_head(const struct drawing *d)
{
	const struct shake *s = d->s;
	const struct line_out *o = &d->o;
	int width = o->middle + LINE_FRAME;

	line_colour(o, COLOUR_BOLD);
	fprintf(o->f, "%s: %s\n", s->scenario->name, s->scenario->title);
	line_colour(o, COLOUR_NONE);
	draw_paragraph(o, s->scenario->intro, width);
	fputc('\n', o->f);
	line_text(o, COLOUR_DIM, "seconds", LINE_TIME, true);
	line_spaces(o, 1);
	line_text(o, COLOUR_CLIENT, s->names[CLIENT] ? s->names[CLIENT] : "",
		  width / 2, false);
	line_text(o, COLOUR_SERVER, s->names[SERVER] ? s->names[SERVER] : "",
		  width - width / 2 - LINE_TIME - 1, true);
	fputc('\n', o->f);
}

/* Dots lead from the end of the text to the verdict at the right. */
static void draw_promise(const struct line_out *o,
			 const struct shake_promise *p)
{
	static const char begin[] = "promise: ", indent[] = "         ";
	int width = o->middle + LINE_FRAME, used;
	const char *rest = p->text, *lead = begin;

	do {
		const char *line = rest;
		int len = line_break(rest, width - (int)sizeof(begin) - 10,
				     &rest);

		fprintf(o->f, "%s%.*s%s", lead, len, line, *rest ? "\n" : "");
		used = (int)sizeof(begin) - 1 + len;
		lead = indent;
	} while (*rest);
	fputc(' ', o->f);
	line_colour(o, COLOUR_DIM);
	for (used += 2; used < width - 6; used++)
		fputc('.', o->f);
	line_colour(o, COLOUR_NONE);
	fputc(' ', o->f);
	line_text(o, p->kept ? COLOUR_GOOD : COLOUR_BAD,
		  p->kept ? "kept" : "BROKEN", p->kept ? 4 : 6, false);
	fputc('\n', o->f);
}

static void draw_promises(const struct drawing *d)
{
	unsigned int i;

	fputc('\n', d->o.f);
	for (i = 0; i < d->s->n_promises; i++)
		draw_promise(&d->o, &d->s->promise[i]);
	if (d->s->failed)
		fprintf(d->o.f, "could not be played: %s\n", d->s->failure);
}

void shake_draw(const struct shake *s, const struct shake_style *style,
		FILE *out)
{
	struct drawing d = {
		.o = {out, style, style->width - LINE_FRAME},
		.s = s,
	};
	unsigned int i;

	if (!make_rows(&d))
		return;
	draw_head(&d);
	for (i = 0; i < d.n_rows; i++)
		draw_row(&d, &d.row[i]);
	draw_promises(&d);
	free(d.row);
}
