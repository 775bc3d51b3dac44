/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filling and finishing zones. A zone may hold a million records: one arena, one array, and sorting
 * only where the input is not sorted already. */
#include "dns/zone.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <string.h>

#include "dns/rtype.h"
#include "dns/zone_fingerprint.h"
#include "support/alloc.h"

void rz_zone_init(struct rz_zone *zone, const uint8_t *apex)
{
    *zone = (struct rz_zone){0};
    rz_name_copy(&zone->apex, apex);
    rz_zone_file(zone, "");
}

void rz_zone_free(struct rz_zone *zone)
{
    rz_arena_free(&zone->arena);
    free(zone->rrsets);
    free(zone->files);
    free(zone->chains);
    if (zone->image)
        munmap(zone->image, zone->image_size);
    *zone = (struct rz_zone){0};
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

uint32_t rz_zone_file_chain(struct rz_zone *zone, const char *name, const char *chain)
{
    for (size_t i = zone->file_count; i-- > 0;)
        if (same_text(zone->files[i], name) && same_text(zone->chains[i], chain))
            return (uint32_t)i;
    size_t capacity = zone->file_capacity;
    zone->files = rz_grow(zone->files, &capacity, zone->file_count + 1, sizeof *zone->files);
    zone->chains = rz_grow(zone->chains, &zone->file_capacity, zone->file_count + 1,
                           sizeof *zone->chains);
    zone->files[zone->file_count] = rz_arena_strdup(&zone->arena, name);
    zone->chains[zone->file_count] = chain ? rz_arena_strdup(&zone->arena, chain) : NULL;
    return (uint32_t)zone->file_count++;
}

#define OCTETS_A_RECORD 24 /* of the shortest lines that large zones have */
#define RESERVE_FROM ((size_t)256 << 10)

void rz_zone_reserve(struct rz_zone *zone, size_t octets)
{
    if (octets >= RESERVE_FROM)
        zone->rrsets = rz_grow(zone->rrsets, &zone->capacity, octets / OCTETS_A_RECORD,
                               sizeof *zone->rrsets);
}

uint32_t rz_zone_file(struct rz_zone *zone, const char *name)
{
    return rz_zone_file_chain(zone, name, NULL);
}

const char *rz_zone_origin_chain(const struct rz_zone *zone, const struct rz_rrset *rrset)
{
    return rrset->provenance < zone->file_count ? zone->chains[rrset->provenance] : NULL;
}

const char *rz_zone_origin_file(const struct rz_zone *zone, const struct rz_rrset *rrset)
{
    return rrset->provenance && rrset->provenance < zone->file_count
               ? zone->files[rrset->provenance]
               : NULL;
}

struct rz_place rz_zone_place(const struct rz_zone *zone, const struct rz_rrset *rrset)
{
    return (struct rz_place){
        .name = rz_zone_origin_file(zone, rrset), .line = rrset->line, .column = rrset->column};
}

/* The owner of the RRset before where it is the same name, else a copy. */
static const uint8_t *store_owner(struct rz_zone *zone, const uint8_t *owner)
{
    size_t size = rz_name_size(owner);
    if (zone->count) {
        const uint8_t *last = zone->rrsets[zone->count - 1].owner;
        if (rz_name_size(last) == size && memcmp(last, owner, size) == 0)
            return last;
    }
    return memcpy(rz_arena_bytes(&zone->arena, size), owner, size);
}

enum rz_status rz_zone_add(struct rz_zone *zone, const uint8_t *owner, uint16_t type, uint32_t ttl,
                           struct rz_rdata rdata, struct rz_record_origin origin)
{
    size_t size = rz_name_size(owner);
    if (size < zone->apex.size
        || memcmp(owner + size - zone->apex.size, zone->apex.wire, zone->apex.size) != 0
        || !rz_name_in(owner, zone->apex.wire))
        return RZ_INVALID;
    if (rz_rtype_is_resolvers(type) || rz_rtype_is_signing(type)) {
        ttl = 0;
        origin.flags &= (uint16_t)~RZ_RRSET_DEFAULT_TTL;
    }
    size_t padded = sizeof rdata.size + rdata.size + (rdata.size & 1);
    uint8_t *stored = rz_arena_bytes(&zone->arena, padded);
    memcpy(stored, &rdata.size, sizeof rdata.size);
    memcpy(stored + sizeof rdata.size, rdata.wire, rdata.size);
    if (rdata.size & 1)
        stored[padded - 1] = 0;
    const uint8_t *stored_owner = store_owner(zone, owner);
    zone->rrsets = rz_grow(zone->rrsets, &zone->capacity, zone->count + 1, sizeof *zone->rrsets);
    zone->rrsets[zone->count++] = (struct rz_rrset){.owner = stored_owner,
                                                    .rdata = stored,
                                                    .rdata_size = (uint32_t)padded,
                                                    .rdata_count = 1,
                                                    .type = type,
                                                    .ttl = ttl,
                                                    .line = origin.line,
                                                    .provenance = origin.provenance,
                                                    .column = origin.column,
                                                    .flags = origin.flags};
    return RZ_OK;
}

void rz_zone_append(struct rz_zone *zone, struct rz_zone *more)
{
    if (more->count == 0)
        return;
    zone->rrsets = rz_grow(zone->rrsets, &zone->capacity, zone->count + more->count,
                           sizeof *zone->rrsets);
    memcpy(&zone->rrsets[zone->count], more->rrsets, more->count * sizeof *zone->rrsets);
    zone->count += more->count;
    more->count = 0;
    rz_arena_absorb(&zone->arena, &more->arena);
}

/* Sort key: the first octets of the label just below the apex. Longer prefixes would have to cross a
 * label's end, where octets and labels compare differently. */
struct keyed {
    uint64_t high, low;
    const struct rz_rrset *rrset; /* also the position, for stability */
};

static uint64_t big_endian(const uint8_t *octets, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++)
        value = value << 8 | (i < count ? octets[i] : 0);
    return value;
}

static struct keyed key_of(const struct rz_zone *zone, const struct rz_rrset *rrset)
{
    const uint8_t *label = rrset->owner;
    size_t size = rz_name_size(label);
    const uint8_t *apex = label + size - zone->apex.size;
    if (label == apex)
        return (struct keyed){0, 0, rrset};
    while (label + 1 + *label < apex)
        label += 1 + *label;
    size_t count = *label;
    return (struct keyed){big_endian(label + 1, count),
                          count > 8 ? big_endian(label + 9, count - 8) : 0, rrset};
}

static int compare_keyed(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    int order = rz_rrset_compare_key(a->rrset, b->rrset);
    return order ? order : (a->rrset > b->rrset) - (a->rrset < b->rrset);
}

static size_t sorted_size(const struct rz_zone *zone)
{
    size_t size = zone->count ? 1 : 0;
    while (size < zone->count
           && rz_rrset_compare_key(&zone->rrsets[size - 1], &zone->rrsets[size]) <= 0)
        size++;
    return size;
}

/* The records from `first` on, sorted. The caller frees them. */
static struct rz_rrset *sorted_tail(const struct rz_zone *zone, size_t first)
{
    size_t count = zone->count - first;
    struct keyed *keyed = rz_alloc(count * sizeof *keyed);
    for (size_t i = 0; i < count; i++)
        keyed[i] = key_of(zone, &zone->rrsets[first + i]);
    qsort(keyed, count, sizeof *keyed, compare_keyed);
    struct rz_rrset *sorted = rz_alloc(count * sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        sorted[i] = *keyed[i].rrset;
    free(keyed);
    return sorted;
}

/* The number of records of the first `count` that are not after `rrset`. */
static size_t upper_bound(const struct rz_rrset *rrsets, size_t count, const struct rz_rrset *rrset)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (rz_rrset_compare_key(&rrsets[middle], rrset) <= 0)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

/* Stable. Files are mostly in order but for the apex, which comes last: what is out of order is
 * sorted and then put in its places from behind. */
static void sort(struct rz_zone *zone)
{
    size_t head = sorted_size(zone), tail = zone->count - head;
    if (tail == 0)
        return;
    struct rz_rrset *rest = sorted_tail(zone, head), *rrsets = zone->rrsets;
    while (tail) {
        size_t at = upper_bound(rrsets, head, &rest[tail - 1]);
        memmove(&rrsets[at + tail], &rrsets[at], (head - at) * sizeof *rrsets);
        rrsets[at + tail - 1] = rest[tail - 1];
        head = at;
        tail--;
    }
    free(rest);
}

/* What joins one run of records of the same owner and type into an RRset. */
struct joiner {
    struct rz_zone *zone;
    enum rz_zone_finish mode;
    struct rz_diags *diags;
    const struct rz_rrset **records; /* scratch */
    size_t capacity;
    bool failed;
};

/* RFC 4034 §6.3: as octet strings, the shorter first where it is a prefix. */
static int compare_rdata(const void *left, const void *right)
{
    const struct rz_rrset *a = *(const struct rz_rrset *const *)left;
    const struct rz_rrset *b = *(const struct rz_rrset *const *)right;
    struct rz_rdata_cursor one = rz_rrset_rdata(a), two = rz_rrset_rdata(b);
    rz_rdata_next(&one);
    rz_rdata_next(&two);
    int order = memcmp(one.wire, two.wire, one.size < two.size ? one.size : two.size);
    if (order == 0)
        order = (int)one.size - (int)two.size;
    return order ? order : (a > b) - (a < b);
}

static struct rz_diag *report(struct joiner *joiner, enum rz_code code,
                              const struct rz_rrset *rrset, const char *what)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    rz_name_text_relative(owner, rrset->owner, joiner->zone->apex.wire);
    struct rz_diag *diag = rz_diags_add(joiner->diags, code, rz_zone_place(joiner->zone, rrset),
                                        "%s %s %s", owner, rz_rtype_text(type, rrset->type), what);
    if (diag->severity == RZ_ERROR)
        joiner->failed = true;
    return diag;
}

static void relate(struct joiner *joiner, struct rz_diag *diag, const struct rz_rrset *other)
{
    const char *file = rz_zone_origin_file(joiner->zone, other);
    if (file && other->line)
        rz_diag_related(joiner->diags, diag, "first given at %s:%u:%u", file, other->line,
                        other->column);
}

/* The TTL of a run, with the complaint that the mode asks for when they differ. */
static uint32_t join_ttl(struct joiner *joiner, struct rz_rrset *into, const struct rz_rrset *run,
                         size_t count)
{
    uint32_t ttl = run[0].ttl;
    for (size_t i = 1; i < count; i++) {
        if (run[i].ttl == run[0].ttl)
            continue;
        if (joiner->mode == RZ_ZONE_LIVE) {
            into->flags |= RZ_RRSET_MIXED_TTL;
            if (run[i].ttl < ttl)
                ttl = run[i].ttl;
            continue;
        }
        struct rz_diag *diag = report(joiner, RZ1112, &run[i], "has records of unequal TTL");
        rz_diag_hint(joiner->diags, diag, "give all records of the RRset the TTL %u", run[0].ttl);
        relate(joiner, diag, &run[0]);
        break;
    }
    return ttl;
}

static void check_given_once(struct joiner *joiner, const struct rz_rrset *run, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (run[i].flags & RZ_RRSET_FIRST) {
            struct rz_diag *diag = report(joiner, RZ1110, &run[i], "is given twice");
            rz_diag_hint(joiner->diags, diag, "join the values into one list");
            relate(joiner, diag, &run[0]);
        }
}

static void report_duplicate(struct joiner *joiner, const struct rz_rrset *first,
                             const struct rz_rrset *again)
{
    if (joiner->mode == RZ_ZONE_LIVE)
        return;
    bool failed = joiner->failed;
    struct rz_diag *diag = report(joiner, RZ1111, again, "has the same value twice");
    if (joiner->mode == RZ_ZONE_MASTER_FILE) {
        rz_diag_set_severity(joiner->diags, diag, RZ_WARNING);
        joiner->failed = failed;
    }
    rz_diag_hint(joiner->diags, diag, "delete one of them");
    relate(joiner, diag, first);
}

static bool same_record(const struct rz_rrset *a, const struct rz_rrset *b)
{
    return a->rdata_size == b->rdata_size && memcmp(a->rdata, b->rdata, a->rdata_size) == 0;
}

/* Joins the records run[0..count) into *into, which may be run itself. */
static void join_run(struct joiner *joiner, struct rz_rrset *into, const struct rz_rrset *run,
                     size_t count)
{
    struct rz_rrset joined = run[0];
    bool failed = joiner->failed;
    joined.ttl = join_ttl(joiner, &joined, run, count);
    if (joiner->mode == RZ_ZONE_DESIRED)
        check_given_once(joiner, run, count);
    joiner->records = rz_grow(joiner->records, &joiner->capacity, count, sizeof *joiner->records);
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        joiner->records[i] = &run[i];
        size += run[i].rdata_size;
        joined.flags |= run[i].flags & RZ_RRSET_DISABLED;
    }
    qsort(joiner->records, count, sizeof *joiner->records, compare_rdata);
    uint8_t *rdata = rz_arena_alloc(&joiner->zone->arena, size);
    joined.rdata = rdata;
    joined.rdata_size = 0;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const struct rz_rrset *record = joiner->records[i];
        if (i && same_record(joiner->records[i - 1], record)) {
            /* A line given twice already says it all. */
            if (joiner->failed == failed)
                report_duplicate(joiner, joiner->records[i - 1], record);
            continue;
        }
        memcpy(rdata + joined.rdata_size, record->rdata, record->rdata_size);
        joined.rdata_size += record->rdata_size;
        kept++;
    }
    if (kept > UINT16_MAX || joined.rdata_size > RZ_RRSET_OCTETS_MAX) {
        report(joiner, RZ1113, &run[0], "has too many records for one DNS message");
        kept = kept > UINT16_MAX ? UINT16_MAX : kept;
    }
    joined.rdata_count = (uint16_t)kept;
    *into = joined;
}

static bool same_key(const struct rz_rrset *a, const struct rz_rrset *b)
{
    return a->type == b->type && (a->owner == b->owner || rz_name_equal(a->owner, b->owner));
}

static void join(struct joiner *joiner)
{
    struct rz_zone *zone = joiner->zone;
    size_t kept = 0;
    for (size_t i = 0, end; i < zone->count; i = end) {
        for (end = i + 1; end < zone->count && same_key(&zone->rrsets[i], &zone->rrsets[end]);)
            end++;
        if (end - i == 1 && zone->rrsets[i].rdata_size <= RZ_RRSET_OCTETS_MAX)
            zone->rrsets[kept] = zone->rrsets[i];
        else
            join_run(joiner, &zone->rrsets[kept], &zone->rrsets[i], end - i);
        zone->records += zone->rrsets[kept].rdata_count;
        kept++;
    }
    zone->count = kept;
}

static void read_serial(struct rz_zone *zone)
{
    const struct rz_rrset *soa = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_SOA);
    if (!soa)
        return;
    struct rz_rdata_cursor c = rz_rrset_rdata(soa);
    rz_rdata_next(&c);
    size_t at = rz_soa_serial_offset(c.wire, c.size);
    if (!at)
        return;
    zone->has_soa = true;
    zone->serial = (uint32_t)c.wire[at] << 24 | (uint32_t)c.wire[at + 1] << 16
                   | (uint32_t)c.wire[at + 2] << 8 | c.wire[at + 3];
}

enum rz_status rz_zone_finish(struct rz_zone *zone, enum rz_zone_finish mode,
                              struct rz_diags *diags)
{
    for (size_t i = 0; i < zone->count; i++)
        if (zone->rrsets[i].flags & RZ_RRSET_DEFAULT_TTL)
            zone->rrsets[i].ttl = zone->default_ttl;
    sort(zone);
    struct joiner joiner = {.zone = zone, .mode = mode, .diags = diags};
    zone->records = 0;
    join(&joiner);
    free(joiner.records);
    read_serial(zone);
    zone->fingerprint = rz_zone_fingerprint(zone);
    return joiner.failed ? RZ_INVALID : RZ_OK;
}

size_t rz_zone_lower_bound(const struct rz_zone *zone, const uint8_t *owner, uint16_t type)
{
    struct rz_rrset key = {.owner = owner, .type = type};
    size_t low = 0, high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rz_rrset_compare_key(&zone->rrsets[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct rz_rrset *rz_zone_find(const struct rz_zone *zone, const uint8_t *owner, uint16_t type)
{
    size_t at = rz_zone_lower_bound(zone, owner, type);
    if (at == zone->count)
        return NULL;
    const struct rz_rrset *found = &zone->rrsets[at];
    return found->type == type && rz_name_equal(found->owner, owner) ? found : NULL;
}
