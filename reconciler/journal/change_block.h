/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes of a run's zone as the journal keeps them: some thousand together in one blob. A row for each,
 * with an index, would take longer than all the rest of applying a large zone; and the disk waits for
 * every octet, so that what is as in the change before is not written again.
 *
 * A block begins with the octet 255. One change: one octet of flags; the owner by the owner before (compact.h);
 * the type (2 octets, big-endian) unless it is
 * that of the change before; the images that the flags announce (rrset_image.h), `before` first, each
 * behind its size; the line in the file less that of the change before, folded to be positive, where
 * the file is known; the file's name behind its size, unless it is that of the change before. Sizes and
 * lines are compact numbers.
 *
 * Blocks of older versions begin with the first owner: owners in full; type; flags; images behind sizes
 * of 4 octets; the line (4 octets), 0 where there is none; the file's name behind its size (2 octets). */
#ifndef RZ_JOURNAL_CHANGE_BLOCK_H
#define RZ_JOURNAL_CHANGE_BLOCK_H

#include "journal/compact.h"
#include "plan/plan.h"

#define RZ_CHANGE_BLOCK_OCTETS 61440 /* a block that has more is full */

/* What the next change is compared with while a block is written; all zero at its beginning. */
struct rz_change_block_writer {
    struct rz_buffer block;
    const struct rz_rrset *last; /* subject of the change before */
    const char *file;
    uint32_t line;
};
void rz_change_block_add(struct rz_change_block_writer *writer,
                         const struct rz_plan_change *change);
/* Begins the next block, keeping memory. */
void rz_change_block_reset(struct rz_change_block_writer *writer);

/* One change of a block; all points into it and into the reader. */
struct rz_block_change {
    const uint8_t *owner;
    uint16_t type;
    const void *before, *after; /* images; NULL where there was or is no RRset */
    size_t before_size, after_size;
    struct rz_str file; /* empty where not known */
    uint32_t line;
};

struct rz_change_block {
    struct rz_compact in;
    struct rz_str file;
    bool begun, plain; /* plain: of an older version */
    struct rz_name owner;
    uint16_t type;
    uint32_t line;
};

/* The next change; false at the end, and where the block is damaged. */
bool rz_change_block_next(struct rz_change_block *block, struct rz_block_change *change);

#endif
