/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of settled zones: rows of one size in the order of the zones, in one entry of the cache
 * whose key is made of the names of all zones. */
#include "plan/settled.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "support/alloc.h"
#include "zone_cache.h"

#define FORM 2 /* of the rows */

struct row {
    struct rz_hash inputs, digest; /* `inputs` zero: not settled */
    uint64_t rrsets;
    uint32_t serial;
    uint8_t has_serial, points, unused[2];
};

struct rz_settled {
    struct rz_project *project;
    const struct rz_zone_list *zones;
    struct rz_hash key;
    struct rz_buffer known; /* rows as they were read; empty: nothing is known */
    struct row *rows;       /* for the next plan */
    atomic_bool noted;      /* any of them */
};

/* The project's directory, its zones and where they go. What is in the files is in each row. */
static struct rz_hash key_of(const struct rz_project *project, const struct rz_zone_list *zones)
{
    RZ_BUFFER_CLEANUP struct rz_buffer parts = {0};
    struct stat stat = {0};
    fstat(project->context->project_dir, &stat);
    rz_buffer_printf(&parts, "settled %d %s %ju %ju\n", FORM, project->context->version,
                     (uintmax_t)stat.st_dev, (uintmax_t)stat.st_ino);
    for (size_t i = 0; i < zones->count; i++) {
        rz_buffer_append(&parts, zones->items[i].apex.wire, zones->items[i].apex.size);
        rz_buffer_printf(&parts, "%s\n", zones->items[i].path);
    }
    return rz_hash_of(parts.data, parts.size);
}

struct rz_settled *rz_settled_open(struct rz_project *project, const struct rz_zone_list *zones)
{
    if (!project->context->cache || zones->count == 0)
        return NULL;
    struct rz_settled *settled = rz_alloc_zero(1, sizeof *settled);
    settled->project = project;
    settled->zones = zones;
    settled->key = key_of(project, zones);
    settled->rows = rz_alloc_zero(zones->count, sizeof *settled->rows);
    if (!rz_zone_cache_get_rows(project->context->cache, settled->key, &settled->known)
        || settled->known.size != zones->count * sizeof *settled->rows)
        rz_buffer_free(&settled->known);
    return settled;
}

void rz_settled_close(struct rz_settled *settled)
{
    if (!settled)
        return;
    struct rz_str rows = {(const char *)settled->rows,
                          settled->zones->count * sizeof *settled->rows};
    if ((settled->known.size || settled->noted)
        && !rz_str_equal(rows, rz_buffer_view(&settled->known)))
        rz_zone_cache_put_rows(settled->project->context->cache, settled->key, rows);
    rz_buffer_free(&settled->known);
    free(settled->rows);
    free(settled);
}

static bool is_still_there(struct rz_settled *settled, size_t index,
                           const struct rz_revision *revision)
{
    const struct rz_zone_entry *entry = &settled->zones->items[index];
    struct rz_provider *provider;
    struct rz_diags unheard = {0}; /* the fetch will say it again */
    bool same = false;
    if (rz_project_provider(settled->project, entry->rule->targets.items[0], &provider, &unheard)
            != RZ_OK
        || !provider->ops->probe
        || provider->ops->capabilities(provider)->conditional != RZ_COND_DIGEST
        || provider->ops->probe(provider, entry->apex.wire, revision, &same, &unheard) != RZ_OK)
        same = false;
    rz_diags_free(&unheard);
    return same;
}

bool rz_settled_find(struct rz_settled *settled, size_t index, struct rz_settled_zone *zone)
{
    struct row row;
    if (!settled || !settled->known.size)
        return false;
    memcpy(&row, settled->known.data + index * sizeof row, sizeof row);
    if (rz_hash_is_zero(row.inputs))
        return false;
    *zone = (struct rz_settled_zone){.inputs = row.inputs,
                                     .revision = {.exists = true,
                                                  .has_serial = row.has_serial != 0,
                                                  .serial = row.serial,
                                                  .digest = row.digest},
                                     .rrsets = (size_t)row.rrsets,
                                     .points = row.points != 0};
    return rz_hash_equal(row.inputs,
                         rz_project_zone_inputs(settled->project, &settled->zones->items[index]))
           && is_still_there(settled, index, &zone->revision);
}

void rz_settled_note(struct rz_settled *settled, size_t index, const struct rz_settled_zone *zone)
{
    if (!settled || rz_hash_is_zero(zone->inputs) || rz_hash_is_zero(zone->revision.digest))
        return;
    atomic_store(&settled->noted, true);
    settled->rows[index] = (struct row){.inputs = zone->inputs,
                                        .digest = zone->revision.digest,
                                        .rrsets = zone->rrsets,
                                        .serial = zone->revision.serial,
                                        .has_serial = zone->revision.has_serial,
                                        .points = zone->points};
}
