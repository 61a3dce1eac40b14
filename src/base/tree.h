/* SPDX-License-Identifier: ISC */
/*
 * tree.h - ordered sets: a red-black tree whose nodes live inside the things
 *
 * The order is that of a comparison function, which may interpret keys as it
 * likes (sequence numbers around 2^32, as long as all keys in one tree lie
 * within half the space).
 */
#ifndef TERN_BASE_TREE_H
#define TERN_BASE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tree_node {
	uintptr_t up; /* parent, lowest bit set if the node is black */
	struct tree_node *child[2];
};

/* {NULL} is an empty tree. */
struct tree {
	struct tree_node *root;
};

/* < 0, 0 or > 0 as a comes before b, is equal, or comes after. */
typedef int tree_cmp_fn(const struct tree_node *a, const struct tree_node *b);

/* The same for a key that is not in a node. */
typedef int tree_key_fn(const void *key, const struct tree_node *n);

static inline bool tree_empty(const struct tree *t)
{
	return !t->root;
}

/*
 * Inserts n.  Returns NULL, or the node that compares equal, in which case n
 * was not inserted.
 */
struct tree_node *tree_insert(struct tree *t, struct tree_node *n,
			      tree_cmp_fn *cmp);

/*
 * Inserts n as a leaf at a place the caller found: below `parent`, at its
 * right if `right`; parent is NULL if the tree is empty.
 */
void tree_link(struct tree *t, struct tree_node *n, struct tree_node *parent,
	       bool right);

/* Inserts n immediately before / after a node of the tree. */
void tree_insert_before(struct tree *t, struct tree_node *n,
			struct tree_node *at);
void tree_insert_after(struct tree *t, struct tree_node *n,
		       struct tree_node *at);

/* Takes n out; it must be in the tree. */
void tree_erase(struct tree *t, struct tree_node *n);

/* The node that compares equal to the key, NULL if there is none. */
struct tree_node *tree_find(const struct tree *t, const void *key,
			    tree_key_fn *cmp);

/* The first node that does not come before the key, NULL if all do. */
struct tree_node *tree_lower_bound(const struct tree *t, const void *key,
				   tree_key_fn *cmp);

/* Ends and neighbours, NULL if there is none. */
struct tree_node *tree_first(const struct tree *t);
struct tree_node *tree_last(const struct tree *t);
struct tree_node *tree_next(const struct tree_node *n);
struct tree_node *tree_prev(const struct tree_node *n);

/* Checks order of links and colours; traps if broken.  For tests. */
void tree_check(const struct tree *t);

#endif
