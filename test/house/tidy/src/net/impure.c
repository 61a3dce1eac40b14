/* SPDX-License-Identifier: ISC */
/*
 * impure.c - calls what the core must not
 */
int impure_one(struct allocator *a, struct tcb *t)
{
	char *p = malloc(4); // not a C comment of ours

	a->free(a, p);
	a.alloc(a, 4);
	strcpy(p, "free(p)"); /* free(p) */
	printf("http://not.a/comment");
	t->seed = rand() + htonl(1);
	t->now = uptime(1) + time (0);
	free(p);
}
