/* SPDX-License-Identifier: ISC */
/*
 * variables.h - what code can ask of a connection, by name
 *
 * tcpi_* from TCP_INFO, tcpv_*, dctcp_* and bbr_* from TCP_CC_INFO, and
 * SK_MEMINFO_* from SO_MEMINFO, as they were when the snapshot was taken.
 */
#ifndef TERN_DRILL_VARIABLES_H
#define TERN_DRILL_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/inet_diag.h>
#include <linux/tcp.h>
#include <sys/socket.h>

struct drill_stage;

#define DRILL_INFO_MAX 512

struct drill_snapshot {
	union {
		struct tcp_info info; /* as far as the headers know it */
		uint8_t info_bytes[DRILL_INFO_MAX];
	};
	union tcp_cc_info cc;
	uint32_t mem[16];
	socklen_t info_len, cc_len, mem_len; /* 0: the stack does not tell */
	char cc_name[16];
};

void drill_snapshot_take(struct drill_snapshot *s, struct drill_stage *n,
			 int fd);

/* States and windows as FreeBSD counts them: by TCPS_x, and in bytes. */
void drill_snapshot_to_freebsd(struct drill_snapshot *s);

/* Stores the value of a name.  False if the stack does not tell it. */
bool drill_snapshot_find(const struct drill_snapshot *s, const char *name,
			 int64_t *value);

/* The i-th name that the stack tells; NULL past the last. */
const char *drill_snapshot_at(const struct drill_snapshot *s, int i,
			      int64_t *value);

#endif
