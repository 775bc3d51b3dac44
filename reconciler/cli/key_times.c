/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the journal's changes of a zone's keys from the first to the last. */
#include "cli/key_times.h"

#include <stdlib.h>

#include "journal/journal.h"
#include "support/alloc.h"

#define CHANGES_MAX 100000

/* One key on its way through the changes. */
struct tracked {
    const struct rz_signing_key *key;
    struct rz_keystep_key *facts;
    int64_t *active;
    uint8_t state; /* after the last change */
    bool named;    /* some change has had its public key: what is generated later is another one */
};

struct tracking {
    struct tracked *items;
    size_t count;
};

enum mention { NONE, NEW, NAMED };

/* The key in lines of "TTL RDATA", and its state there; NEW where one of its kind is generated. */
static enum mention find_in(const char *lines, const struct rz_signing_key *key, uint8_t *state)
{
    uint8_t room[RZ_SIGNING_KEY_WIRE_MAX];
    struct rz_signing_key found;
    const char *why;
    enum mention mention = NONE;
    for (const char *line = lines ? lines : ""; *line;) {
        size_t size = strcspn(line, "\n");
        const char *text = memchr(line, ' ', size);
        struct rz_str rdata = {text ? text + 1 : line, text ? size - (size_t)(text + 1 - line) : 0};
        bool good = rz_signing_key_parse(&found, room, rdata, &why) == RZ_OK;
        if (good && rz_signing_key_is(&found, key)) {
            *state = found.state;
            return NAMED;
        }
        if (good && !found.public_size && found.algorithm == key->algorithm
            && (found.role & RZ_KEY_KSK) == (key->role & RZ_KEY_KSK)) {
            *state = found.state;
            mention = NEW;
        }
        line += size + (line[size] == '\n');
    }
    return mention;
}

static void begin(struct tracked *it)
{
    *it->facts = (struct rz_keystep_key){.key = it->facts->key, .never_signed = true};
    *it->active = 0;
    it->state = RZ_KEY_RETIRED;
}

/* All keys in use are named before each change. So the last one that was generated before a key is named
 * first was this one. */
static void track(struct tracked *it, const struct rz_history_change *change)
{
    uint8_t before = RZ_KEY_RETIRED, after = RZ_KEY_RETIRED;
    if (find_in(change->before, it->key, &before) == NAMED) {
        it->named = true;
        it->state = before;
    }
    enum mention mention = find_in(change->after, it->key, &after);
    if (!it->named && mention == NONE)
        return;
    if (!it->named)
        begin(it);
    else if (mention != NAMED)
        after = RZ_KEY_RETIRED;
    it->named |= mention == NAMED;
    uint8_t moved = it->state ^ after;
    if (moved & RZ_KEY_PUBLISHED)
        it->facts->published = change->time;
    if (moved & RZ_KEY_SIGNS)
        it->facts->signs = change->time;
    if (after & RZ_KEY_SIGNS)
        it->facts->never_signed = false;
    if (moved && after == RZ_KEY_ACTIVE)
        *it->active = change->time;
    it->state = after;
}

/* A key that is in another state than the journal left it in was changed by others, who knows when. */
static void end(struct tracked *it)
{
    if (it->state == it->key->state && (it->named || it->state != RZ_KEY_RETIRED))
        return;
    begin(it);
    it->facts->never_signed = false;
}

static void visit(void *user, const struct rz_history_change *change)
{
    struct tracking *tracking = user;
    if (strcmp(change->status, "committed") != 0)
        return;
    for (size_t i = 0; i < tracking->count; i++)
        track(&tracking->items[i], change);
}

static enum rz_status read_journal(struct rz_key_times *times, struct rz_rolling *r)
{
    struct rz_journal *journal;
    struct tracking tracking = {
        .count = times->count,
        .items = rz_arena_zero(&r->cli->arena, (times->count + 1) * sizeof(struct tracked))};
    struct rz_history_filter filter = {.zone = r->name,
                                       .owner = r->name,
                                       .type = "DNSSECKEY",
                                       .limit = CHANGES_MAX,
                                       .oldest_first = true};
    for (size_t i = 0; i < times->count; i++)
        tracking.items[i] = (struct tracked){.key = &times->held.items[i].key,
                                             .facts = &times->items[i],
                                             .active = &times->active[i]};
    if (!rz_journal_is_kept(r->project->state))
        return RZ_OK;
    enum rz_status status = rz_journal_open(&journal, r->project->state, &r->cli->context,
                                            &r->cli->diags);
    if (status == RZ_OK)
        status = rz_journal_changes(journal, &filter, visit, &tracking, &r->cli->diags);
    rz_journal_close(journal);
    for (size_t i = 0; i < times->count; i++)
        end(&tracking.items[i]);
    return status;
}

enum rz_status rz_key_times_read(struct rz_key_times *times, struct rz_rolling *r)
{
    *times = (struct rz_key_times){0};
    enum rz_status status = r->provider->ops->dnssec->list_keys(r->provider, r->entry->apex.wire,
                                                                &times->held, &r->cli->diags);
    if (status != RZ_OK)
        return status;
    times->count = times->held.count;
    times->items = rz_alloc_zero(times->count + 1, sizeof *times->items);
    times->active = rz_alloc_zero(times->count + 1, sizeof *times->active);
    for (size_t i = 0; i < times->count; i++)
        times->items[i].key = times->held.items[i].key;
    return read_journal(times, r);
}

void rz_key_times_free(struct rz_key_times *times)
{
    rz_held_keys_free(&times->held);
    free(times->items);
    free(times->active);
}
