/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changing a zone record by record: RRsets become requests, requests go out in waves, many at once
 * within a wave. What has no reply is read back before anything is sent again. */
#include <stdlib.h>

#include "dns/rtype.h"
#include "dnsservices/dnsservices.h"
#include "support/alloc.h"

#define ROUNDS 3 /* each begins with what is really there */

enum verb { CREATE, UPDATE, DELETE };

/* One request. */
struct op {
    size_t change; /* index in the batch */
    unsigned wave;
    enum verb verb;
    const char *id;      /* of UPDATE and DELETE */
    const uint8_t *wire; /* of CREATE and UPDATE */
    uint16_t size;
};

struct applying {
    struct rz_dnsservices *ds;
    struct rz_batch *batch;
    struct rz_diags *diags;
    struct rz_dnsservices_zone *zone; /* as it is */
    unsigned *waves;                  /* of each change */
    struct op *ops;
    size_t count, capacity;
    bool reread; /* the zone was read after the fetch */
};

static enum rz_status conflict(const struct applying *a, const struct rz_rrset *rrset)
{
    char zone[RZ_NAME_TEXT_MAX], owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    struct rz_diag *diag = rz_diags_add(
        a->diags, RZ3514, rz_place_named(rz_name_text_plain(zone, a->batch->apex)),
        "%s %s was changed meanwhile", rz_name_text_relative(owner, rrset->owner, a->batch->apex),
        rz_rtype_text(type, rrset->type));
    rz_diag_hint(a->diags, diag, "nothing was sent; plan again");
    return RZ_CONFLICT;
}

/* The rows of a change's RRset that are DNS records. */
static const struct rz_dnsservices_row *rows_of(const struct applying *a, struct rz_change change,
                                                size_t *count)
{
    const struct rz_rrset *subject = rz_change_subject(change);
    return a->zone->rows + rz_dnsservices_zone_find(a->zone, subject->owner, subject->type, count);
}

static bool has_row(const struct rz_dnsservices_row *rows, size_t count, const uint8_t *wire,
                    uint16_t size)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].wire && rows[i].size == size && memcmp(rows[i].wire, wire, size) == 0)
            return true;
    return false;
}

/* Whether the rows are this RRset; `ttl` false: but for its TTL. NULL: no record. */
static bool is_rrset(const struct rz_dnsservices_row *rows, size_t count,
                     const struct rz_rrset *rrset, bool ttl)
{
    size_t data = 0;
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].wire)
            continue;
        data++;
        if (!rrset || !rz_rrset_contains(rrset, rows[i].wire, rows[i].size)
            || (ttl && rows[i].ttl != rrset->ttl))
            return false;
    }
    if (!rrset)
        return data == 0;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
        if (!has_row(rows, count, c.wire, c.size))
            return false;
    return true;
}

/* Whether each record is of before or after: half of the change was made, and nothing else. */
static bool is_between(const struct rz_dnsservices_row *rows, size_t count, struct rz_change change)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].wire
            && !(change.before && rz_rrset_contains(change.before, rows[i].wire, rows[i].size))
            && !(change.after && rz_rrset_contains(change.after, rows[i].wire, rows[i].size)))
            return false;
    return true;
}

static struct op *add(struct applying *a, size_t change, enum verb verb)
{
    a->ops = rz_grow(a->ops, &a->capacity, a->count + 1, sizeof *a->ops);
    a->ops[a->count] = (struct op){.change = change, .wave = a->waves[change], .verb = verb};
    return &a->ops[a->count++];
}

/* The next row from `*at` on that is to go: not in `after`, or there a second time. */
static const struct rz_dnsservices_row *next_surplus(const struct rz_dnsservices_row *rows,
                                                     size_t count, const struct rz_rrset *after,
                                                     size_t *at)
{
    while (*at < count) {
        const struct rz_dnsservices_row *row = &rows[(*at)++];
        if (row->wire
            && (!after || !rz_rrset_contains(after, row->wire, row->size)
                || has_row(rows, (size_t)(row - rows), row->wire, row->size)))
            return row;
    }
    return NULL;
}

/* Rows that stay keep their ids; one that goes becomes one that comes; then the rest. */
static void add_ops(struct applying *a, size_t index)
{
    size_t count, at = 0;
    struct rz_change change = a->batch->changes[index];
    const struct rz_rrset *after = change.after;
    const struct rz_dnsservices_row *rows = rows_of(a, change, &count), *surplus;
    for (size_t i = 0; after && i < count; i++)
        if (rows[i].wire && rows[i].ttl != after->ttl
            && rz_rrset_contains(after, rows[i].wire, rows[i].size)
            && !has_row(rows, i, rows[i].wire, rows[i].size)) {
            struct op *op = add(a, index, UPDATE);
            op->id = rows[i].id;
            op->wire = rows[i].wire;
            op->size = rows[i].size;
        }
    if (after)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(after); rz_rdata_next(&c);) {
            if (has_row(rows, count, c.wire, c.size))
                continue;
            surplus = next_surplus(rows, count, after, &at);
            struct op *op = add(a, index, surplus ? UPDATE : CREATE);
            op->id = surplus ? surplus->id : NULL;
            op->wire = c.wire;
            op->size = c.size;
        }
    while ((surplus = next_surplus(rows, count, after, &at)))
        add(a, index, DELETE)->id = surplus->id;
}

/* Whether an alias takes the place of data here, or data of an alias: a delete and a create of one
 * owner, which stand together. */
static bool replaces_kind(const struct rz_batch *batch, size_t index)
{
    const uint8_t *owner = rz_change_subject(batch->changes[index])->owner;
    bool creates = false, deletes = false;
    size_t first = index;
    while (first > 0 && rz_name_equal(rz_change_subject(batch->changes[first - 1])->owner, owner))
        first--;
    for (size_t i = first;
         i < batch->count && rz_name_equal(rz_change_subject(batch->changes[i])->owner, owner);
         i++) {
        creates |= rz_change_kind(batch->changes[i]) == RZ_CREATE;
        deletes |= rz_change_kind(batch->changes[i]) == RZ_DELETE;
    }
    return creates && deletes;
}

/* The batch is in order; changes that need not wait for each other share a wave. */
static void make_waves(struct applying *a)
{
    unsigned wave = 0;
    int last = -1;
    bool replaced = false;
    for (size_t i = 0; i < a->batch->count; i++) {
        struct rz_change change = a->batch->changes[i];
        uint16_t type = rz_change_subject(change)->type;
        int class = (int)rz_change_kind(change) * 8 + (type == RZ_TYPE_DS) * 4
                    + (type == RZ_TYPE_NS) * 2 + ((rz_rtype_flags(type) & RZ_RTYPE_TARGET) != 0);
        if (rz_change_kind(change) != RZ_UPDATE && replaces_kind(a->batch, i))
            class = 100; /* two waves: all that go, then all that come */
        if (class != last)
            wave += replaced ? 2 : 1;
        replaced = class == 100;
        last = class;
        a->waves[i] = wave + (replaced && rz_change_kind(change) == RZ_CREATE);
    }
}

static int compare_ops(const void *left, const void *right)
{
    const struct op *a = left, *b = right;
    return a->wave != b->wave ? (a->wave > b->wave) - (a->wave < b->wave)
                              : (a->change > b->change) - (a->change < b->change);
}

/* ---- sending */

struct wave {
    struct applying *a;
    size_t end;
    atomic_size_t next;
    atomic_bool stop;      /* a request failed: no more are begun */
    pthread_mutex_t lock;  /* of the rest */
    enum rz_status status; /* the first that is not RZ_OK */
};

static enum rz_status send_op(struct applying *a, const struct op *op, struct rz_diags *diags)
{
    static const char *const methods[] = {"POST", "PUT", "DELETE"};
    const struct rz_dnsservices_zone *zone = a->zone;
    struct rz_change change = a->batch->changes[op->change];
    const struct rz_rrset *subject = rz_change_subject(change);
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer body = {0};
    struct rz_dnsservices_reply reply;
    rz_buffer_printf(&path, "/service/%s/dns/%s/records%s%s", zone->service, zone->id,
                     op->id ? "/" : "", op->id ? op->id : "");
    if (op->verb != DELETE)
        rz_dnsservices_row_write(&body, a->batch->apex, subject->owner, subject->type, subject->ttl,
                                 op->wire, op->size, zone->full_names);
    enum rz_status status = rz_dnsservices_call(a->ds, methods[op->verb], path.data,
                                                rz_buffer_view(&body), &reply, diags);
    if (status == RZ_NOT_FOUND && op->verb == DELETE) {
        status = RZ_OK; /* gone, be it by the first of two tries */
    } else if (status == RZ_REJECTED || status == RZ_NOT_FOUND) {
        RZ_BUFFER_CLEANUP struct rz_buffer what = {0};
        rz_buffer_printf(&what, "%s %s %s", op->verb == DELETE ? "deleting" : "setting",
                         rz_name_text_relative(owner, subject->owner, a->batch->apex),
                         rz_rtype_text(type, subject->type));
        size_t index = diags->count;
        status = rz_dnsservices_refused(a->ds, RZ3515, RZ_REJECTED, what.data, &reply, diags);
        struct rz_place place = change.after && a->batch->desired
                                    ? rz_zone_place(a->batch->desired, change.after)
                                    : (struct rz_place){0};
        if (place.name && index < diags->count) {
            diags->items[index].file = rz_arena_strdup(&diags->arena, place.name);
            diags->items[index].line = place.line;
            diags->items[index].column = place.column;
        }
    }
    rz_dnsservices_reply_free(&reply);
    return status;
}

/* An outcome of one record is that of its RRset: unknown over refused over done. */
static void note(struct applying *a, const struct op *op, enum rz_status status)
{
    enum rz_outcome *outcome = &a->batch->outcomes[op->change];
    if (status == RZ_UNKNOWN || (status != RZ_OK && *outcome == RZ_OUTCOME_DONE))
        *outcome = RZ_OUTCOME_UNKNOWN;
    else if (status != RZ_OK && *outcome != RZ_OUTCOME_UNKNOWN)
        *outcome = RZ_OUTCOME_NOT_DONE;
    else if (status == RZ_OK && *outcome == RZ_OUTCOME_NOT_SENT)
        *outcome = RZ_OUTCOME_DONE;
    else if (status == RZ_OK && *outcome == RZ_OUTCOME_NOT_DONE)
        *outcome = RZ_OUTCOME_UNKNOWN;
}

static void *work(void *user)
{
    struct wave *wave = user;
    struct rz_diags diags = {0};
    while (!atomic_load(&wave->stop)) {
        size_t index = atomic_fetch_add(&wave->next, 1);
        if (index >= wave->end)
            break;
        enum rz_status status = send_op(wave->a, &wave->a->ops[index], &diags);
        pthread_mutex_lock(&wave->lock);
        note(wave->a, &wave->a->ops[index], status);
        if (status != RZ_OK && (wave->status == RZ_OK || status == RZ_UNKNOWN))
            wave->status = status;
        pthread_mutex_unlock(&wave->lock);
        if (status != RZ_OK)
            atomic_store(&wave->stop, true);
    }
    pthread_mutex_lock(&wave->lock);
    rz_diags_take(wave->a->diags, &diags);
    pthread_mutex_unlock(&wave->lock);
    rz_diags_free(&diags);
    return NULL;
}

static enum rz_status send_wave(struct applying *a, size_t first, size_t end)
{
    pthread_t threads[64];
    size_t count = a->ds->capabilities.concurrency, started = 0;
    struct wave wave = {.a = a, .end = end};
    atomic_init(&wave.next, first);
    pthread_mutex_init(&wave.lock, NULL);
    count = end - first < count ? end - first : count;
    while (started + 1 < count && pthread_create(&threads[started], NULL, work, &wave) == 0)
        started++;
    work(&wave);
    while (started > 0)
        pthread_join(threads[--started], NULL);
    pthread_mutex_destroy(&wave.lock);
    return wave.status;
}

static enum rz_status send_ops(struct applying *a)
{
    enum rz_status status = RZ_OK;
    if (a->count)
        qsort(a->ops, a->count, sizeof *a->ops, compare_ops);
    for (size_t first = 0, end; first < a->count && status == RZ_OK; first = end) {
        for (end = first; end < a->count && a->ops[end].wave == a->ops[first].wave;)
            end++;
        status = atomic_load(&a->ds->context->cancelled) > 1 ? RZ_CANCELLED
                                                             : send_wave(a, first, end);
    }
    return status;
}

/* ---- rounds */

static enum rz_status reread(struct applying *a)
{
    rz_dnsservices_zone_free(a->zone);
    a->reread = true;
    enum rz_status status = rz_dnsservices_read(a->ds, a->batch->apex, &a->zone, a->diags);
    if (status == RZ_OK && !a->zone) {
        char zone[RZ_NAME_TEXT_MAX];
        rz_diags_add(a->diags, RZ3514, rz_place_named(rz_name_text_plain(zone, a->batch->apex)),
                     "the zone is not there any more");
        return RZ_CONFLICT;
    }
    return status;
}

/* The ids are those of the last fetch, where that is what the changes were made against. */
static enum rz_status begin(struct applying *a)
{
    a->zone = rz_dnsservices_take(a->ds, a->batch->apex);
    if (a->zone && rz_hash_equal(a->zone->fingerprint, a->batch->expected.digest))
        return RZ_OK;
    enum rz_status status = reread(a);
    for (size_t i = 0; status == RZ_OK && i < a->batch->count; i++) {
        size_t count;
        struct rz_change change = a->batch->changes[i];
        const struct rz_dnsservices_row *rows = rows_of(a, change, &count);
        if (!is_rrset(rows, count, change.before, false)
            && !is_rrset(rows, count, change.after, true))
            status = conflict(a, rz_change_subject(change));
    }
    return status;
}

/* What the zone itself says of each change. RZ_OK: all are done; RZ_UNKNOWN: some are open or half
 * done and may be sent again; RZ_CONFLICT: somebody else is at work in them. */
static enum rz_status settle(struct applying *a)
{
    enum rz_status status = RZ_OK;
    for (size_t i = 0; i < a->batch->count; i++) {
        size_t count;
        struct rz_change change = a->batch->changes[i];
        const struct rz_dnsservices_row *rows = rows_of(a, change, &count);
        if (is_rrset(rows, count, change.after, true))
            a->batch->outcomes[i] = RZ_OUTCOME_DONE;
        else if (is_rrset(rows, count, change.before, false))
            a->batch->outcomes[i] = RZ_OUTCOME_NOT_DONE;
        else if (is_between(rows, count, change))
            a->batch->outcomes[i] = RZ_OUTCOME_UNKNOWN;
        else
            return conflict(a, rz_change_subject(change));
        if (a->batch->outcomes[i] != RZ_OUTCOME_DONE)
            status = RZ_UNKNOWN;
    }
    return status;
}

/* A missing reply that reading back has settled is no error any more. */
static void soften(struct applying *a, size_t first)
{
    for (size_t i = first; i < a->diags->count; i++)
        if (a->diags->items[i].severity == RZ_ERROR)
            rz_diag_set_severity(a->diags, &a->diags->items[i], RZ_WARNING);
}

static enum rz_status carry_out(struct applying *a)
{
    enum rz_status status = begin(a);
    for (int round = 0; status == RZ_OK; round++) {
        a->count = 0;
        for (size_t i = 0; i < a->batch->count; i++)
            if (a->batch->outcomes[i] != RZ_OUTCOME_DONE)
                add_ops(a, i);
        size_t told = a->diags->count;
        status = send_ops(a);
        if (status != RZ_UNKNOWN)
            return status;
        if (atomic_load(&a->ds->context->cancelled) > 1 || reread(a) != RZ_OK)
            return RZ_UNKNOWN;
        status = settle(a);
        if (status == RZ_OK || status == RZ_UNKNOWN)
            soften(a, told);
        if (status != RZ_UNKNOWN || round + 1 >= ROUNDS)
            return status;
        status = RZ_OK;
    }
    return status;
}

/* A change of which nothing need be sent is done: somebody else has made it. */
static void finish(struct applying *a, enum rz_status status)
{
    for (size_t i = 0; i < a->batch->count && status == RZ_OK; i++)
        a->batch->outcomes[i] = RZ_OUTCOME_DONE;
    /* What the zone is at now is not known before it is read: no fingerprint fits. */
    a->batch->expected.digest = (struct rz_hash){0};
    a->batch->expected.has_serial = false;
}

enum rz_status rz_dnsservices_apply(struct rz_provider *provider, struct rz_batch *batch,
                                    struct rz_diags *diags)
{
    struct applying a = {.ds = (struct rz_dnsservices *)provider, .batch = batch, .diags = diags};
    for (size_t i = 0; i < batch->count; i++)
        batch->outcomes[i] = RZ_OUTCOME_NOT_SENT;
    a.waves = rz_alloc_zero(batch->count + 1, sizeof *a.waves);
    make_waves(&a);
    enum rz_status status = carry_out(&a);
    finish(&a, status);
    rz_dnsservices_zone_free(a.zone);
    free(a.ops);
    free(a.waves);
    return status;
}
