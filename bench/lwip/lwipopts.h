/* SPDX-License-Identifier: ISC */
/*
 * lwipopts.h - lwIP as it is fastest here: raw API, no threads, no OS
 *
 * lwIP has its sizes fixed when it is compiled, so that there are several
 * programs: BENCH_WINDOW is the receive window and the send buffer, BENCH_PCBS
 * the number of control blocks.  When these are used up, lwIP takes the oldest
 * one in TIME-WAIT: its way to live with more connections than ports.
 */
#ifndef BENCH_LWIPOPTS_H
#define BENCH_LWIPOPTS_H

#define NO_SYS		     1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN	     0
#define LWIP_SOCKET	     0

#define LWIP_ARP		  0
#define LWIP_ETHERNET		  0
#define LWIP_IPV6		  0
#define LWIP_UDP		  0
#define LWIP_DNS		  0
#define LWIP_RAW		  0
#define LWIP_STATS		  0
#define LWIP_NETIF_LOOPBACK	  0
#define LWIP_HAVE_LOOPIF	  0
#define IP_REASSEMBLY		  0
#define IP_FRAG			  0
#define LWIP_NETIF_TX_SINGLE_PBUF 0

/* Buffers are malloc()'s, the rest comes from lwIP's pools. */
#define MEM_LIBC_MALLOC	    1
#define MEMP_MEM_MALLOC	    0
#define MEM_ALIGNMENT	    8
#define MEMP_OVERFLOW_CHECK 0
#define MEMP_SANITY_CHECK   0

#define TCP_MSS			       1460
#define LWIP_WND_SCALE		       1
#define TCP_RCV_SCALE		       7
#define TCP_WND			       BENCH_WINDOW
#define TCP_SND_BUF		       BENCH_WINDOW
#define TCP_SND_QUEUELEN	       (4 * (TCP_SND_BUF) / (TCP_MSS) + 16)
#define TCP_SNDLOWAT		       (TCP_SND_BUF / 2)
#define TCP_SNDQUEUELOWAT	       (TCP_SND_QUEUELEN / 2)
#define TCP_QUEUE_OOSEQ		       1
#define TCP_OVERSIZE		       TCP_MSS
#define TCP_LISTEN_BACKLOG	       0
#define LWIP_TCP_TIMESTAMPS	       0
#define MEMP_NUM_TCP_PCB	       BENCH_PCBS
#define MEMP_NUM_TCP_SEG	       (4 * TCP_SND_QUEUELEN + 2 * BENCH_PCBS)
#define MEMP_NUM_PBUF		       16
#define PBUF_POOL_SIZE		       16
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1

/* All checksums are made and checked; of lwIP's three ways, this is the one
 * that GCC makes vector instructions of, and by far the fastest. */
#define CHECKSUM_GEN_IP	      1
#define CHECKSUM_GEN_TCP      1
#define CHECKSUM_CHECK_IP     1
#define CHECKSUM_CHECK_TCP    1
#define LWIP_CHECKSUM_ON_COPY 0
#define LWIP_CHKSUM_ALGORITHM 2

#define LWIP_NOASSERT 1

#endif
