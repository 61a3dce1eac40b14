/* SPDX-License-Identifier: ISC */
/*
 * link.h - links: what carries frames between stacks, or to a device
 *
 * A link is a table of four operations.  Drivers end at a device; middleware
 * (impair, capture) stands on another link and has the same form, so that any
 * can be stacked on any:
 *
 *	stack -> capture -> impair -> tun
 *
 * A link that keeps frames for a while (a delay, a rate) says with deadline()
 * when it must be asked again.  Links take the time as argument like all else.
 */
#ifndef TERN_LINK_H
#define TERN_LINK_H

#include <tern/frame.h>
#include <tern/types.h>

struct tern_link;

struct tern_link_ops {
	/*
	 * Takes frames; those taken belong to the link.  Returns how many of
	 * them, from the first on (fewer if the device is full; the rest stay
	 * the caller's, to be offered again), or a negative errno if the
	 * device is gone.  n may be 0, to let time pass.
	 */
	int (*send)(struct tern_link *l, struct tern_frame *frames, int n,
		    tern_time now);
	/*
	 * Gives frames that arrived, and they are the caller's.  Returns their
	 * number (fewer than max: there are no more for now) or a negative
	 * errno if the device is gone.
	 */
	int (*recv)(struct tern_link *l, struct tern_frame *frames, int max,
		    tern_time now);
	/*
	 * When recv() should be called again for the sake of time alone, which
	 * also sends what has waited; TERN_NEVER if it need not.
	 */
	tern_time (*deadline)(const struct tern_link *l);
	/* Frees it, and the link below it. */
	void (*close)(struct tern_link *l);
};

struct tern_link {
	const struct tern_link_ops *ops;
	uint32_t flags; /* enum tern_if_flag, for tern_if_add() */
	uint32_t mtu;
	uint8_t mac[6];	  /* with TERN_IF_ETHERNET: for our end; whoever
			     makes the interface may choose another */
	int pollfd;	  /* readable when recv() has something; -1 if none */
	const char *name; /* for messages; lives as long as the link */
};

static inline int tern_link_send(struct tern_link *l, struct tern_frame *f,
				 int n, tern_time now)
{
	return l->ops->send(l, f, n, now);
}

static inline int tern_link_recv(struct tern_link *l, struct tern_frame *f,
				 int max, tern_time now)
{
	return l->ops->recv(l, f, max, now);
}

static inline tern_time tern_link_deadline(const struct tern_link *l)
{
	return l->ops->deadline(l);
}

static inline void tern_link_close(struct tern_link *l)
{
	l->ops->close(l);
}

/*
 * Memory pipe: two ends; what is sent into one comes out of the other at once,
 * in order, up to `depth` frames.  Payload is handed over as it is, so both
 * ends must be used in one thread.  `flags` as in tern_if_config (CSUM and GSO
 * are possible).  Each end is closed by itself; the other then reads what is
 * left, and gets -ENODEV.  Returns 0, -EINVAL or -ENOMEM.
 */
struct tern_pipe_config {
	struct tern_allocator alloc;
	uint32_t flags;
	uint32_t mtu;	/* default 1500 */
	uint32_t depth; /* frames; default 1024 */
};
TERN_API TERN_CHECK int tern_pipe_create(struct tern_link *ends[2],
					 const struct tern_pipe_config *c);

/*
 * TUN and TAP devices of Linux.  With `offload`, IFF_VNET_HDR carries partial
 * checksums and segments of up to 64 KiB both ways.  `name` may be NULL, "" or
 * a pattern such as "tern%d"; the link has the real one.  The device is
 * created if it does not exist and goes with the link (unless persistent).
 * Taking it up and giving the kernel's end an address is left to the caller.
 * A TAP's mac is a random one.
 *
 * With `multi_queue` a device may be opened up to 256 times, for as many stacks
 * in threads or processes of their own, all of one kind.  Each gets a share of
 * the connections that the kernel opens; a connection that a stack opens may be
 * answered to another, so that only listening stacks should share an address.
 * On a TAP they have one mac.
 *
 * With `ring` a burst of long frames is written by one system call, through
 * io_uring: where the receiver is a program of the same system, it is not woken
 * for each of them.
 *
 * Returns 0 or a negative errno: -EACCES if /dev/net/tun may not be opened,
 * -EPERM without CAP_NET_ADMIN, -ENOENT without /dev/net/tun, -EBUSY if another
 * program holds the device, -EINVAL for a name that is too long or belongs to
 * an interface of another kind, -ENOMEM; with `ring` -ENOSYS if tern was built
 * without liburing or the kernel has no io_uring, -EPERM if that is forbidden.
 * Once the device is gone, send() and recv() say -ENODEV.
 */
struct tern_tun_config {
	const char *name;
	bool tap; /* Ethernet frames */
	bool offload;
	bool multi_queue; /* each opening of the name is another queue */
	bool ring;	  /* bursts by io_uring */
	uint32_t mtu;	  /* of the link; 0: that of the device */
	struct tern_block_pool *blocks; /* to read into */
	struct tern_allocator alloc;
};
TERN_API TERN_CHECK int tern_tun_open(struct tern_link **l,
				      const struct tern_tun_config *c);

/*
 * The same over a descriptor that is open already; it is made nonblocking, and
 * on success belongs to the link.  A TUN or TAP (with IFF_NO_PI) is asked what
 * it is, whatever `tap` and `offload` say; `mtu` must be given if it belongs
 * to another network namespace.  Any other descriptor must be a socket that
 * keeps messages apart (SOCK_DGRAM, SOCK_SEQPACKET), one frame a message;
 * socketpair() joins two stacks so, in two threads or processes, and with
 * `offload` at both ends 64 KiB at a time.
 */
TERN_API TERN_CHECK int tern_tun_attach(struct tern_link **l, int fd,
					const struct tern_tun_config *c);

/*
 * An Ethernet interface of Linux, through a packet socket with rings in shared
 * memory (AF_PACKET, TPACKET_V3).  The interface is used beside the kernel,
 * with the mac of the interface, and must have an address other than the
 * kernel's.  With `offload`, what is sent may have partial checksums and be up
 * to 64 KiB long; what is received may anyway, since the kernel hands it over
 * as it has it.  Frames with a VLAN tag are not seen.
 *
 * Frames are handed over in blocks, when one is full or 1 ms old: throughput is
 * high, and a request may take a millisecond to arrive.  With `immediate` there
 * are no rings, but a system call for each frame, and no frame waits.
 *
 * Returns 0 or a negative errno: -EPERM without CAP_NET_RAW, -ENODEV if there
 * is no such interface, -EINVAL if it is not Ethernet, -ENOMEM, -ENOPROTOOPT
 * from a kernel older than 4.20.  A link of an interface that is down loses
 * what is sent; once it is gone, send() and recv() say -ENODEV.
 */
struct tern_packet_config {
	const char *name;
	bool offload;
	bool immediate;
	uint32_t mtu; /* of the link; 0: that of the interface */
	struct tern_block_pool *blocks; /* to receive into */
	struct tern_allocator alloc;
};
TERN_API TERN_CHECK int tern_packet_open(struct tern_link **l,
					 const struct tern_packet_config *c);

/*
 * One queue of an Ethernet interface of Linux, through an AF_XDP socket.  The
 * kernel's own stack sees nothing of the queue any more, so the interface is
 * best left to tern alone, with one queue (ethtool -L) or with a rule that
 * steers there what is for tern (ethtool -N).  All checksums are complete, and
 * no frame is longer than the MTU; over a veth, received checksums that the
 * other end left partial are recognised.
 *
 * With `busy_poll_us` the driver runs when recv() looks, for up to so long,
 * rather than when it is interrupted; the interface then wants its
 * interrupts deferred (napi_defer_hard_irqs, gro_flush_timeout in sysfs).
 *
 * Returns 0 or a negative errno: -ENOSYS if tern was built without libxdp,
 * -EPERM without CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF, -ENODEV if there is no
 * such interface, -EINVAL if it is not Ethernet, has no such queue, or an MTU
 * above 3822, -EBUSY if the queue has a socket already, -EOPNOTSUPP if the
 * kernel has no AF_XDP or, with TERN_XDP_ZEROCOPY, the driver has none of it,
 * -ENOMEM.  Once the interface is gone, send() and recv() say -ENODEV, within a
 * second.
 */
enum tern_xdp_mode {
	TERN_XDP_ANY,	   /* no copy where the driver can */
	TERN_XDP_COPY,	   /* the kernel copies frames to and from the rings */
	TERN_XDP_ZEROCOPY, /* the device itself reads and writes them */
};
struct tern_xdp_config {
	const char *name;
	uint32_t queue;
	enum tern_xdp_mode mode;
	uint32_t busy_poll_us;		/* 0: wait for interrupts */
	uint32_t mtu;			/* of the link; 0: the interface's */
	struct tern_block_pool *blocks; /* to receive into */
	struct tern_allocator alloc;
};
TERN_API TERN_CHECK int tern_xdp_open(struct tern_link **l,
				      const struct tern_xdp_config *c);

/*
 * Impairment, for both directions of the link below it.  Probabilities are in
 * parts per million.  All chance comes from `seed`; the same frames at the
 * same times fare the same, bit for bit.  Whatever strikes single frames
 * strikes segments: GSO frames are cut first, unless there is nothing to do
 * but a fixed delay.  On success the link below belongs to the new one; on
 * failure it stays the caller's.  Returns 0, -EINVAL or -ENOMEM.
 */
struct tern_impair_dir {
	uint32_t loss_ppm;
	uint32_t duplicate_ppm;
	uint32_t reorder_ppm; /* delayed by reorder_ns more than the rest */
	uint32_t corrupt_ppm; /* one bit is flipped, checksums are then
				     no longer vouched for */
	uint64_t loss_mask;   /* bit i set: frame i of every 64 is lost,
				     counted from 0 */
	tern_time delay_ns;
	tern_time jitter_ns; /* uniform 0..jitter on top, order is kept */
	tern_time reorder_ns;
	uint64_t rate_bps;    /* bits per second, 0: no limit */
	uint32_t queue_bytes; /* before the rate limit; what does not fit
				     is dropped; 0: 1 MiB */
	uint32_t overhead;    /* bytes per frame that count for the rate */
};
struct tern_impair_config {
	struct tern_allocator alloc;
	struct tern_block_pool *blocks; /* for corrupted copies; may be NULL
					   with corrupt_ppm 0 */
	uint64_t seed;
	struct tern_impair_dir tx, rx; /* send() and recv() */
};

/* Frames, after cutting.  Second copies count as passed too. */
struct tern_impair_stats {
	uint64_t passed, lost, duplicated, reordered, corrupted, overflowed;
};
TERN_API TERN_CHECK int tern_impair_create(struct tern_link **l,
					   struct tern_link *below,
					   const struct tern_impair_config *c);

/*
 * Changes the impairment from now on; NULL leaves a direction as it is.
 * Frames under way are not touched, and those behind do not overtake them.
 */
TERN_API void tern_impair_set(struct tern_link *l,
			      const struct tern_impair_dir *tx,
			      const struct tern_impair_dir *rx);

/* Either may be NULL. */
TERN_API void tern_impair_stats(const struct tern_link *l,
				struct tern_impair_stats *tx,
				struct tern_impair_stats *rx);

/*
 * Called for each frame, GSO frames having been cut: returns true to lose it.
 * For tests that must lose one certain segment.  NULL takes it away.
 */
typedef bool tern_impair_fn(void *ctx, bool tx, const struct tern_frame *f,
			    tern_time now);
TERN_API void tern_impair_filter(struct tern_link *l, tern_impair_fn *fn,
				 void *ctx);

/*
 * Capture: writes every frame both ways as pcapng (nanoseconds; direction in
 * the packet flags; one interface block per link, linktype Ethernet or raw
 * IP).  The writer is called once a block with ready bytes, so that no file is
 * opened here; <tern/host.h> has one that writes to a file.  It returns 0 or a
 * negative errno, after which the capture ends and the traffic goes on.
 *
 * tern_capture_create() returns 0, -EINVAL, -ENOMEM or the writer's error; the
 * link below belongs to the new one on success only.
 */
typedef int tern_capture_fn(void *ctx, const void *bytes, size_t len);
struct tern_capture_config {
	struct tern_allocator alloc;
	tern_capture_fn *write;
	void *write_ctx;
	uint32_t snaplen;   /* 0: all */
	tern_time epoch_ns; /* added to `now` in the file */
	bool header;	    /* write the section header first: once a file */
	uint32_t interface; /* number of this link within the file */
	const char *name;
};
TERN_API TERN_CHECK int tern_capture_create(
	struct tern_link **l, struct tern_link *below,
	const struct tern_capture_config *c);

/* Returns 0, or the first error of the writer. */
TERN_API int tern_capture_status(const struct tern_link *l);

#endif
