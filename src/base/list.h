/* SPDX-License-Identifier: ISC */
/*
 * list.h - doubly linked lists whose nodes live inside the things listed
 *
 * One struct serves as head and as node.  An empty head points at itself, and
 * needs list_init() for that; a node that is on no list has no next one, so
 * that a zeroed object need do nothing for its nodes.
 */
#ifndef TERN_BASE_LIST_H
#define TERN_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

struct list {
	struct list *next;
	struct list *prev;
};

#define LIST_ENTRY(node, type, member) container_of(node, type, member)

/* Walks a list that does not change meanwhile. */
#define list_for_each(n, head) \
	for ((n) = (head)->next; (n) != (head); (n) = (n)->next)

/* Walks a list of which the body may take away the node it is at. */
#define list_for_each_safe(n, tmp, head)                           \
	for ((n) = (head)->next, (tmp) = (n)->next; (n) != (head); \
	     (n) = (tmp), (tmp) = (n)->next)

/* A head. */
static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

/* A node of memory that was not zeroed. */
static inline void list_unlinked(struct list *node)
{
	node->next = NULL;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

/* True if the node is on a list. */
static inline bool list_linked(const struct list *node)
{
	return node->next != NULL;
}

static inline void list_insert_between(struct list *node, struct list *prev,
				       struct list *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

static inline void list_add_head(struct list *head, struct list *node)
{
	list_insert_between(node, head, head->next);
}

static inline void list_add_tail(struct list *head, struct list *node)
{
	list_insert_between(node, head->prev, head);
}

/* Puts the node before / after another that is on a list. */
static inline void list_add_before(struct list *at, struct list *node)
{
	list_insert_between(node, at->prev, at);
}

static inline void list_add_after(struct list *at, struct list *node)
{
	list_insert_between(node, at, at->next);
}

/* Takes the node off its list and makes it unlinked.  Harmless if it is. */
static inline void list_del(struct list *node)
{
	if (!list_linked(node))
		return;
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_unlinked(node);
}

/* The first or last node, NULL if the list is empty. */
static inline struct list *list_first(const struct list *head)
{
	return list_empty(head) ? NULL : head->next;
}

static inline struct list *list_last(const struct list *head)
{
	return list_empty(head) ? NULL : head->prev;
}

/* The node after / before another, NULL past the end. */
static inline struct list *list_next(const struct list *head,
				     const struct list *node)
{
	return node->next == head ? NULL : node->next;
}

static inline struct list *list_prev(const struct list *head,
				     const struct list *node)
{
	return node->prev == head ? NULL : node->prev;
}

/* Takes the first node off; NULL if the list is empty. */
static inline struct list *list_pop_head(struct list *head)
{
	struct list *node = list_first(head);

	if (node)
		list_del(node);
	return node;
}

/* Moves all nodes of `from` to the end of `to`; `from` is empty then. */
static inline void list_splice_tail(struct list *to, struct list *from)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#endif
