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
	tern_time last; /* time of the row before */
	bool any;	/* there was one */
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

/* "acc [][]_ 2/3", as much of it as fits beside the diagram. */
static void print_queue(const struct line_out *o, const char *name, uint32_t n,
			uint32_t max)
{
	if (n)
		line_colour(o, COLOUR_BOLD);
	fprintf(o->f, "%s ", name);
	if (max <= 8) {
		line_repeat(o, GLYPH_FULL, (int)n);
		line_repeat(o, GLYPH_EMPTY, (int)max - (int)n);
	} else {
		fprintf(o->f, "%u/%u", n, max);
	}
	if (n)
		line_colour(o, COLOUR_NONE);
}

/* The i-th of the lines that go to the right of the text; false past them. */
static bool queue_line(const struct line_out *o, const struct shake_queues *q,
		       int i, bool print)
{
	if (!q || !q->known)
		return false;
	if (q->is_unix)
		i++;
	if (i > 1)
		return false;
	if (!print)
		return true;
	fputc(' ', o->f);
	if (i == 0)
		print_queue(o, "syn", q->n_syn, q->max_syn);
	else
		print_queue(o, "acc", q->n_accept, q->max_accept);
	return true;
}

/* Lines below a step: the sentence between the bars, the queues beside. */
static void draw_text(const struct line_out *o, const char *text,
		      const struct shake_queues *q)
{
	int i;

	for (i = 0; *text || queue_line(o, q, i, false); i++) {
		const char *line = text;
		int len = line_break(text, o->middle - 3, &text);
		char buf[SHAKE_TEXT + 1];

		begin_line(o, &empty_frame);
		snprintf(buf, sizeof(buf), "  %.*s", len, line);
		line_text(o, COLOUR_DIM, len ? buf : "", o->middle, false);
		fputs(line_glyph(o, GLYPH_BAR), o->f);
		queue_line(o, q, i, true);
		fputc('\n', o->f);
	}
}

/* Adds to a label what still fits into `room`. */
__attribute__((format(printf, 3, 4))) static void add_part(char *label,
							   int room,
							   const char *format,
							   ...)
{
	int len = (int)strlen(label), n;
	va_list args;

	va_start(args, format);
	n = vsnprintf(label + len, (size_t)(ARROW_LABEL - len), format, args);
	va_end(args);
	if (len + n > room)
		label[len] = '\0';
}

/* "SYN,ACK seq 0 ack 1 win 65535 mss 1460", the most important first. */
static void make_label(const struct drawing *d, const struct shake_step *st,
		       char label[ARROW_LABEL])
{
	const struct sim_segment *seg = &st->seg;
	int room =
		d->o.middle < ARROW_LABEL ? d->o.middle - 6 : ARROW_LABEL - 6;
	char flags[SHAKE_FLAGS];

	label[0] = '\0';
	if (d->s->n_conns > 1)
		add_part(label, room, "#%d ", st->conn + 1);
	add_part(label, room, "%s", shake_flags(seg->flags, flags));
	add_part(label, room, " seq %u", st->rel_seq);
	if (seg->flags & TERN_ACK)
		add_part(label, room, " ack %u", st->rel_ack);
	if (seg->len)
		add_part(label, room, " len %u", seg->len);
	if (st->again)
		add_part(label, room, " again");
	if (d->s->show_window || (seg->flags & TERN_SYN))
		add_part(label, room, " win %u", seg->wnd);
	if (seg->present & TERN_OPT_MSS)
		add_part(label, room, " mss %u", seg->mss);
	if (seg->present & TERN_OPT_WSCALE)
		add_part(label, room, " wscale %u", seg->wscale);
	if (seg->present & TERN_OPT_SACK_PERM)
		add_part(label, room, " sackOK");
	if (d->s->show_timestamps && (seg->present & TERN_OPT_TIMESTAMPS))
		add_part(label, room, " TS %u", seg->ts_val);
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
	bool dropped =
		r->st->drop != TERN_DROP_NONE && r->part != ARROW_DEPARTURE;

	f->left_bar = f->right_bar = dropped ? GLYPH_CROSS : GLYPH_BAR;
	if (r->st->side == CLIENT)
		f->left_bar = leaves ? GLYPH_TEE_LEFT : GLYPH_BAR;
	else
		f->right_bar = leaves ? GLYPH_TEE_RIGHT : GLYPH_BAR;
}

static void draw_segment(const struct drawing *d, const struct row *r,
			 const char *time)
{
	const struct shake_step *st = r->st;
	bool early = r->part == ARROW_DEPARTURE;
	char label[ARROW_LABEL], why[SHAKE_TEXT];
	const struct arrow arrow = {
		.part = r->part,
		.leftward = st->side == SERVER,
		.lost = st->lost,
		.letter = r->letter,
		.label = label,
		.colour = st->lost || st->drop != TERN_DROP_NONE ? COLOUR_BAD
			  : st->side == CLIENT			 ? COLOUR_CLIENT
					       : COLOUR_SERVER,
	};
	struct frame f = {.time = time};

	set_bars(&f, r);
	f.left = early ? sent_state_text(st, CLIENT) : state_text(st, CLIENT);
	if (!early && st->changed[CLIENT])
		f.left_colour = COLOUR_GOOD;
	make_label(d, st, label);
	begin_line(&d->o, &f);
	arrow_draw(&d->o, &arrow);
	if (early) {
		end_line(&d->o, &f, COLOUR_NONE, sent_state_text(st, SERVER));
		return;
	}
	end_line(&d->o, &f, st->changed[SERVER] ? COLOUR_GOOD : COLOUR_NONE,
		 state_text(st, SERVER));
	draw_text(&d->o, shake_explain(st, why), &st->queues);
}

/* A call, a timer or an event stands at the side where it happens. */
static void draw_local(const struct drawing *d, const struct row *r,
		       const char *time)
{
	const struct shake_step *st = r->st;
	bool right = st->side == SERVER;
	struct frame f = {time, "", COLOUR_NONE, GLYPH_BAR, GLYPH_BAR};
	enum colour c = COLOUR_CALL, state_colour = COLOUR_NONE;
	char text[SHAKE_TEXT + 2], why[SHAKE_TEXT];
	const char *rest = st->text;
	bool first = true;

	if (st->type != SHAKE_CALL)
		c = st->type == SHAKE_TIMER ? COLOUR_TIMER : COLOUR_BAD;
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
	draw_text(&d->o, shake_explain(st, why), right ? &st->queues : NULL);
}

static void draw_folded(const struct drawing *d, const struct row *r,
			const char *time)
{
	const struct shake_step *st = r->st;
	const struct frame f = {time, state_text(st, CLIENT), COLOUR_NONE,
				GLYPH_GAP, GLYPH_GAP};
	int len = (int)strlen(st->text), pad = (d->o.middle - len) / 2;

	begin_line(&d->o, &f);
	line_spaces(&d->o, pad);
	line_text(&d->o, COLOUR_DIM, st->text, d->o.middle - pad, false);
	end_line(&d->o, &f, COLOUR_NONE, state_text(st, SERVER));
	draw_text(&d->o, "", &st->queues);
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

		if (st->folded)
			continue;
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

static void draw_promises(const struct drawing *d)
{
	const struct line_out *o = &d->o;
	unsigned int i;

	fputc('\n', o->f);
	for (i = 0; i < d->s->n_promises; i++) {
		const struct shake_promise *p = &d->s->promise[i];
		enum colour c = p->kept ? COLOUR_GOOD : COLOUR_BAD;
		const char *rest = p->text;
		int width = o->middle + LINE_FRAME - 9 - 7;

		fputs("promise: ", o->f);
		for (;;) {
			const char *line = rest;
			int len = line_break(rest, width, &rest);

			fprintf(o->f, "%.*s", len, line);
			if (!*rest)
				break;
			fputs("\n         ", o->f);
		}
		fputc(' ', o->f);
		line_text(o, c, p->kept ? "kept" : "BROKEN", p->kept ? 4 : 6,
			  false);
		fputc('\n', o->f);
	}
	if (d->s->failed)
		fprintf(o->f, "could not be played: %s\n", d->s->failure);
	fputc('\n', o->f);
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
