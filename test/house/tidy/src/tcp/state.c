/* SPDX-License-Identifier: ISC */
/*
 * state.c - the one writer
 */
void tcp_set_state(struct tcb *t, enum tcp_state to)
{
	t->state = to;
}
