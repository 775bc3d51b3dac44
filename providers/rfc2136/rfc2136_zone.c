/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a zone and carrying out one batch. A batch is one UPDATE message, good only for the RRsets
 * as they were fetched, and for the SOA that was fetched or that the batch before it left. */
#include "rfc2136/rfc2136.h"

#include "dns/rtype.h"

/* BIND keeps its signer's progress in records of this type at the apex of the zones it signs. */
#define SIGNING_STATE 65534
/* How often a signer is asked whether it is done. */
#define SIGNER_POLL_MS 50

/* Takes the signer's state out of a transferred zone, and says whether there is a signer. */
static bool take_signer_state(struct rz_zone *zone)
{
    bool is_signed = false;
    for (size_t i = 0; i < zone->count && !is_signed; i++)
        is_signed = zone->rrsets[i].type == RZ_TYPE_RRSIG;
    size_t kept = 0;
    for (size_t i = 0; is_signed && i < zone->count; i++)
        if (zone->rrsets[i].type != SIGNING_STATE
            || !rz_name_equal(zone->rrsets[i].owner, zone->apex.wire))
            zone->rrsets[kept++] = zone->rrsets[i];
    zone->count = is_signed ? kept : zone->count;
    return is_signed;
}

static enum rz_status show_signing(struct rz_rfc2136 *provider, struct rz_zone *zone,
                                   struct rz_diags *diags)
{
    struct rz_knot_zone known = {0};
    enum rz_status status = rz_knot_show_signing(&provider->knot, zone, &known, diags);
    rz_rfc2136_set_knot(provider, zone->apex.wire, &known);
    return status;
}

enum rz_status rz_rfc2136_fetch(struct rz_provider *base, const uint8_t *apex, struct rz_zone *zone,
                                struct rz_revision *revision, struct rz_diags *diags)
{
    struct rz_rfc2136 *provider = (struct rz_rfc2136 *)base;
    struct rz_dns_peer peer = rz_rfc2136_peer(provider);
    *revision = (struct rz_revision){0};
    rz_zone_init(zone, apex);
    enum rz_status status = rz_dns_transfer(&peer, apex, zone, diags);
    if (status != RZ_OK) {
        /* What arrived before the trouble is no zone. */
        rz_zone_free(zone);
        rz_zone_init(zone, apex);
        rz_rfc2136_remember(provider, apex, NULL);
        enum rz_status finished = rz_zone_finish(zone, RZ_ZONE_LIVE, diags);
        return status == RZ_NOT_FOUND ? finished : status;
    }
    rz_rfc2136_set_flag(provider, apex, RZ_RFC2136_SIGNED, take_signer_state(zone));
    status = rz_zone_finish(zone, RZ_ZONE_LIVE, diags);
    if (status == RZ_OK && provider->knot.socket)
        status = show_signing(provider, zone, diags);
    if (status != RZ_OK)
        return status;
    *revision = (struct rz_revision){
        .exists = true, .has_serial = zone->has_soa, .serial = zone->serial};
    rz_rfc2136_remember(provider, apex, rz_zone_find(zone, apex, RZ_TYPE_SOA));
    return RZ_OK;
}

enum rz_status rz_rfc2136_probe(struct rz_provider *base, const uint8_t *apex,
                                const struct rz_revision *revision, bool *same,
                                struct rz_diags *diags)
{
    uint32_t serial;
    struct rz_dns_peer peer = rz_rfc2136_peer((struct rz_rfc2136 *)base);
    enum rz_status status = rz_dns_serial(&peer, apex, &serial, diags);
    *same = status == RZ_OK && revision->has_serial && serial == revision->serial;
    return status;
}

static void set_outcomes(struct rz_batch *batch, enum rz_outcome outcome)
{
    for (size_t i = 0; i < batch->count; i++)
        batch->outcomes[i] = outcome;
}

/* The SOA that the zone must have: the remembered one, or the live one where that has the serial. */
static enum rz_status expected_soa(struct rz_rfc2136 *provider, const struct rz_batch *batch,
                                   unsigned flags, struct rz_arena *arena,
                                   const struct rz_rrset **soa, struct rz_diags *diags)
{
    const struct rz_revision *expected = &batch->expected;
    *soa = expected->has_serial && !flags
               ? rz_rfc2136_recall(provider, batch->apex, expected->serial, arena)
               : NULL;
    if (*soa)
        return RZ_OK;
    struct rz_dns_peer peer = rz_rfc2136_peer(provider);
    enum rz_status status = rz_dns_soa(&peer, batch->apex, arena, soa, diags);
    if (status != RZ_OK || !expected->has_serial || flags & RZ_RFC2136_SIGNED)
        return status;
    uint32_t serial = rz_dns_soa_serial(*soa);
    if (serial == expected->serial)
        return RZ_OK;
    char zone[RZ_NAME_TEXT_MAX];
    struct rz_diag *diag = rz_diags_add(diags, RZ3402, rz_place_named(provider->options.server),
                                        "%s has the serial %u, not %u as it was read",
                                        rz_name_text_plain(zone, batch->apex), serial,
                                        expected->serial);
    rz_diag_hint(diags, diag, "somebody else changed it meanwhile: plan again");
    return RZ_CONFLICT;
}

/* The SOA that an update left. A signer beside the zone (BIND's inline-signing) publishes a moment
 * later: then it is waited for, so that reading back finds what was done. */
static enum rz_status soa_after(struct rz_rfc2136 *provider, const uint8_t *apex, uint32_t before,
                                bool wait, struct rz_arena *arena, const struct rz_rrset **soa,
                                struct rz_diags *diags)
{
    struct rz_dns_peer peer = rz_rfc2136_peer(provider);
    struct rz_context *context = provider->context;
    int64_t end = context->ticks(context->user) + (int64_t)peer.timeout_ms;
    for (;;) {
        enum rz_status status = rz_dns_soa(&peer, apex, arena, soa, diags);
        if (status != RZ_OK || !wait || rz_dns_soa_serial(*soa) != before
            || context->ticks(context->user) >= end || rz_context_stopped(context))
            return status;
        context->sleep_ms(context, SIGNER_POLL_MS);
    }
}

/* The serial that the update left is what the next batch goes on from. */
static void refresh(struct rz_rfc2136 *provider, struct rz_batch *batch, uint32_t before,
                    bool is_signed, struct rz_arena *arena, struct rz_diags *diags)
{
    struct rz_diags trouble = {0};
    const struct rz_rrset *soa = NULL;
    if (soa_after(provider, batch->apex, before, is_signed, arena, &soa, &trouble) == RZ_OK) {
        batch->expected.has_serial = true;
        batch->expected.serial = rz_dns_soa_serial(soa);
    } else {
        soa = NULL;
        struct rz_diag *diag = rz_diags_add(
            diags, RZ3403, rz_place_named(provider->options.server),
            "the update was done, but the SOA could not be read afterwards");
        if (trouble.count)
            rz_diag_related(diags, diag, "%s", trouble.items[0].message);
        batch->expected.has_serial = false;
    }
    rz_diags_free(&trouble);
    rz_rfc2136_remember(provider, batch->apex, soa);
}

static enum rz_outcome outcome_of(enum rz_status status)
{
    switch (status) {
    case RZ_OK: return RZ_OUTCOME_DONE;
    case RZ_UNKNOWN: return RZ_OUTCOME_UNKNOWN;
    case RZ_CONFLICT:
    case RZ_REJECTED:
    case RZ_AUTH: return RZ_OUTCOME_NOT_DONE;
    default: return RZ_OUTCOME_NOT_SENT;
    }
}

/* After a conflict: whether the SOA is still what the update demanded. Then it is the server's idea of
 * equal that differs (PowerDNS 4.7 compares the text of an SOA that an UPDATE left), and the RRsets
 * themselves have to do as conditions. */
static bool is_soa_unmoved(struct rz_rfc2136 *provider, const uint8_t *apex,
                           const struct rz_rrset *soa, struct rz_arena *arena)
{
    struct rz_dns_peer peer = rz_rfc2136_peer(provider);
    struct rz_diags unused = {0};
    const struct rz_rrset *live;
    enum rz_status status = rz_dns_soa(&peer, apex, arena, &live, &unused);
    rz_diags_free(&unused);
    return status == RZ_OK && rz_rrset_equal(live, soa)
           && rz_dns_soa_serial(live) == rz_dns_soa_serial(soa);
}

static enum rz_status update(struct rz_rfc2136 *provider, const struct rz_batch *batch, bool loose,
                             const struct rz_rrset *soa, struct rz_arena *arena,
                             struct rz_diags *diags)
{
    struct rz_dns_peer peer = rz_rfc2136_peer(provider);
    if (loose)
        return rz_dns_update_loose(&peer, batch->apex, batch->changes, batch->count, soa, diags);
    struct rz_diags first = {0};
    enum rz_status status = rz_dns_update(&peer, batch->apex, batch->changes, batch->count, soa,
                                          &first);
    if (status == RZ_CONFLICT && is_soa_unmoved(provider, batch->apex, soa, arena)) {
        rz_diags_free(&first);
        status = rz_dns_update_loose(&peer, batch->apex, batch->changes, batch->count, soa, diags);
        rz_rfc2136_set_flag(provider, batch->apex, RZ_RFC2136_SOA_UNFIT, status == RZ_OK);
        return status;
    }
    rz_diags_take(diags, &first);
    return status;
}

enum rz_status rz_rfc2136_apply(struct rz_provider *base, struct rz_batch *batch,
                                struct rz_diags *diags)
{
    struct rz_rfc2136 *provider = (struct rz_rfc2136 *)base;
    struct rz_arena arena = {0};
    const struct rz_rrset *soa;
    unsigned flags = rz_rfc2136_flags(provider, batch->apex);
    set_outcomes(batch, RZ_OUTCOME_NOT_SENT);
    if (rz_rtype_is_signing(rz_change_subject(batch->changes[0])->type))
        return rz_rfc2136_apply_signing(provider, batch, diags);
    enum rz_status status = expected_soa(provider, batch, flags, &arena, &soa, diags);
    if (status == RZ_OK) {
        status = update(provider, batch, flags != 0, soa, &arena, diags);
        set_outcomes(batch, outcome_of(status));
        if (status == RZ_OK)
            refresh(provider, batch, rz_dns_soa_serial(soa), flags & RZ_RFC2136_SIGNED, &arena,
                    diags);
        else
            rz_rfc2136_remember(provider, batch->apex, NULL);
    }
    rz_arena_free(&arena);
    return status;
}
