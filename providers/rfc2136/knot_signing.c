/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the records that say how a zone is signed, the server's configuration, and the KASP database. */
#include <stdlib.h>
#include <string.h>

#include "dns/rtype.h"
#include "rfc2136/knot.h"

/* ---- reading */

static const struct rz_rrset *at_apex(const struct rz_zone *zone, uint16_t type)
{
    return rz_zone_find(zone, zone->apex.wire, type);
}

/* Signed by keys that the KASP database does not have. */
static bool is_presigned(const struct rz_zone *zone, const struct rz_held_keys *keys)
{
    const struct rz_rrset *dnskey = at_apex(zone, RZ_TYPE_DNSKEY);
    if (!dnskey || !at_apex(zone, RZ_TYPE_RRSIG))
        return false;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(dnskey); rz_rdata_next(&c);) {
        struct rz_signing_key key;
        if (rz_signing_key_of_dnskey(&key, c.wire, c.size) && rz_held_keys_find(keys, &key))
            return false;
    }
    return true;
}

/* Knot makes up salts; the policy only says how long they are. */
static void read_salt(struct rz_signing *signing, const struct rz_zone *zone)
{
    const struct rz_rrset *param = at_apex(zone, RZ_TYPE_NSEC3PARAM);
    struct rz_rdata_cursor c = {0};
    if (param)
        c = rz_rrset_rdata(param);
    if (signing->mode != RZ_SIGNING_NSEC3 || !param || !rz_rdata_next(&c) || c.size < 5
        || c.size < 5u + c.wire[4])
        return;
    signing->salt_size = c.wire[4];
    memcpy(signing->salt, c.wire + 5, c.wire[4]);
}

static enum rz_status read_zone(struct rz_knot *knot, const uint8_t *apex,
                                struct rz_knot_zone *known, struct rz_diags *diags)
{
    struct rz_knot_link link;
    enum rz_status status = rz_knot_open(&link, knot, diags);
    if (status == RZ_OK)
        status = rz_knot_read(&link, apex, known);
    rz_knot_close(&link);
    return status == RZ_UNKNOWN ? RZ_NETWORK : status;
}

enum rz_status rz_knot_show_signing(struct rz_knot *knot, struct rz_zone *zone,
                                    struct rz_knot_zone *known, struct rz_diags *diags)
{
    static const struct rz_signing presigned = {.mode = RZ_SIGNING_PRESIGNED};
    struct rz_held_keys keys = {0};
    const struct rz_signing *signing = NULL;
    enum rz_status status = read_zone(knot, zone->apex.wire, known, diags);
    if (status != RZ_OK || !known->known || (!known->signs && !at_apex(zone, RZ_TYPE_DNSKEY)))
        return status;
    read_salt(&known->signing, zone);
    status = rz_knot_list_keys(knot, zone->apex.wire, zone, &keys, diags);
    if (known->signs)
        signing = &known->signing;
    else if (is_presigned(zone, &keys))
        signing = &presigned;
    if (status == RZ_OK) {
        rz_dnssec_put(zone, signing, &keys);
        status = rz_zone_finish(zone, RZ_ZONE_LIVE, diags);
    }
    rz_held_keys_free(&keys);
    return status;
}

/* ---- what cannot be */

static bool read_signing(struct rz_signing *signing, const struct rz_rrset *rrset)
{
    *signing = (struct rz_signing){0};
    struct rz_rdata_cursor c = {0};
    if (rrset)
        c = rz_rrset_rdata(rrset);
    return rrset && rz_rdata_next(&c) && rz_signing_from_wire(signing, c.wire, c.size);
}

static bool is_same_denial(const struct rz_signing *a, const struct rz_signing *b)
{
    return a->mode == b->mode && a->opt_out == b->opt_out && a->narrow == b->narrow
           && a->iterations == b->iterations && a->salt_size == b->salt_size
           && memcmp(a->salt, b->salt, a->salt_size) == 0;
}

static const char *refuses_in_file(const struct rz_knot_zone *known,
                                   const struct rz_signing *signing)
{
    if (signing->mode == RZ_SIGNING_UNSIGNED)
        return known->signs ? "the server's configuration file has `dnssec-signing: on` for the "
                              "zone: set it off there and reload, then plan again"
                            : NULL;
    if (!known->signs)
        return "the server's configuration file does not sign the zone: give it `dnssec-signing: "
               "on` and a `dnssec-policy` with `manual: on` there and reload, then plan again";
    if (!is_same_denial(&known->signing, signing))
        return "its policy in the server's configuration file has another `nsec3` (or "
               "`nsec3-iterations`, `nsec3-opt-out`, `nsec3-salt-length`): change it there and reload";
    return known->signing.cds != signing->cds
               ? "its policy in the server's configuration file has another `cds-cdnskey-publish` "
                 "or `cds-digest-type`: change it there and reload"
               : NULL;
}

static const char *refuses_in_database(const struct rz_knot_zone *known,
                                       const struct rz_signing *signing)
{
    if (known->signs && !known->ours
        && (signing->mode == RZ_SIGNING_UNSIGNED || !is_same_denial(&known->signing, signing)
            || known->signing.cds != signing->cds))
        return "it is signed by a policy of the server that rezone has not made: change that by "
               "knotc, or set `dnssec-signing: off` and plan again";
    if (signing->narrow)
        return "Knot DNS has no narrow NSEC3";
    bool same = known->signs && is_same_denial(&known->signing, signing);
    return signing->salt_size && !same ? "Knot DNS makes up salts itself: leave `salt` out" : NULL;
}

const char *rz_knot_refuses(const struct rz_knot *knot, const struct rz_knot_zone *known,
                            const struct rz_rrset *rrset)
{
    struct rz_signing signing;
    if (!known->known)
        return "the Knot DNS at the control socket has no such zone in its configuration";
    if (rrset->type == RZ_TYPE_DNSSECKEY && known->signs)
        return known->manual
                   ? NULL
                   : "its policy has no `manual: on`: Knot DNS makes and exchanges its keys";
    if (rrset->type == RZ_TYPE_DNSSECKEY)
        return knot->configuration == RZ_KNOT_DATABASE
                   ? NULL
                   : "no keys are made for a zone that the server does not sign";
    if (!read_signing(&signing, rrset))
        return NULL;
    return knot->configuration == RZ_KNOT_FILE ? refuses_in_file(known, &signing)
                                               : refuses_in_database(known, &signing);
}

/* ---- changing */

struct signer {
    struct rz_knot *knot;
    const struct rz_batch *batch;
    const struct rz_zone *live;
    const struct rz_knot_zone *known;
    struct rz_diags *diags;
    struct rz_held_keys keys; /* as they are */
    struct rz_knot_link link;
    bool *taken; /* beside keys.items: it does for one that was to be made */
    bool sent;   /* something may have been changed */
};

static const struct rz_change *find(const struct signer *s, uint16_t type)
{
    for (size_t i = 0; i < s->batch->count; i++)
        if (rz_change_subject(s->batch->changes[i])->type == type)
            return &s->batch->changes[i];
    return NULL;
}

static enum rz_status reject(const struct signer *s, const char *why)
{
    char zone[RZ_NAME_TEXT_MAX];
    rz_diags_add(s->diags, RZ6006, rz_place_named(s->knot->name), "how %s is signed: %s",
                 rz_name_text_plain(zone, s->batch->apex), why);
    return RZ_REJECTED;
}

/* How the zone shall be signed after the batch; false: not. */
static bool wanted(const struct signer *s, struct rz_signing *signing)
{
    const struct rz_change *change = find(s, RZ_TYPE_DNSSEC);
    if (change)
        return read_signing(signing, change->after);
    *signing = s->known->signing;
    return s->known->signs;
}

/* What the plan would have been refused for, of changes that come by other ways: roll-overs, undoing. */
static enum rz_status check(const struct signer *s)
{
    static const char kept[] =
        "its configuration signs the zone, and there would be no key left to do it";
    const struct rz_change *change = find(s, RZ_TYPE_DNSSEC);
    const struct rz_change *keys = find(s, RZ_TYPE_DNSSECKEY);
    struct rz_signing before, after;
    const char *why = NULL;
    bool was = change && read_signing(&before, change->before);
    bool signs = wanted(s, &after);
    if ((was && before.mode == RZ_SIGNING_PRESIGNED) || after.mode == RZ_SIGNING_PRESIGNED)
        return reject(s, "its signatures come with its data, and rezone leaves them alone");
    if (change)
        why = s->knot->configuration == RZ_KNOT_FILE ? refuses_in_file(s->known, &after)
                                                     : refuses_in_database(s->known, &after);
    if (!why && keys && keys->after)
        why = rz_knot_refuses(s->knot, s->known, keys->after);
    if (!why && signs && keys && !keys->after)
        why = kept;
    return why ? reject(s, why) : RZ_OK;
}

/* Whether the RRset has the key, by its public half. */
static bool names(const struct rz_rrset *rrset, const struct rz_signing_key *key)
{
    struct rz_signing_key named;
    if (rrset)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
            if (rz_signing_key_from_wire(&named, c.wire, c.size) && rz_signing_key_is(&named, key))
                return true;
    return false;
}

/* A key of that kind that a killed run has made is as good as a new one. */
static bool take_spare(struct signer *s, const struct rz_change *change,
                       const struct rz_signing_key *key)
{
    for (size_t i = 0; i < s->keys.count; i++) {
        const struct rz_signing_key *held = &s->keys.items[i].key;
        if (s->taken[i] || held->role != key->role || !rz_signing_key_fits(held, key)
            || names(change->before, held) || names(change->after, held))
            continue;
        s->taken[i] = true;
        return true;
    }
    return false;
}

/* A key of `after`: made, or put into its state. */
static enum rz_status bring(struct signer *s, const struct rz_change *change,
                            const struct rz_signing_key *key)
{
    const uint8_t *apex = s->batch->apex;
    char zone[RZ_NAME_TEXT_MAX];
    if (key->public_size == 0)
        return take_spare(s, change, key)
                   ? RZ_OK
                   : rz_knot_generate_key(s->knot, apex, key, NULL, s->diags);
    const struct rz_held_key *found = rz_held_keys_find(&s->keys, key);
    if (found)
        return key->state == found->key.state
                   ? RZ_OK
                   : rz_knot_set_state(s->knot, apex, found, key->state, s->diags);
    struct rz_diag *diag = rz_diags_add(
        s->diags, RZ6005, rz_place_named(rz_name_text_plain(zone, apex)),
        "%s no longer has the key %u", s->knot->name, rz_signing_key_tag(key));
    rz_diag_hint(s->diags, diag, "import its private key again, then repeat");
    return RZ_REJECTED;
}

/* Knot reads the keys when it is told to: all that happens here is one change to it. */
static enum rz_status change_keys(struct signer *s)
{
    const struct rz_change *change = find(s, RZ_TYPE_DNSSECKEY);
    const struct rz_rrset *after = change ? change->after : NULL;
    enum rz_status status = RZ_OK;
    struct rz_signing_key key;
    if (!change)
        return RZ_OK;
    s->sent = true;
    s->taken = rz_arena_zero(&s->keys.arena, (s->keys.count + 1) * sizeof *s->taken);
    if (after)
        for (struct rz_rdata_cursor c = rz_rrset_rdata(after);
             status == RZ_OK && rz_rdata_next(&c);)
            if (rz_signing_key_from_wire(&key, c.wire, c.size))
                status = bring(s, change, &key);
    for (size_t i = 0; status == RZ_OK && i < s->keys.count; i++)
        if (s->keys.items[i].key.state != RZ_KEY_RETIRED && !s->taken[i]
            && !names(after, &s->keys.items[i].key))
            status = rz_knot_retire_key(s->knot, s->batch->apex, &s->keys.items[i], s->diags);
    return status;
}

static enum rz_status zone_command(struct signer *s, const char *name, const char *flags,
                                   const struct rz_rrset *rrset)
{
    char zone[RZ_NAME_TEXT_MAX], owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    knot_ctl_data_t command = {[KNOT_CTL_IDX_CMD] = name,
                               [KNOT_CTL_IDX_FLAGS] = flags,
                               [KNOT_CTL_IDX_ZONE] = rz_name_text(zone, s->batch->apex)};
    if (rrset) {
        command[KNOT_CTL_IDX_OWNER] = rz_name_text(owner, rrset->owner);
        command[KNOT_CTL_IDX_TYPE] = rz_rtype_text(type, rrset->type);
    }
    return rz_knot_ask(&s->link, command, NULL, NULL);
}

/* Of an open transaction: whether it does something else than take out what signers make. */
static void take_difference(void *user, const knot_ctl_data_t data)
{
    bool *others = user;
    const char *flags = data[KNOT_CTL_IDX_FLAGS], *text = data[KNOT_CTL_IDX_TYPE];
    uint16_t type;
    *others |= !flags || strcmp(flags, "-") != 0 || !text
               || !rz_rtype_parse(&type, rz_str_of(text), false)
               || !(rz_rtype_flags(type) & RZ_RTYPE_SIGNER);
}

/* One that a killed run left open stays so until somebody ends it. */
static enum rz_status begin(struct signer *s)
{
    bool others = false;
    char zone[RZ_NAME_TEXT_MAX];
    enum rz_status status = zone_command(s, "zone-begin", NULL, NULL);
    if (status != RZ_REJECTED)
        return status;
    knot_ctl_data_t difference = {
        [KNOT_CTL_IDX_CMD] = "zone-diff", [KNOT_CTL_IDX_ZONE] = rz_name_text(zone, s->batch->apex)};
    status = rz_knot_ask(&s->link, difference, take_difference, &others);
    if (status == RZ_OK && !others)
        status = zone_command(s, "zone-abort", NULL, NULL);
    return status == RZ_UNKNOWN ? status : zone_command(s, "zone-begin", NULL, NULL);
}

/* What Knot has signed stays in the zone when it signs no more. */
static enum rz_status strip(struct signer *s)
{
    enum rz_status status = zone_command(s, "zone-reload", "B", NULL);
    if (status != RZ_UNKNOWN)
        status = begin(s);
    bool begun = status == RZ_OK;
    s->sent |= begun;
    for (size_t i = 0; status == RZ_OK && i < s->live->count; i++)
        if (rz_rtype_flags(s->live->rrsets[i].type) & RZ_RTYPE_SIGNER)
            status = zone_command(s, "zone-unset", NULL, &s->live->rrsets[i]);
    if (status == RZ_OK)
        status = zone_command(s, "zone-commit", NULL, NULL);
    if (status != RZ_REJECTED)
        return status;
    rz_knot_refused(&s->link, "taking out the signatures", s->batch->apex);
    if (begun)
        zone_command(s, "zone-abort", NULL, NULL);
    else
        rz_diag_hint(s->diags, &s->diags->items[s->diags->count - 1],
                     "somebody has a transaction of the zone open: `knotc zone-diff` shows it, "
                     "`knotc zone-abort` ends it");
    return RZ_REJECTED;
}

static enum rz_status tell_to_sign(struct signer *s, const struct rz_signing *signing)
{
    enum rz_status status = rz_knot_open(&s->link, s->knot, s->diags);
    if (status == RZ_OK && find(s, RZ_TYPE_DNSSEC) && s->knot->configuration == RZ_KNOT_DATABASE)
        status = rz_knot_write(&s->link, s->batch->apex, signing, &s->sent);
    if (status == RZ_OK) {
        s->sent = true;
        status = zone_command(s, "zone-keys-load", "B", NULL);
        if (status == RZ_REJECTED)
            rz_knot_refused(&s->link, "signing", s->batch->apex);
    }
    rz_knot_close(&s->link);
    return status;
}

static enum rz_status tell_not_to_sign(struct signer *s)
{
    enum rz_status status = rz_knot_open(&s->link, s->knot, s->diags);
    if (status == RZ_OK && s->known->signs)
        status = rz_knot_write(&s->link, s->batch->apex, NULL, &s->sent);
    if (status == RZ_OK)
        status = strip(s);
    rz_knot_close(&s->link);
    return status;
}

/* Keys are made before they have to sign, and go when nobody signs with them any more. */
static enum rz_status carry_out(struct signer *s)
{
    struct rz_signing signing;
    bool signs = wanted(s, &signing);
    enum rz_status status = signs ? change_keys(s) : tell_not_to_sign(s);
    if (status != RZ_OK)
        return status;
    return signs ? tell_to_sign(s, &signing) : change_keys(s);
}

enum rz_status rz_knot_apply_signing(struct rz_knot *knot, const struct rz_batch *batch,
                                     const struct rz_zone *live, const struct rz_knot_zone *known,
                                     bool *sent, struct rz_diags *diags)
{
    struct signer s = {.knot = knot, .batch = batch, .live = live, .known = known, .diags = diags};
    enum rz_status status = check(&s);
    if (status == RZ_OK)
        status = rz_knot_list_keys(knot, batch->apex, live, &s.keys, diags);
    if (status == RZ_OK)
        status = carry_out(&s);
    *sent = s.sent;
    rz_held_keys_free(&s.keys);
    return status;
}

/* ---- when it signs anew */

/* Seconds of a time such as "+6D23h59m57s", as Knot prints it; -1: something else, such as "pending". */
static int64_t parse_span(const char *text)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'Y', 365 * 86400}, {'M', 30 * 86400}, {'D', 86400},
                 {'h', 3600},        {'m', 60},         {'s', 1}};
    int64_t total = 0;
    if (*text++ != '+' || !*text)
        return -1;
    while (*text) {
        char *end;
        size_t unit = 0;
        long number = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : -1;
        if (number < 0 || number > 1000000)
            return -1;
        while (unit < sizeof units / sizeof *units && units[unit].unit != *end)
            unit++;
        if (unit == sizeof units / sizeof *units)
            return -1;
        total += number * units[unit].seconds;
        text = end + 1;
    }
    return total;
}

static void take_event(void *user, const knot_ctl_data_t data)
{
    int64_t *span = user;
    const char *event = data[KNOT_CTL_IDX_TYPE], *when = data[KNOT_CTL_IDX_DATA];
    if (event && when && strcmp(event, "re-sign") == 0)
        *span = parse_span(when);
}

enum rz_status rz_knot_renewal(struct rz_knot *knot, const uint8_t *apex, int64_t *at,
                               struct rz_diags *diags)
{
    char name[RZ_NAME_TEXT_MAX];
    struct rz_knot_link link;
    int64_t span = -1;
    knot_ctl_data_t command = {[KNOT_CTL_IDX_CMD] = "zone-status",
                               [KNOT_CTL_IDX_ZONE] = rz_name_text(name, apex),
                               [KNOT_CTL_IDX_FILTER] = "e"};
    enum rz_status status = rz_knot_open(&link, knot, diags);
    if (status == RZ_OK)
        status = rz_knot_ask(&link, command, take_event, &span);
    rz_knot_close(&link);
    *at = span < 0 ? 0 : knot->context->now(knot->context->user) + span;
    return status;
}
