/* SPDX-License-Identifier: ISC */
/*
 * tree.c - ordered sets: a red-black tree
 *
 * Every path from the root to a missing child passes the same number of black
 * nodes, and no red node has a red child; so no path is more than twice as long
 * as another.  Left and right are child[0] and child[1]: each mirrored pair of
 * cases is one text with `side`.
 */
#include "base/tree.h"

#include "base/assert.h"

#define BLACK ((uintptr_t)1)

static struct tree_node *parent_of(const struct tree_node *n)
{
	return (struct tree_node *)(n->up & ~BLACK);
}

static bool is_red(const struct tree_node *n)
{
	return n && !(n->up & BLACK);
}

static void set_parent(struct tree_node *n, struct tree_node *parent)
{
	n->up = (uintptr_t)parent | (n->up & BLACK);
}

static void set_black(struct tree_node *n, bool black)
{
	n->up = (n->up & ~BLACK) | (black ? BLACK : 0);
}

/* Which child of its parent n is. */
static int side_of(const struct tree_node *n)
{
	return parent_of(n)->child[1] == n;
}

/* Lets `by`, which may be NULL, take the place of n below n's parent. */
static void replace(struct tree *t, struct tree_node *n, struct tree_node *by)
{
	struct tree_node *parent = parent_of(n);

	if (parent)
		parent->child[side_of(n)] = by;
	else
		t->root = by;
	if (by)
		set_parent(by, parent);
}

/* Lets the child at the other side take n's place; n becomes its `side`. */
static void rotate(struct tree *t, struct tree_node *n, int side)
{
	struct tree_node *up = n->child[!side];

	replace(t, n, up);
	n->child[!side] = up->child[side];
	if (n->child[!side])
		set_parent(n->child[!side], n);
	up->child[side] = n;
	set_parent(n, up);
}

/* Restores the colours after the red node n was linked. */
static void fix_insert(struct tree *t, struct tree_node *n)
{
	while (is_red(parent_of(n))) {
		struct tree_node *parent = parent_of(n);
		struct tree_node *grand = parent_of(parent);
		int side = side_of(parent);
		struct tree_node *uncle = grand->child[!side];

		set_black(grand, false);
		if (is_red(uncle)) {
			set_black(parent, true);
			set_black(uncle, true);
			n = grand;
			continue;
		}
		if (side_of(n) != side) {
			rotate(t, parent, side);
			parent = n;
		}
		set_black(parent, true);
		rotate(t, grand, !side);
		break;
	}
	set_black(t->root, true);
}

void tree_link(struct tree *t, struct tree_node *n, struct tree_node *parent,
	       bool right)
{
	n->up = (uintptr_t)parent;
	n->child[0] = NULL;
	n->child[1] = NULL;
	if (parent) {
		TERN_ASSERT(!parent->child[right]);
		parent->child[right] = n;
	} else {
		TERN_ASSERT(!t->root);
		t->root = n;
	}
	fix_insert(t, n);
}

struct tree_node *tree_insert(struct tree *t, struct tree_node *n,
			      tree_cmp_fn *cmp)
{
	struct tree_node *at = t->root, *parent = NULL;
	bool right = false;

	while (at) {
		int order = cmp(n, at);

		if (order == 0)
			return at;
		parent = at;
		right = order > 0;
		at = at->child[right];
	}
	tree_link(t, n, parent, right);
	return NULL;
}

/* The outermost node below n at one side. */
static struct tree_node *end_of(struct tree_node *n, int side)
{
	while (n && n->child[side])
		n = n->child[side];
	return n;
}

void tree_insert_before(struct tree *t, struct tree_node *n,
			struct tree_node *at)
{
	if (at->child[0])
		tree_link(t, n, end_of(at->child[0], 1), true);
	else
		tree_link(t, n, at, false);
}

void tree_insert_after(struct tree *t, struct tree_node *n,
		       struct tree_node *at)
{
	if (at->child[1])
		tree_link(t, n, end_of(at->child[1], 0), false);
	else
		tree_link(t, n, at, true);
}

/*
 * Restores the colours after a black node went: the paths through n, which is
 * at `side` of parent and may be NULL, are one black node short.
 */
static void fix_erase(struct tree *t, struct tree_node *n,
		      struct tree_node *parent, int side)
{
	while (parent && !is_red(n)) {
		struct tree_node *other = parent->child[!side];

		if (is_red(other)) {
			set_black(other, true);
			set_black(parent, false);
			rotate(t, parent, side);
			other = parent->child[!side];
		}
		if (!is_red(other->child[0]) && !is_red(other->child[1])) {
			set_black(other, false);
			n = parent;
			parent = parent_of(n);
			side = parent ? side_of(n) : 0;
			continue;
		}
		if (!is_red(other->child[!side])) {
			set_black(other->child[side], true);
			set_black(other, false);
			rotate(t, other, !side);
			other = parent->child[!side];
		}
		set_black(other, !is_red(parent));
		set_black(parent, true);
		set_black(other->child[!side], true);
		rotate(t, parent, side);
		return;
	}
	if (n)
		set_black(n, true);
}

/* Lets `heir`, the next node after n, take n's place and colour. */
static void inherit(struct tree *t, struct tree_node *n, struct tree_node *heir)
{
	int side;

	heir->child[0] = n->child[0];
	heir->child[1] = n->child[1];
	replace(t, n, heir);
	heir->up = n->up;
	for (side = 0; side < 2; side++)
		if (heir->child[side])
			set_parent(heir->child[side], heir);
}

void tree_erase(struct tree *t, struct tree_node *n)
{
	struct tree_node *gone = n, *child, *parent;
	bool black;
	int side;

	/* With two children, the next node goes, and then stands in for n. */
	if (n->child[0] && n->child[1])
		gone = end_of(n->child[1], 0);
	child = gone->child[gone->child[0] ? 0 : 1];
	parent = parent_of(gone);
	side = parent ? side_of(gone) : 0;
	black = !is_red(gone);
	replace(t, gone, child);
	if (gone != n) {
		inherit(t, n, gone);
		if (parent == n)
			parent = gone;
	}
	if (black)
		fix_erase(t, child, parent, side);
}

struct tree_node *tree_find(const struct tree *t, const void *key,
			    tree_key_fn *cmp)
{
	struct tree_node *n = t->root;

	while (n) {
		int order = cmp(key, n);

		if (order == 0)
			break;
		n = n->child[order > 0];
	}
	return n;
}

struct tree_node *tree_lower_bound(const struct tree *t, const void *key,
				   tree_key_fn *cmp)
{
	struct tree_node *n = t->root, *best = NULL;

	while (n) {
		if (cmp(key, n) > 0) {
			n = n->child[1];
		} else {
			best = n;
			n = n->child[0];
		}
	}
	return best;
}

struct tree_node *tree_first(const struct tree *t)
{
	return end_of(t->root, 0);
}

struct tree_node *tree_last(const struct tree *t)
{
	return end_of(t->root, 1);
}

/* The neighbour of n in order, at one side. */
static struct tree_node *step(const struct tree_node *n, int side)
{
	struct tree_node *parent;

	if (n->child[side])
		return end_of(n->child[side], !side);
	for (parent = parent_of(n); parent && parent->child[side] == n;
	     parent = parent_of(n))
		n = parent;
	return parent;
}

struct tree_node *tree_next(const struct tree_node *n)
{
	return step(n, 1);
}

struct tree_node *tree_prev(const struct tree_node *n)
{
	return step(n, 0);
}

/* Black nodes from n up to the root, both counted. */
static int n_black_above(const struct tree_node *n)
{
	int n_black = 0;

	for (; n; n = parent_of(n))
		n_black += !is_red(n);
	return n_black;
}

/* One child: it knows its parent; if it is missing, the path is a full one. */
static void check_child(const struct tree_node *n, int side, int n_black)
{
	const struct tree_node *child = n->child[side];

	if (child)
		TERN_ASSERT(parent_of(child) == n);
	else
		TERN_ASSERT(n_black_above(n) == n_black);
}

void tree_check(const struct tree *t)
{
	const struct tree_node *n = tree_first(t);
	int n_black = n_black_above(n);

	TERN_ASSERT(!is_red(t->root));
	for (; n; n = tree_next(n)) {
		TERN_ASSERT(!is_red(n) || !is_red(parent_of(n)));
		check_child(n, 0, n_black);
		check_child(n, 1, n_black);
	}
}
