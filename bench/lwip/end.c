/* SPDX-License-Identifier: ISC */
/*
 * end.c - one end: lwIP's raw API, and the application above it
 *
 * A frame is copied once, from the segment that the sender keeps into a buffer
 * of the receiver, as lwIP's own loopback interface does.
 */
#include "end.h"

#include <string.h>

#include "bench/measure.h"
#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"

#define PORT  5201
#define QUEUE 65536 /* frames, a power of two */
#define CHUNK 65535 /* what tcp_write() takes at once */

extern struct end the_end;

static struct netif netif;
static struct end *other;
static enum end_role role;
static struct pbuf *queue[QUEUE];
static uint32_t queue_in, queue_out;
static struct tcp_pcb *pcbs[END_MAX];
static bool opened[END_MAX];
static uint8_t buf[65536];

u32_t sys_now(void)
{
	return (u32_t)(clock_ns() / 1000000);
}

u32_t bench_random(void)
{
	return draw(UINT32_MAX);
}

static void *end_alloc(uint16_t len, void **payload)
{
	struct pbuf *p = pbuf_alloc(PBUF_RAW, len, PBUF_RAM);

	must(p != NULL, "no buffer");
	*payload = p->payload;
	return p;
}

static void end_deliver(void *frame)
{
	must(queue_in - queue_out < QUEUE, "the queue is full");
	queue[queue_in++ % QUEUE] = frame;
}

static err_t output(struct netif *n, struct pbuf *p, const ip4_addr_t *to)
{
	void *payload, *frame = other->alloc(p->tot_len, &payload);

	(void)n;
	(void)to;
	pbuf_copy_partial(p, payload, p->tot_len, 0);
	other->deliver(frame);
	return ERR_OK;
}

static err_t netif_open(struct netif *n)
{
	n->output = output;
	n->mtu = 1500;
	n->flags = NETIF_FLAG_UP | NETIF_FLAG_LINK_UP;
	return ERR_OK;
}

static void send_answer(struct tcp_pcb *pcb)
{
	must(tcp_write(pcb, buf, END_SIZE, TCP_WRITE_FLAG_COPY) == ERR_OK,
	     "tcp_write");
	tcp_output(pcb);
}

static void act(struct tcp_pcb *pcb, uint16_t len)
{
	switch (role) {
	case END_SINK:
		the_end.received += len;
		if (the_end.look)
			the_end.look(buf, len);
		return;
	case END_ECHO:
		send_answer(pcb);
		return;
	case END_HEAR:
		the_end.answers++;
		return;
	case END_ONCE:
		the_end.answers++;
		pcbs[(uintptr_t)pcb->callback_arg] = NULL;
		must(tcp_close(pcb) == ERR_OK, "tcp_close");
		return;
	}
}

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	uint16_t len;

	(void)arg;
	(void)err;
	if (!p) {
		tcp_recv(pcb, NULL);
		tcp_close(pcb);
		return ERR_OK;
	}
	len = pbuf_copy_partial(p, buf, p->tot_len, 0);
	tcp_recved(pcb, len);
	pbuf_free(p);
	act(pcb, len);
	return ERR_OK;
}

static void on_error(void *arg, err_t err)
{
	(void)arg;
	must(err == ERR_OK, "connection");
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	(void)arg;
	must(err == ERR_OK, "accept");
	tcp_recv(pcb, on_recv);
	tcp_nagle_disable(pcb);
	return ERR_OK;
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
	must(err == ERR_OK, "connect");
	opened[(uintptr_t)arg] = true;
	if (role == END_ONCE)
		send_answer(pcb);
	return ERR_OK;
}

static void end_connect(uint32_t i)
{
	struct tcp_pcb *pcb = tcp_new();
	ip_addr_t to;

	must(i < END_MAX && pcb, "no control block");
	IP4_ADDR(&to, 10, 0, 0, 2);
	pcbs[i] = pcb;
	opened[i] = false;
	tcp_arg(pcb, (void *)(uintptr_t)i);
	tcp_recv(pcb, on_recv);
	tcp_err(pcb, on_error);
	tcp_nagle_disable(pcb);
	must(tcp_connect(pcb, &to, PORT, on_connected) == ERR_OK, "connect");
}

static bool end_is_open(uint32_t i)
{
	return pcbs[i] && opened[i];
}

static uint32_t end_send(uint32_t i, const void *from, uint32_t len)
{
	struct tcp_pcb *pcb = pcbs[i];
	uint32_t n = tcp_sndbuf(pcb);

	n = n < len ? n : len;
	n = n < CHUNK ? n : CHUNK;
	if (n == 0 || tcp_write(pcb, from, (u16_t)n, TCP_WRITE_FLAG_COPY))
		n = 0;
	tcp_output(pcb);
	return n;
}

/* What is delivered meanwhile is of the next step. */
static int end_step(void)
{
	const uint32_t end = queue_in;
	int n = 0;

	for (; queue_out != end; queue_out++, n++)
		netif.input(queue[queue_out % QUEUE], &netif);
	sys_check_timeouts();
	return n;
}

static void serve(void)
{
	struct tcp_pcb *pcb = tcp_new();

	must(pcb && tcp_bind(pcb, IP4_ADDR_ANY, PORT) == ERR_OK, "bind");
	pcb = tcp_listen_with_backlog(pcb, 255);
	must(pcb != NULL, "listen");
	tcp_accept(pcb, on_accept);
}

static void end_open(bool server, enum end_role r, struct end *peer)
{
	ip4_addr_t addr, mask, gateway;

	role = r;
	other = peer;
	lwip_init();
	IP4_ADDR(&addr, 10, 0, 0, server ? 2 : 1);
	IP4_ADDR(&mask, 255, 255, 255, 0);
	IP4_ADDR(&gateway, 0, 0, 0, 0);
	netif_add(&netif, &addr, &mask, &gateway, NULL, netif_open, ip_input);
	netif_set_default(&netif);
	netif_set_up(&netif);
	if (server)
		serve();
}

struct end the_end = {
	.open = end_open,
	.alloc = end_alloc,
	.deliver = end_deliver,
	.step = end_step,
	.connect = end_connect,
	.is_open = end_is_open,
	.send = end_send,
};
