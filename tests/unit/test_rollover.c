/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roll-overs in a small world that is walked whole: a server that is looked at and may be late by any time, one
 * that nobody looks at and is late by at most the propagation time, a parent with two such servers, and
 * resolvers that may have cached each RRset at any instant within its TTL from any server. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rtype.h"
#include "dnssec/rollover.h"

#define TICKS 96
#define VERSIONS (RZ_ROLLOVER_STEPS_MAX + 1)

/* One way that things go: bits choose between the shortest and the longest delay. */
struct way {
    unsigned lag_seen, lag_unseen, pause; /* a bit a step */
    struct rz_rollover_times times;
    int shorten; /* step whose wait is cut by one tick; -1: none */
};

/* Which version of zone and DS each server has, tick by tick. */
struct history {
    uint8_t zone[2][TICKS], ds[2][TICKS];
    int length;
    bool ended;
};

static struct rz_rollover_state state_of(enum rz_rollover_kind kind, unsigned version)
{
    size_t count;
    const struct rz_rollover_step *steps = rz_rollover_steps(kind, &count);
    return version ? steps[version - 1].state : rz_rollover_begin();
}

static void set_from(uint8_t versions[TICKS], int tick, uint8_t version)
{
    for (int t = tick; t < TICKS; t++)
        versions[t] = version;
}

/* Carries the roll-over out as the function says, one tick after the other. */
static void carry_out(enum rz_rollover_kind kind, const struct way *way, struct history *history)
{
    size_t count;
    const struct rz_rollover_step *steps = rz_rollover_steps(kind, &count);
    struct rz_rollover rollover = {.kind = kind};
    int lag = 4, begin = 8; /* longer than any propagation time; and a past for caches to be of */
    int arrives = 0, held = 0;
    bool looking = false; /* the change of step `done` is made, and not everywhere yet */
    memset(history, 0, sizeof *history);
    for (int now = begin; now < TICKS && !history->ended; now++) {
        history->length = now;
        for (bool again = true; again;) {
            again = false;
            if (looking) {
                if (now < arrives)
                    break;
                rollover.wait = rz_rollover_wait_time(&steps[rollover.done], &way->times);
                rollover.done++;
                rollover.seen = now;
                held = way->pause >> rollover.done & 1 ? 2 : 0; /* nobody is there for a while */
                looking = false;
            }
            struct rz_rollover_next next = rz_rollover_next(&rollover, now);
            int early = way->shorten >= 0 && (int)rollover.done - 1 == way->shorten;
            if (next.action == RZ_ROLLOVER_PAUSE && next.at - early <= now)
                next.action = RZ_ROLLOVER_STEP;
            if (next.action == RZ_ROLLOVER_STEP && held-- <= 0) {
                unsigned step = (unsigned)rollover.done;
                uint8_t version = (uint8_t)(step + 1);
                arrives = now + (way->lag_seen >> step & 1 ? lag : 0);
                uint8_t(*places)[TICKS] = steps[step].at_parent ? history->ds : history->zone;
                set_from(places[0], arrives, version);
                set_from(places[1],
                         arrives + (way->lag_unseen >> step & 1 ? (int)way->times.margin : 0),
                         version);
                looking = again = true;
            } else if (next.action == RZ_ROLLOVER_ENDED) {
                history->ended = true;
            }
        }
    }
    history->length += 8; /* caches of the last steps */
}

/* Versions that a cache may hold at `now`, as bits. */
static unsigned cached(uint8_t versions[2][TICKS], int now, uint32_t ttl)
{
    unsigned set = 0;
    for (int t = now - (int)ttl < 0 ? 0 : now - (int)ttl; t <= now && t < TICKS; t++)
        set |= 1u << versions[0][t] | 1u << versions[1][t];
    return set;
}

/* Strictly: each algorithm that the DS name must lead to the data, and each that is published must sign. */
static bool is_valid(enum rz_rollover_kind kind, unsigned ds, unsigned keys, unsigned data)
{
    struct rz_rollover_state d = state_of(kind, ds), k = state_of(kind, keys),
                             s = state_of(kind, data);
    bool old_chain = d.old_ds && k.old_ksk == RZ_KEY_ACTIVE;
    bool new_chain = d.new_ds && k.new_ksk == RZ_KEY_ACTIVE;
    bool old_signed = k.old_zsk & RZ_KEY_PUBLISHED && s.old_zsk & RZ_KEY_SIGNS;
    bool new_signed = k.new_zsk & RZ_KEY_PUBLISHED && s.new_zsk & RZ_KEY_SIGNS;
    if (kind != RZ_ROLLOVER_ALGORITHM)
        return (old_chain || new_chain) && (old_signed || new_signed);
    bool old_shown = (k.old_zsk | k.old_ksk) & RZ_KEY_PUBLISHED;
    bool new_shown = (k.new_zsk | k.new_ksk) & RZ_KEY_PUBLISHED;
    return (!d.old_ds || (old_chain && old_signed)) && (!d.new_ds || (new_chain && new_signed))
           && (!old_shown || s.old_zsk & RZ_KEY_SIGNS) && (!new_shown || s.new_zsk & RZ_KEY_SIGNS);
}

/* Combinations that a resolver would find bogus. */
static size_t bogus(enum rz_rollover_kind kind, const struct way *way, size_t *looked)
{
    struct history history;
    size_t found = 0;
    carry_out(kind, way, &history);
    cr_assert(history.ended, "%s does not end", rz_rollover_kinds[kind]);
    for (int now = 8; now < history.length && now < TICKS; now++) {
        unsigned ds = cached(history.ds, now, way->times.ds_ttl);
        unsigned keys = cached(history.zone, now, way->times.keys_ttl);
        unsigned data = cached(history.zone, now, way->times.data_ttl);
        for (unsigned a = 0; a < VERSIONS; a++)
            for (unsigned b = 0; ds >> a & 1 && b < VERSIONS; b++)
                for (unsigned c = 0; keys >> b & 1 && c < VERSIONS; c++)
                    if (data >> c & 1) {
                        ++*looked;
                        found += !is_valid(kind, a, b, c);
                    }
    }
    return found;
}

/* Every way for these TTLs; how many combinations were bogus. With a wait cut short, the first is enough. */
static size_t walk(enum rz_rollover_kind kind, const struct rz_rollover_times *times, int shorten,
                   size_t *looked)
{
    size_t count, found = 0;
    rz_rollover_steps(kind, &count);
    for (unsigned choice = 0; choice < 1u << 3 * count; choice++) {
        unsigned mask = (1u << count) - 1;
        struct way way = {choice & mask, choice >> count & mask, (choice >> 2 * count & mask) << 1,
                          *times, shorten};
        found += bogus(kind, &way, looked);
        if (found && shorten >= 0)
            break;
    }
    return found;
}

static struct rz_rollover_times times_of(unsigned choice)
{
    return (struct rz_rollover_times){.keys_ttl = choice & 1 ? 3 : 1,
                                      .data_ttl = choice & 2 ? 3 : 1,
                                      .ds_ttl = choice & 4 ? 3 : 1,
                                      .margin = choice & 8 ? 2 : 0};
}

Test(rollover, no_resolver_ever_finds_the_zone_bogus)
{
    for (int kind = 0; kind < RZ_ROLLOVER_KINDS; kind++) {
        size_t looked = 0;
        for (unsigned choice = 0; choice < 16; choice += kind == RZ_ROLLOVER_ALGORITHM ? 5 : 1) {
            struct rz_rollover_times times = times_of(choice);
            size_t found = walk((enum rz_rollover_kind)kind, &times, -1, &looked);
            cr_expect_eq(found, 0, "%s: %zu bogus with TTLs %u", rz_rollover_kinds[kind], found,
                         choice);
        }
        cr_expect_gt(looked, 10000);
    }
}

/* No wait is longer than it must be: one tick less, and some resolver somewhere is left with nothing. */
Test(rollover, no_wait_can_be_shorter)
{
    struct rz_rollover_times times = times_of(15);
    for (int kind = 0; kind < RZ_ROLLOVER_KINDS; kind++) {
        size_t count, looked = 0;
        const struct rz_rollover_step *steps = rz_rollover_steps((enum rz_rollover_kind)kind,
                                                                 &count);
        for (size_t i = 0; i < count; i++)
            if (steps[i].wait != RZ_WAIT_NOTHING)
                cr_expect_gt(walk((enum rz_rollover_kind)kind, &times, (int)i, &looked), 0,
                             "%s, %s: its wait is too long", rz_rollover_kinds[kind],
                             steps[i].name);
    }
}

Test(rollover, timetable)
{
    int64_t at[RZ_ROLLOVER_STEPS_MAX];
    struct rz_rollover_times times = {
        .keys_ttl = 3600, .data_ttl = 86400, .ds_ttl = 7200, .registration = 900, .margin = 60};
    cr_expect_eq(rz_rollover_timetable(RZ_ROLLOVER_ZSK, &times, 1000, at), 1000 + 3660 + 86460);
    cr_expect_eq(at[1], 1000 + 3660);
    cr_expect_eq(rz_rollover_timetable(RZ_ROLLOVER_KSK, &times, 0, at), 3660 + 900 + 7260);
    cr_expect_eq(at[2], 3660 + 900 + 7260);
    cr_expect_eq(rz_rollover_timetable(RZ_ROLLOVER_ZSK_DOUBLE, &times, 0, at), 86460);
}

Test(rollover, waits_count_from_when_it_was_seen)
{
    struct rz_rollover rollover = {.kind = RZ_ROLLOVER_ZSK};
    cr_expect_eq(rz_rollover_next(&rollover, 100).action, RZ_ROLLOVER_STEP);
    rollover = (struct rz_rollover){RZ_ROLLOVER_ZSK, .done = 1, .seen = 1000, .wait = 15};
    struct rz_rollover_next next = rz_rollover_next(&rollover, 1014);
    cr_expect(next.action == RZ_ROLLOVER_PAUSE && next.at == 1015);
    cr_expect_eq(rz_rollover_next(&rollover, 1015).action, RZ_ROLLOVER_STEP);
    cr_expect_eq(rz_rollover_next(&rollover, 500).action, RZ_ROLLOVER_PAUSE);
    rollover.done = 3;
    cr_expect_eq(rz_rollover_next(&rollover, 1001).action, RZ_ROLLOVER_ENDED);
}

/* ---- keys */

static const uint8_t apex[] = "\7example";

static void put(struct rz_zone *zone, uint8_t role, uint8_t algorithm, uint8_t state, uint8_t which)
{
    uint8_t octets[64], wire[RZ_SIGNING_KEY_WIRE_MAX];
    memset(octets, which, sizeof octets);
    struct rz_signing_key key = {.role = role,
                                 .algorithm = algorithm,
                                 .state = state,
                                 .bits = 256,
                                 .public_key = octets,
                                 .public_size = which ? algorithm == 15 ? 32 : 64 : 0};
    size_t size = rz_signing_key_to_wire(&key, wire);
    if (!zone->apex.size)
        rz_zone_init(zone, apex);
    rz_zone_add(zone, apex, RZ_TYPE_DNSSECKEY, 0, (struct rz_rdata){wire, (uint16_t)size},
                (struct rz_record_origin){0});
}

static const struct rz_rrset *finish(struct rz_zone *zone)
{
    struct rz_diags diags = {0};
    cr_assert_eq(rz_zone_finish(zone, RZ_ZONE_LIVE, &diags), RZ_OK);
    return &zone->rrsets[0];
}

/* Each step's keys as the table says; the generated key gets `which` 9. */
static void walk_keys(enum rz_rollover_kind kind, struct rz_rollover_keys keys, uint8_t made)
{
    size_t count;
    const struct rz_rollover_step *steps = rz_rollover_steps(kind, &count);
    for (size_t i = 0; i < count; i++) {
        struct rz_zone after;
        struct rz_diags diags = {0};
        size_t seen[2][2] = {{0}};
        cr_assert_eq(rz_rollover_after(&after, kind, &steps[i], &keys, &diags), RZ_OK);
        struct rz_signing_key key;
        for (struct rz_rdata_cursor c = rz_rrset_rdata(&after.rrsets[0]); rz_rdata_next(&c);) {
            cr_assert(rz_signing_key_from_wire(&key, c.wire, c.size));
            bool ksk = key.role & RZ_KEY_KSK, old = rz_rollover_is_old(kind, &keys, &key);
            const struct rz_rollover_state *state = &steps[i].state;
            if (!rz_rollover_takes(kind, &key)) {
                cr_expect_eq(key.state, RZ_KEY_ACTIVE);
                continue;
            }
            seen[old][ksk]++;
            cr_expect_eq(key.state, old ? (ksk ? state->old_ksk : state->old_zsk)
                                        : (ksk ? state->new_ksk : state->new_zsk));
            cr_expect(old || made == (key.public_size ? key.public_key[0] : 0));
        }
        bool with_ksk = kind >= RZ_ROLLOVER_KSK,
             with_zsk = kind != RZ_ROLLOVER_KSK && kind != RZ_ROLLOVER_KSK_DS;
        cr_expect_eq(seen[1][1], with_ksk && steps[i].state.old_ksk, "%s %zu", steps[i].name, i);
        cr_expect_eq(seen[0][1], with_ksk && steps[i].state.new_ksk, "%s %zu", steps[i].name, i);
        cr_expect_eq(seen[1][0], with_zsk && steps[i].state.old_zsk, "%s %zu", steps[i].name, i);
        cr_expect_eq(seen[0][0], with_zsk && steps[i].state.new_zsk, "%s %zu", steps[i].name, i);
        rz_zone_free(&after);
    }
}

/* Whatever keys there are at the moment, a step makes of them what its line says: also when a step before it
 * was lost. */
Test(rollover, keys_after_each_step)
{
    struct rz_zone old = {0}, both = {0}, wanted = {0}, made = {0};
    put(&old, RZ_KEY_KSK, 13, RZ_KEY_ACTIVE, 1);
    put(&old, RZ_KEY_ZSK, 13, RZ_KEY_ACTIVE, 2);
    put(&wanted, RZ_KEY_KSK, 15, RZ_KEY_ACTIVE, 0);
    put(&wanted, RZ_KEY_ZSK, 15, RZ_KEY_ACTIVE, 0);
    struct rz_rollover_keys keys = {finish(&old), finish(&old), NULL, finish(&wanted)};
    for (int kind = 0; kind < RZ_ROLLOVER_KINDS; kind++)
        walk_keys((enum rz_rollover_kind)kind, keys, 0);
    put(&made, RZ_KEY_KSK, 13, RZ_KEY_ACTIVE, 3);
    keys.made = finish(&made);
    walk_keys(RZ_ROLLOVER_KSK, keys, 3);
    walk_keys(RZ_ROLLOVER_KSK_DS, keys, 3);
    put(&both, RZ_KEY_KSK, 13, RZ_KEY_ACTIVE, 1);
    put(&both, RZ_KEY_ZSK, 13, RZ_KEY_ACTIVE, 2);
    put(&both, RZ_KEY_KSK, 13, RZ_KEY_ACTIVE, 4);
    keys = (struct rz_rollover_keys){finish(&both), finish(&old), NULL, NULL};
    walk_keys(RZ_ROLLOVER_KSK, keys, 4);
    rz_zone_free(&old);
    rz_zone_free(&both);
    rz_zone_free(&wanted);
    rz_zone_free(&made);
}
