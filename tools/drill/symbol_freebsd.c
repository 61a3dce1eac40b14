/* SPDX-License-Identifier: ISC */
/*
 * symbol_freebsd.c - constants that only FreeBSD has
 *
 * What has the same meaning as an option of the stack has its number.  What
 * means nothing where there are no signals, network cards or stacks to choose
 * from may be set.  All else has a number that is no option, so that a call
 * can say so.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "symbol.h"

struct symbol {
	const char *name;
	int64_t value;
};

#define NONE	 DRILL_OPTION_FOREIGN
#define HARMLESS DRILL_OPTION_HARMLESS

/* clang-format off */
static const struct symbol symbols[] = {
	/* netinet/tcp_fsm.h: tcpi_state under the profile freebsd */
	{"TCPS_CLOSED", 0}, {"TCPS_LISTEN", 1}, {"TCPS_SYN_SENT", 2},
	{"TCPS_SYN_RECEIVED", 3}, {"TCPS_ESTABLISHED", 4},
	{"TCPS_CLOSE_WAIT", 5}, {"TCPS_FIN_WAIT_1", 6}, {"TCPS_CLOSING", 7},
	{"TCPS_LAST_ACK", 8}, {"TCPS_FIN_WAIT_2", 9}, {"TCPS_TIME_WAIT", 10},

	{"TCP_NOPUSH", TCP_CORK}, {"SO_REUSEPORT_LB", SO_REUSEPORT},
	{"MSG_NBIO", MSG_DONTWAIT}, {"FIONWRITE", SIOCOUTQ},
	{"POLLINIGNEOF", POLLIN}, {"IPPROTO_IPV4", 4},

	{"SO_NOSIGPIPE", HARMLESS}, {"SO_USELOOPBACK", HARMLESS},
	{"SO_NO_DDP", HARMLESS}, {"SO_NO_OFFLOAD", HARMLESS},
	{"TCP_LOG", HARMLESS}, {"TCP_LOGID", HARMLESS},

	{"SO_ACCEPTFILTER", NONE}, {"SO_SETFIB", NONE}, {"SO_BINTIME", NONE},
	{"SO_USER_COOKIE", NONE}, {"SO_LABEL", NONE}, {"SO_PEERLABEL", NONE},
	{"SO_LISTENQLIMIT", NONE}, {"SO_LISTENQLEN", NONE},
	{"SO_LISTENINCQLEN", NONE}, {"SO_TS_CLOCK", NONE},
	{"SO_RERROR", NONE}, {"FIONSPACE", NONE},
	{"IP_RECVDSTADDR", NONE}, {"IP_SENDSRCADDR", NONE},
	{"IP_ONESBCAST", NONE}, {"IP_BINDANY", NONE}, {"IP_DONTFRAG", NONE},
	{"TCP_NOOPT", NONE}, {"TCP_KEEPINIT", NONE}, {"TCP_STATS", NONE},
	{"TCP_DELACK", NONE}, {"TCP_LRD", NONE}, {"TCP_MAXUNACKTIME", NONE},
	{"TCP_USE_DDP", NONE}, {"TCP_CCALGOOPT", NONE},
	{"TCP_DEFER_OPTIONS", NONE},
	{"TCP_FUNCTION_BLK", NONE}, {"TCP_FUNCTION_ALIAS", NONE},
	{"TCP_REMOTE_UDP_ENCAPS_PORT", NONE}, {"TCP_PERF_INFO", NONE},
	{"TCP_PCAP_OUT", NONE}, {"TCP_PCAP_IN", NONE},
	{"TCP_PROC_ACCOUNTING", NONE},
	{"TCP_REUSPORT_LB_NUMA", NONE}, {"TCP_SHARED_CWND_ENABLE", NONE},
	{"TCP_IDLE_REDUCE", NONE}, {"TCP_DATA_AFTER_CLOSE", NONE},
};
/* clang-format on */

/* Options of its other stacks and of its log, whatever they are called. */
static bool is_family(const char *name)
{
	static const char *const heads[] = {
		"TCP_RACK_",   "TCP_BBR_",    "TCP_LOG",
		"TCP_TXTLS",   "TCP_RXTLS",   "TCP_TIMELY_",
		"TCP_SHARED_", "TCP_HYBRID_", "SCTP_",
	};
	size_t i;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (strncmp(name, heads[i], strlen(heads[i])) == 0)
			return true;
	return false;
}

bool drill_symbol_freebsd(const char *name, int64_t *value)
{
	size_t i;

	for (i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		if (strcmp(symbols[i].name, name) != 0)
			continue;
		*value = symbols[i].value;
		return true;
	}
	if (!is_family(name))
		return false;
	*value = NONE;
	return true;
}
