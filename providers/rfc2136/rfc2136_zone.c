/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a zone and carrying out one batch. A batch is one UPDATE message, good only for the SOA that
 * was fetched or that the batch before it left. */
#include "rfc2136/rfc2136.h"

#include "dns/rtype.h"

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
    status = rz_zone_finish(zone, RZ_ZONE_LIVE, diags);
    if (status != RZ_OK)
        return status;
    *revision = (struct rz_revision){
        .exists = true, .has_serial = zone->has_soa, .serial = zone->serial};
    rz_rfc2136_remember(provider, apex, rz_zone_find(zone, apex, RZ_TYPE_SOA));
    return RZ_OK;
}

static void set_outcomes(struct rz_batch *batch, enum rz_outcome outcome)
{
    for (size_t i = 0; i < batch->count; i++)
        batch->outcomes[i] = outcome;
}

/* The SOA that the zone must have: the remembered one, or the live one where that has the serial. */
static enum rz_status expected_soa(struct rz_rfc2136 *provider, const struct rz_batch *batch,
                                   struct rz_arena *arena, const struct rz_rrset **soa,
                                   struct rz_diags *diags)
{
    const struct rz_revision *expected = &batch->expected;
    *soa = expected->has_serial
               ? rz_rfc2136_recall(provider, batch->apex, expected->serial, arena)
               : NULL;
    if (*soa)
        return RZ_OK;
    struct rz_dns_peer peer = rz_rfc2136_peer(provider);
    enum rz_status status = rz_dns_soa(&peer, batch->apex, arena, soa, diags);
    if (status != RZ_OK || !expected->has_serial)
        return status;
    uint32_t serial = rz_dns_soa_serial(*soa);
    if (serial == expected->serial)
        return RZ_OK;
    char zone[RZ_NAME_TEXT_MAX];
    struct rz_diag *diag = rz_diags_add(
        diags, RZ3402, rz_place_named(provider->options.server),
        "%s has the serial %u, not %u as it was read", rz_name_text_plain(zone, batch->apex), serial,
        expected->serial);
    rz_diag_hint(diags, diag, "somebody else changed it meanwhile: plan again");
    return RZ_CONFLICT;
}

/* The serial that the update left is what the next batch goes on from. */
static void refresh(struct rz_rfc2136 *provider, struct rz_batch *batch, struct rz_arena *arena,
                    struct rz_diags *diags)
{
    struct rz_dns_peer peer = rz_rfc2136_peer(provider);
    struct rz_diags trouble = {0};
    const struct rz_rrset *soa = NULL;
    if (rz_dns_soa(&peer, batch->apex, arena, &soa, &trouble) == RZ_OK) {
        batch->expected.has_serial = true;
        batch->expected.serial = rz_dns_soa_serial(soa);
    } else {
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

enum rz_status rz_rfc2136_apply(struct rz_provider *base, struct rz_batch *batch,
                                struct rz_diags *diags)
{
    struct rz_rfc2136 *provider = (struct rz_rfc2136 *)base;
    struct rz_dns_peer peer = rz_rfc2136_peer(provider);
    struct rz_arena arena = {0};
    const struct rz_rrset *soa;
    set_outcomes(batch, RZ_OUTCOME_NOT_SENT);
    enum rz_status status = expected_soa(provider, batch, &arena, &soa, diags);
    if (status == RZ_OK) {
        status = rz_dns_update(&peer, batch->apex, batch->changes, batch->count, soa, diags);
        set_outcomes(batch, outcome_of(status));
        if (status == RZ_OK)
            refresh(provider, batch, &arena, diags);
        else
            rz_rfc2136_remember(provider, batch->apex, NULL);
    }
    rz_arena_free(&arena);
    return status;
}
