/* SPDX-License-Identifier: ISC */
/*
 * frame.h - frames and the counted blocks that their payload lives in
 *
 * A frame is what crosses between a stack and a link: `head_len` header bytes
 * stored in the frame itself, followed by up to TERN_FRAME_PARTS slices of
 * counted blocks.
 *
 *	+------ head[] ------+   +--- part[0] ---+   +--- part[1] ---+
 *	| eth | IP | TCP     | + | data in block | + | data in block |
 *	+--------------------+   +---------------+   +---------------+
 *
 * A frame that a driver read from a device usually has head_len 0 and all its
 * bytes in part[0].  All protocol headers must lie within the head, or, when
 * head_len is 0, within part[0]; the stack drops what does not.
 *
 * Ownership: a frame owns one reference on the block of each of its parts.
 * tern_input() takes the frames it is given; tern_output() gives frames away,
 * and whoever has them calls tern_frame_release().  A struct tern_frame may be
 * moved by memcpy (or tern_frame_move()).  Blocks are not locked: all holders
 * of one block must run in one thread at a time.
 *
 * A frame may be longer than the link's MTU (up to 64 KiB) when gso_size is
 * set: it stands for the segments that result from cutting its TCP payload
 * every gso_size bytes.  Only links that declare TERN_IF_GSO get such frames.
 */
#ifndef TERN_FRAME_H
#define TERN_FRAME_H

#include <tern/types.h>

#define TERN_FRAME_PARTS 4
#define TERN_FRAME_HEAD	 136 /* Ethernet + longest IPv4 + longest TCP header */

struct tern_block;
struct tern_block_pool;

/* Bytes inside a block. */
struct tern_slice {
	struct tern_block *block; /* one reference is owned */
	uint8_t *data;
	uint32_t len;
};

enum tern_frame_flag {
	/* In: checksums of this frame are known to be good. */
	TERN_FRAME_CSUM_OK = 1,
	/*
	 * The transport checksum field holds only the folded sum of the pseudo
	 * header; the sum from csum_start to the end must still be added
	 * (virtio "needs csum").  Out: given only to links with TERN_IF_CSUM.
	 * In: accepted as good, since no wire was crossed.
	 */
	TERN_FRAME_CSUM_PARTIAL = 2,
};

struct tern_frame {
	uint8_t n_parts;
	uint8_t flags;	      /* enum tern_frame_flag */
	uint16_t head_len;    /* bytes used in head[] */
	uint16_t csum_start;  /* with CSUM_PARTIAL: offset of the transport
				header from the start of the frame */
	uint16_t csum_offset; /* ... and of its checksum field from there */
	uint16_t gso_size;    /* payload bytes per segment, 0 if not GSO */
	uint16_t hdr_len;     /* with gso_size: length of all headers */
	uint32_t len;	      /* total length in bytes, head and parts */
	struct tern_slice part[TERN_FRAME_PARTS];
	uint8_t head[TERN_FRAME_HEAD];
};

/*
 * Creates a pool of blocks that takes memory from `alloc`, at most `limit`
 * bytes.  A stack has its own, see tern_blocks().  Returns NULL if there is no
 * memory.  tern_block_pool_destroy() lets go of it; blocks that are still held
 * stay valid, and the pool goes with the last of them.
 */
TERN_API struct tern_block_pool *tern_block_pool_create(
	const struct tern_allocator *alloc, size_t limit);
TERN_API void tern_block_pool_destroy(struct tern_block_pool *pool);

/*
 * Gets a block of at least `size` bytes with one reference, NULL if there is
 * no memory.  tern_block_size() is its true size, tern_block_data() its first
 * byte, aligned to 16.
 */
TERN_API struct tern_block *tern_block_get(struct tern_block_pool *pool,
					   size_t size);
TERN_API struct tern_block *tern_block_ref(struct tern_block *b);
TERN_API void tern_block_unref(struct tern_block *b);
TERN_API uint8_t *tern_block_data(struct tern_block *b);
TERN_API size_t tern_block_size(const struct tern_block *b);

/* Makes an empty frame; nothing is allocated. */
TERN_API void tern_frame_init(struct tern_frame *f);

/* Gives back the blocks of a frame and makes it empty. */
TERN_API void tern_frame_release(struct tern_frame *f);

/*
 * Makes `f` a frame over `len` bytes of `block` from `data`, as drivers do
 * after reading.  Takes over the caller's reference on the block.
 */
TERN_API void tern_frame_wrap(struct tern_frame *f, struct tern_block *block,
			      uint8_t *data, uint32_t len);

/*
 * Makes `f` a frame that holds a copy of `len` bytes.  Returns 0, or -ENOBUFS
 * if the pool has no memory.
 */
TERN_API TERN_CHECK int tern_frame_copy(struct tern_frame *f,
					struct tern_block_pool *pool,
					const void *bytes, uint32_t len);

/* Moves a frame; `from` is empty afterwards. */
TERN_API void tern_frame_move(struct tern_frame *to, struct tern_frame *from);

/* Makes `to` share the bytes of `from`, with references of its own. */
TERN_API void tern_frame_share(struct tern_frame *to,
			       const struct tern_frame *from);

/*
 * Copies up to `max` bytes of the frame, from `off` on, to `out`.  Returns the
 * number of bytes copied.  A partial checksum is copied as it stands.
 */
TERN_API uint32_t tern_frame_read(const struct tern_frame *f, uint32_t off,
				  void *out, uint32_t max);

/*
 * Copies the whole frame to `out`, which has room for f->len bytes, and there
 * completes a checksum left partial: summing costs no second look at the bytes.
 * The frame stays as it is.  Returns f->len.
 */
TERN_API uint32_t tern_frame_flatten(const struct tern_frame *f, void *out);

/*
 * Completes a checksum left partial (TERN_FRAME_CSUM_PARTIAL), for links that
 * show frames to others who want it complete.  The checksum field must be in
 * head[], or in a block that nobody else reads.
 */
TERN_API void tern_frame_finish_csum(struct tern_frame *f);

#endif
