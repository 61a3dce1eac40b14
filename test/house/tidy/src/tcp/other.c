/* SPDX-License-Identifier: ISC */
/*
 * other.c - writes a state behind the setter's back
 */
void other(struct tcb *t, struct tcb u)
{
	if (t->state == TCP_CLOSED)
		t->state = TCP_LISTEN;
	u.state = TCP_LISTEN; /* not the block of a connection */
	t->neigh_state = 1;
	t->state_name = 1;
	if (t->state != 1 || t->state >= 2 || t->state <= 3)
		goto again;
	if (t->state < 1)
		goto fail_memory;
}
