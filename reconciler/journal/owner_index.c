/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The index of owners over change blocks. */
#include "journal/owner_index.h"

#include <inttypes.h>
#include <stdlib.h>

#include "journal/change_block.h"
#include "support/alloc.h"
#include "support/hash.h"

#define FEW 16 /* owners that have a row each */
#define BITS_EACH 12
#define PROBES 4
#define BLOCKS_AT_ONCE 64

static int64_t hash_of(const uint8_t *name)
{
    return (int64_t)rz_hash_of(name, rz_name_size(name)).low;
}

/* Owners come in order, so that those with several types stand together. */
void rz_owner_index_add(struct rz_owner_index *index, const uint8_t *owner)
{
    int64_t hash = hash_of(owner);
    if (index->count && index->hashes[index->count - 1] == hash)
        return;
    index->hashes = rz_grow(index->hashes, &index->capacity, index->count + 1,
                            sizeof *index->hashes);
    index->hashes[index->count++] = hash;
}

static size_t bit_of(uint64_t hash, uint64_t probe, size_t size)
{
    return ((hash & UINT32_MAX) + probe * (hash >> 32)) % (size * 8);
}

bool rz_owner_index_has(const void *filter, size_t size, int64_t hash)
{
    const uint8_t *octets = filter;
    for (uint64_t probe = 0; size && probe < PROBES; probe++) {
        size_t bit = bit_of((uint64_t)hash, probe, size);
        if (!(octets[bit / 8] >> bit % 8 & 1))
            return false;
    }
    return size > 0;
}

struct rz_inserts *rz_owner_index_begin(struct rz_session *session, struct rz_diags *diags)
{
    return rz_inserts_begin(
        session, diags,
        "INSERT INTO owner_index VALUES (?, ?, ?, ?) ON CONFLICT (key, run_zone, first) DO NOTHING",
        "iiib");
}

static bool write_filter(const struct rz_owner_index *index, struct rz_inserts *inserts,
                         const uint8_t *apex, int64_t run_zone, int64_t first)
{
    size_t size = (index->count * BITS_EACH + 7) / 8;
    uint8_t *filter = rz_alloc_zero(1, size);
    for (size_t i = 0; i < index->count; i++)
        for (uint64_t probe = 0; probe < PROBES; probe++) {
            size_t bit = bit_of((uint64_t)index->hashes[i], probe, size);
            filter[bit / 8] |= (uint8_t)(1u << bit % 8);
        }
    bool good = rz_inserts_add(inserts, hash_of(apex), run_zone, first, (const void *)filter, size);
    free(filter);
    return good;
}

bool rz_owner_index_write(struct rz_owner_index *index, struct rz_inserts *inserts,
                          const uint8_t *apex, int64_t run_zone, int64_t first)
{
    bool good = true;
    if (index->count > FEW)
        good = write_filter(index, inserts, apex, run_zone, first);
    else
        for (size_t i = 0; i < index->count && good; i++)
            good = rz_inserts_add(inserts, index->hashes[i], run_zone, first, (const void *)"",
                                  (size_t)0);
    index->count = 0;
    return good;
}

void rz_owner_index_free(struct rz_owner_index *index)
{
    free(index->hashes);
    *index = (struct rz_owner_index){0};
}

void rz_owner_index_sql(struct rz_buffer *sql, const char *owner)
{
    struct rz_name name;
    const char *why;
    if (rz_name_parse(&name, rz_str_of(owner), NULL, &why) != RZ_OK) {
        rz_buffer_text(sql, "SELECT run_zone, first FROM owner_index WHERE key = 0 AND key = 1");
        return;
    }
    int64_t hash = hash_of(name.wire);
    rz_buffer_printf(sql,
                     "SELECT run_zone, first FROM owner_index WHERE key = %" PRId64
                     " AND length(filter) = 0 UNION ALL "
                     "SELECT run_zone, first FROM owner_index WHERE key IN (",
                     hash);
    for (const uint8_t *at = name.wire;; at = rz_name_parent(at)) {
        rz_buffer_printf(sql, "%" PRId64 "%s", hash_of(at), *at ? ", " : ")");
        if (*at == 0)
            break;
    }
    rz_buffer_printf(sql, " AND filter_has(filter, %" PRId64 ")", hash);
}

/* One block of those that are gone through; its place becomes that of the next. */
static bool fill_block(struct rz_rows *row, struct rz_owner_index *index,
                       struct rz_inserts *inserts, int64_t place[2])
{
    size_t size;
    struct rz_name apex;
    const char *why;
    struct rz_block_change change;
    struct rz_change_block block = {.in.at = rz_rows_blob(row, 3, &size)};
    block.in.end = block.in.at + size;
    place[0] = rz_rows_int(row, 0);
    place[1] = rz_rows_int(row, 1);
    if (rz_name_parse(&apex, rz_str_of(rz_rows_text(row, 2)), NULL, &why) != RZ_OK)
        return true;
    while (rz_change_block_next(&block, &change))
        rz_owner_index_add(index, change.owner);
    return rz_owner_index_write(index, inserts, apex.wire, place[0], place[1]);
}

enum rz_status rz_owner_index_fill(struct rz_session *session, struct rz_diags *diags)
{
    int64_t place[2] = {-1, -1};
    enum rz_status status = RZ_OK;
    struct rz_owner_index index = {0};
    for (size_t found = 1; found && status == RZ_OK;) {
        struct rz_rows *row = rz_session_query(
            session, diags,
            "SELECT run_zone, first, zone, data FROM change_blocks "
            "JOIN run_zones ON run_zones.id = run_zone "
            "WHERE (run_zone, first) > (?, ?) ORDER BY run_zone, first LIMIT ?",
            "iii", place[0], place[1], (int64_t)BLOCKS_AT_ONCE);
        struct rz_inserts *inserts = row ? rz_owner_index_begin(session, diags) : NULL;
        bool good = inserts != NULL;
        for (found = 0; good && rz_rows_next(row); found++)
            good = fill_block(row, &index, inserts, place);
        status = rz_inserts_end(inserts, diags);
        enum rz_status read = rz_rows_end(row, diags);
        status = status == RZ_OK ? read : status;
    }
    rz_owner_index_free(&index);
    return status;
}
