/* SPDX-License-Identifier: ISC */
/*
 * loan.c - memory that the application has lent for sending
 *
 * The last reference may go in the middle of anything: while an ACK is dealt
 * with, in a link that lets go of a frame, in another stack whose application
 * has read.  So nothing is done then but to move the loan to the other list and
 * to wake whom it concerns, who finds it when he comes.
 */
#include "sock/loan.h"

#include <errno.h>

#include "base/assert.h"
#include "sock/epoll.h"
#include "sock/socks.h"

struct loan {
	struct list link; /* on a list of its lender */
	struct lender *lender;
	uint64_t cookie;
	uint32_t len;
	bool copied;
};

_Static_assert(sizeof(struct loan) <= BLOCK_COMPACT,
	       "a loan is noted in its block");

static struct loan *loan_of(struct tern_block *b)
{
	return (struct loan *)(void *)b->data;
}

static struct tern_block *block_of(struct loan *n)
{
	return container_of((uint8_t *)n, struct tern_block, data[0]);
}

static void unlink_loan(struct loan *n)
{
	list_del(&n->link);
	n->lender->n--;
}

/* The memory is the application's again. */
static void come_back(struct tern_block *b)
{
	struct loan *n = loan_of(b);
	struct lender *l = n->lender;
	struct fd *f;

	list_del(&n->link);
	list_add_tail(&l->done, &n->link);
	if (l->index == LOAN_NO_FD)
		return;
	f = fd_at(&l->socks->fds, l->index);
	f->flags |= FD_LOANS_DONE;
	watch_wake(l->socks, f, POLLMSG);
}

void lender_init(struct lender *l, struct socks *s, uint32_t index)
{
	l->socks = s;
	l->index = index;
	l->n = 0;
	list_init(&l->out);
	list_init(&l->done);
}

static void adopt(struct lender *to, const struct list *loans)
{
	struct list *at;

	list_for_each(at, loans)
		LIST_ENTRY(at, struct loan, link)->lender = to;
}

void lender_retire(struct lender *l, struct lender *to)
{
	adopt(to, &l->out);
	adopt(to, &l->done);
	to->n += l->n;
	l->n = 0;
	list_splice_tail(&to->out, &l->out);
	list_splice_tail(&to->done, &l->done);
}

void lender_end(struct lender *l)
{
	struct list *at;

	while ((at = list_pop_head(&l->done)) != NULL)
		block_lend_end(block_of(LIST_ENTRY(at, struct loan, link)));
	while ((at = list_pop_head(&l->out)) != NULL)
		block_lend_forget(block_of(LIST_ENTRY(at, struct loan, link)));
	l->n = 0;
}

int loan_begin(struct lender *l, const void *bytes, size_t len, uint64_t cookie,
	       struct tern_slice *s)
{
	struct tern_block *b;
	struct loan *n;

	if (l->n >= LOANS_MAX)
		return -ENOBUFS;
	len = min_size(len, LOAN_BYTES_MAX);
	b = block_lend(l->socks->env->blocks, (uint32_t)len, come_back);
	if (!b)
		return -ENOBUFS;
	n = loan_of(b);
	*n = (struct loan){.lender = l, .cookie = cookie};
	list_add_tail(&l->out, &n->link);
	l->n++;
	s->block = b;
	s->data = (uint8_t *)(uintptr_t)bytes; /* only read */
	s->len = (uint32_t)len;
	return 0;
}

void loan_begun(struct tern_slice *s, ssize_t n, bool copied)
{
	struct loan *loan = loan_of(s->block);

	if (n <= 0) {
		unlink_loan(loan);
		block_lend_end(s->block);
		return;
	}
	loan->len = (uint32_t)n;
	loan->copied = copied;
	block_unref(s->block);
}

int loan_take(struct lender *l, struct tern_zc_done *done, int max)
{
	struct list *at;
	int i;

	for (i = 0; i < max && (at = list_first(&l->done)) != NULL; i++) {
		struct loan *n = LIST_ENTRY(at, struct loan, link);

		done[i] = (struct tern_zc_done){
			.cookie = n->cookie,
			.len = n->len,
			.copied = n->copied,
		};
		unlink_loan(n);
		block_lend_end(block_of(n));
	}
	if (l->index != LOAN_NO_FD && list_empty(&l->done))
		fd_at(&l->socks->fds, l->index)->flags &=
			(uint8_t)~FD_LOANS_DONE;
	return i;
}
