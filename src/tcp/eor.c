/* SPDX-License-Identifier: ISC */
/*
 * eor.c - MSG_EOR: where the user wants a segment to end
 */
#include "tcp/eor.h"

#define MARKS_FIRST 16

struct eor_mark {
	struct seq end;
	bool push;
};

struct eor {
	uint32_t n, max;
	struct eor_mark marks[]; /* by sequence number */
};

static size_t size_of(uint32_t max)
{
	return sizeof(struct eor) + max * sizeof(struct eor_mark);
}

void eor_free(struct tcp *tcp, struct tcb *t)
{
	struct eor *e = t->flow ? t->flow->eor : NULL;

	t->eor = false;
	if (!e)
		return;
	mem_free(&tcp->env->mem, TERN_MEM_SEND, e, size_of(e->max));
	t->flow->eor = NULL;
}

/* The number of marks up to `seq`. */
static uint32_t count_to(const struct eor *e, struct seq seq)
{
	uint32_t low = 0, high = e->n;

	while (low < high) {
		const uint32_t mid = low + (high - low) / 2;

		if (seq_le(e->marks[mid].end, seq))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void eor_acked(struct tcb *t)
{
	struct eor *e = t->flow ? t->flow->eor : NULL;
	const uint32_t n = e ? count_to(e, t->snd.una) : 0;

	if (n == 0)
		return;
	e->n -= n;
	memmove(e->marks, e->marks + n, e->n * sizeof(e->marks[0]));
	t->eor = e->n > 0;
}

/* Room for another one: as many again as there are. */
static bool grow(struct tcp *tcp, struct flow *f)
{
	const uint32_t max = f->eor ? 2 * f->eor->max : MARKS_FIRST;
	struct eor *e;

	if (f->eor && f->eor->n < f->eor->max)
		return true;
	if (max > EOR_MARKS_MAX)
		return false;
	e = mem_zalloc(&tcp->env->mem, TERN_MEM_SEND, size_of(max));
	if (!e)
		return false;
	if (f->eor) {
		memcpy(e->marks, f->eor->marks,
		       f->eor->n * sizeof(e->marks[0]));
		e->n = f->eor->n;
		mem_free(&tcp->env->mem, TERN_MEM_SEND, f->eor,
			 size_of(f->eor->max));
	}
	e->max = max;
	f->eor = e;
	return true;
}

void eor_add(struct tcp *tcp, struct tcb *t, bool push)
{
	struct flow *f = t->flow;

	if (!grow(tcp, f))
		return;
	f->eor->marks[f->eor->n++] =
		(struct eor_mark){output_data_end(t), push};
	t->eor = true;
}

uint32_t eor_next(const struct tcb *t, struct seq seq, bool *push)
{
	const struct eor *e = t->flow ? t->flow->eor : NULL;
	uint32_t i;

	*push = false;
	if (!e)
		return UINT32_MAX;
	i = count_to(e, seq);
	if (i == e->n)
		return UINT32_MAX;
	*push = e->marks[i].push;
	return seq_len(seq, e->marks[i].end);
}
