/* SPDX-License-Identifier: ISC */
/*
 * attach.h - the options that give a command its link and its address
 *
 * --link, --tun, --tap, --addr, --gateway, --mtu, --no-offload, --pcap,
 * --impair and --sysctl are the same for every command that talks to a network.
 */
#ifndef TERN_TOOL_ATTACH_H
#define TERN_TOOL_ATTACH_H

#include <argp.h>
#include <netinet/in.h>
#include <stdio.h>

#include <tern/host.h>

#include "device.h"

#define ATTACH_SYSCTLS 32

struct attach {
	struct device device;
	bool has_addr;
	bool impaired;
	uint32_t addr;	  /* host order, as are all below */
	uint32_t gateway; /* 0: none */
	int prefix_len;
	const char *pcap; /* file name */
	FILE *pcap_file;
	struct tern_impair_config impair;
	const char *sysctl[ATTACH_SYSCTLS]; /* "NAME=VALUE" */
	int n_sysctl;
};

/*
 * The options as a child for the argp of a command, whose parser gives it the
 * struct attach, zeroed, in state->child_inputs.
 */
extern const struct argp attach_argp;

/* Exits with a message unless a device and an address were given. */
void attach_require(const struct attach *a);

/* True if any of the options was given. */
bool attach_given(const struct attach *a);

/*
 * Opens the device and makes it an interface of the host, with its address and
 * routes.  Returns 0, or -1 after a message.
 */
int attach_open(struct attach *a, struct tern_host *h);

/* After the host is gone: closes the capture. */
void attach_close(struct attach *a);

/* "tun tern0, 10.9.0.2/24" */
#define ATTACH_TEXT 64
const char *attach_format(const struct attach *a, char out[ATTACH_TEXT]);

/* Sets one "NAME=VALUE" of a stack.  Returns 0, or -1 after a message. */
int attach_sysctl(struct tern *n, const char *setting);

/*
 * Parses a host and a port.  The host is an IPv4 address, or a name that the
 * system's resolver knows.  Exits with a message if one is wrong.
 */
void attach_parse_peer(struct sockaddr_in *out, const char *host,
		       const char *port);
uint16_t attach_parse_port(const char *text);

#endif
