/* SPDX-License-Identifier: ISC */
/*
 * shake_bind.c - scenarios: addresses and ports
 */
#include <errno.h>
#include <stdlib.h>

#include <tern/stack.h>

#include "shake.h"

#include "sim/host.h"

#define FOREIGN_ADDR 0xc0000207 /* 192.0.2.7, RFC 5737 */
#define SECOND_ADDR  0x0a000901 /* 10.0.9.1 */

/* Asks the stack for the ephemeral range. */
static bool in_range(const struct shake *s, uint16_t port)
{
	unsigned long lo, hi;
	char text[64], *rest;

	if (s->failed || tern_sysctl_get(sim_host_look(s->host[CLIENT]),
					 "net.ipv4.ip_local_port_range", text,
					 sizeof(text)) < 0)
		return false;
	lo = strtoul(text, &rest, 10);
	hi = strtoul(rest, NULL, 10);
	return port >= lo && port <= hi;
}

void shake_bind_none(struct shake *s)
{
	uint32_t before, after;
	uint16_t port_before, port;
	int cfd;

	shake_stage(s);
	shake_add_interface(s, "10.0.9.1/24");
	shake_make_listener(s, SHAKE_PORT, 3);
	shake_event(s, CLIENT, "has two addresses: 10.0.0.1 and 10.0.9.1");
	cfd = shake_socket(s, CLIENT);
	if (s->broken)
		shake_bind(s, CLIENT, cfd, SECOND_ADDR, 4000);
	shake_note(s, "Neither address nor port yet.");
	shake_getsockname(s, CLIENT, cfd, &before, &port_before);
	shake_connect(s, CLIENT, cfd, SHAKE_SERVER_ADDR, SHAKE_PORT);
	shake_note(s, "The route to 10.0.0.2 leads through the interface that "
		      "has 10.0.0.1.");
	shake_getsockname(s, CLIENT, cfd, &after, &port);
	shake_run(s, 5 * SHAKE_DELAY);

	shake_promise(s, before == 0 && port_before == 0,
		      "before connect() the socket is bound to nothing");
	shake_promise(s, after == SHAKE_CLIENT_ADDR,
		      "connect() binds it to the address of the route");
	shake_promise(s, in_range(s, port),
		      "the port is of the ephemeral range "
		      "(net.ipv4.ip_local_port_range)");
	shake_promise(s,
		      shake_state(s, CLIENT, 0) == TERN_TCP_ESTABLISHED &&
			      s->conn[0].tuple.lport == port,
		      "the SYN really comes from there, and is answered");
}

void shake_bind_foreign(struct shake *s)
{
	int fd, err, own;

	shake_stage(s);
	fd = shake_socket(s, SERVER);
	shake_note(s, "An answer to that address would never come back here.");
	err = shake_bind(s, SERVER, fd,
			 s->broken ? SHAKE_SERVER_ADDR : FOREIGN_ADDR,
			 SHAKE_PORT);
	shake_note(s, "The socket is as it was: another address will do.");
	own = shake_bind(s, SERVER, fd, SHAKE_SERVER_ADDR, SHAKE_PORT);

	shake_promise(s, err == -EADDRNOTAVAIL,
		      "an address of another host is EADDRNOTAVAIL");
	shake_promise(s, own == 0, "the host's own address is accepted");
}

void shake_bind_busy(struct shake *s)
{
	int fd, err, other;

	shake_stage(s);
	shake_make_listener(s, SHAKE_PORT, 3);
	fd = shake_socket(s, SERVER);
	shake_note(s, "To whom should a SYN for port 80 go?");
	err = shake_bind(s, SERVER, fd, 0,
			 s->broken ? SHAKE_PORT + 1 : SHAKE_PORT);
	shake_note(s, "Another port is free.");
	other = shake_bind(s, SERVER, fd, 0, 8080);

	shake_promise(s, err == -EADDRINUSE,
		      "a port that has a listener is EADDRINUSE");
	shake_promise(s, other == 0, "another port is accepted");
}
