/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes of a run's zone as the journal keeps them: some hundred together in one blob. A row for each,
 * with an index, would take longer than all the rest of applying a large zone.
 *
 * One change: owner in wire form; type (2 octets, as all numbers big-endian); one octet of flags; the
 * images that the flags announce (rrset_image.h), `before` first, each behind its size (4 octets); the
 * line in the file (4 octets), 0 where there is none; the file's name behind its size (2 octets),
 * unless it is that of the change before. */
#ifndef RZ_JOURNAL_CHANGE_BLOCK_H
#define RZ_JOURNAL_CHANGE_BLOCK_H

#include "plan/plan.h"

#define RZ_CHANGE_BLOCK_OCTETS 61440 /* a block that has more is full */

/* Appends a change. previous_file: of the change before in the same block, NULL where none. */
void rz_change_block_add(struct rz_buffer *block, const struct rz_plan_change *change,
                         const char *previous_file);

/* One change of a block; all points into it. */
struct rz_block_change {
    const uint8_t *owner;
    uint16_t type;
    const void *before, *after; /* images; NULL where there was or is no RRset */
    size_t before_size, after_size;
    struct rz_str file; /* empty where not known */
    uint32_t line;
};

struct rz_change_block {
    const uint8_t *at, *end;
    struct rz_str file;
    bool damaged; /* what follows cannot be read */
};

/* The next change; false at the end, and where the block is damaged. */
bool rz_change_block_next(struct rz_change_block *block, struct rz_block_change *change);

#endif
