/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which change blocks may have an owner, so that its history need not read all blocks of its zone.
 *
 * A block of few owners has a row of the table for each, by the hash of the owner. A block of many has
 * one, by the hash of the zone, with a Bloom filter of its owners (12 bits each, 4 probes: fewer than one
 * block in a hundred is read in vain): a row for each would take longer than all the rest of a run.
 * Hashes are the low half of XXH3-128 over the wire form. */
#ifndef RZ_JOURNAL_OWNER_INDEX_H
#define RZ_JOURNAL_OWNER_INDEX_H

#include "journal/database.h"

/* The owners of a block, gathered. All zero is valid and empty. */
struct rz_owner_index {
    int64_t *hashes;
    size_t count, capacity;
};

void rz_owner_index_add(struct rz_owner_index *index, const uint8_t *owner);
/* Writes the block's rows and empties the list; false where `inserts` has failed. */
bool rz_owner_index_write(struct rz_owner_index *index, struct rz_inserts *inserts,
                          const uint8_t *apex, int64_t run_zone, int64_t first);
/* The statement for such inserts. */
struct rz_inserts *rz_owner_index_begin(struct rz_session *session, struct rz_diags *diags);
void rz_owner_index_free(struct rz_owner_index *index);

/* Appends a SELECT of run_zone and first of all blocks that may have the owner. */
void rz_owner_index_sql(struct rz_buffer *sql, const char *owner);
/* What filter_has() in statements is. */
bool rz_owner_index_has(const void *filter, size_t size, int64_t hash);

/* Within the transaction of the migration: rows for blocks from before there was an index. */
enum rz_status rz_owner_index_fill(struct rz_session *session, struct rz_diags *diags);

#endif
