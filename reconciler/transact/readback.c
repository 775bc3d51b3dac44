/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verification through the provider: what it has now against what it must have. */
#include "dns/rtype.h"
#include "transact/verify.h"

#define DIFFERENCES_SHOWN 20

struct reader {
    const struct rz_verify_request *request;
    struct rz_diags *diags;
    size_t differences, elsewhere; /* of what is the run's, and of what others may change */
};

/* What the target itself makes is not compared. */
static bool is_the_targets_own(const struct reader *reader, const struct rz_rrset *rrset)
{
    const struct rz_provider *provider = reader->request->provider;
    const struct rz_capabilities *can = provider->ops->capabilities(provider);
    if (can->signs_online && rz_rtype_flags(rrset->type) & RZ_RTYPE_SIGNER)
        return true;
    if (can->owns_soa && rrset->type == RZ_TYPE_SOA)
        return true;
    return can->owns_apex_ns && rrset->type == RZ_TYPE_NS
           && rz_name_equal(rrset->owner, reader->request->expected->apex.wire);
}

static bool was_changed(const struct rz_verify_request *request, const struct rz_rrset *rrset)
{
    for (size_t i = 0; i < request->count; i++) {
        const struct rz_rrset *subject = rz_change_subject(request->changes[i]);
        if (subject->type == rrset->type && rz_name_equal(subject->owner, rrset->owner))
            return true;
    }
    return false;
}

/* What others may change at any time, also while a run is under way: the document ignores it, or
 * names what it manages and not this. */
static bool is_for_others(const struct rz_verify_request *request, const struct rz_rrset *rrset)
{
    const struct rz_zone_plan *plan = request->plan;
    for (size_t i = 0; plan && i < plan->ignore_count; i++)
        if (rz_pattern_matches(&plan->ignore[i], plan->apex.wire, rrset))
            return true;
    return plan && plan->manage_listed;
}

static void report(struct reader *reader, const struct rz_rrset *expected,
                   const struct rz_rrset *found)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX], apex[RZ_NAME_TEXT_MAX];
    const struct rz_rrset *subject = expected ? expected : found;
    if (is_the_targets_own(reader, subject))
        return;
    bool changed = was_changed(reader->request, subject);
    if (!changed && is_for_others(reader->request, subject)) {
        reader->elsewhere++;
        return;
    }
    if (++reader->differences > DIFFERENCES_SHOWN)
        return;
    const struct rz_zone *zone = reader->request->expected;
    rz_name_text_relative(owner, subject->owner, zone->apex.wire);
    rz_rtype_text(type, subject->type);
    const char *what = !found                        ? "is not there"
                       : !expected                   ? "is there and should not be"
                       : found->ttl != expected->ttl ? "has another TTL"
                                                     : "has other records";
    struct rz_place place = expected ? rz_zone_place(zone, expected) : (struct rz_place){0};
    if (!place.name && !place.source)
        place.name = rz_name_text_plain(apex, zone->apex.wire);
    rz_diags_add(reader->diags, changed ? RZ5101 : RZ5102, place, "read back from %s, %s %s %s",
                 reader->request->provider->name, owner, type, what);
}

static void compare(struct reader *reader, const struct rz_zone *live)
{
    const struct rz_zone *expected = reader->request->expected;
    size_t e = 0, l = 0;
    while (e < expected->count || l < live->count) {
        int order = e == expected->count ? 1
                    : l == live->count
                        ? -1
                        : rz_rrset_compare_key(&expected->rrsets[e], &live->rrsets[l]);
        const struct rz_rrset *want = order <= 0 ? &expected->rrsets[e] : NULL;
        const struct rz_rrset *have = order >= 0 ? &live->rrsets[l] : NULL;
        if (!want || !have || !rz_rrset_equal(want, have))
            report(reader, want, have);
        e += order <= 0;
        l += order >= 0;
    }
}

static void note_elsewhere(const struct reader *reader)
{
    char apex[RZ_NAME_TEXT_MAX];
    if (reader->elsewhere)
        rz_diags_add(
            reader->diags, RZ5008,
            rz_place_named(rz_name_text_plain(apex, reader->request->expected->apex.wire)),
            "somebody else has changed %zu RRset%s at %s during the run that rezone leaves "
            "alone",
            reader->elsewhere, reader->elsewhere == 1 ? "" : "s", reader->request->provider->name);
}

enum rz_status rz_verify_readback(const struct rz_verify_request *request, uint32_t *serial,
                                  struct rz_diags *diags)
{
    struct rz_zone live;
    struct rz_revision revision = {0};
    struct reader reader = {.request = request, .diags = diags};
    enum rz_status status = request->provider->ops->fetch(
        request->provider, request->expected->apex.wire, &live, &revision, diags);
    if (status == RZ_OK) {
        if (revision.has_serial)
            *serial = revision.serial;
        if (!rz_hash_equal(live.fingerprint, request->expected->fingerprint) || !revision.exists)
            compare(&reader, &live);
        note_elsewhere(&reader);
    }
    rz_zone_free(&live);
    return status != RZ_OK ? status : reader.differences ? RZ_CONFLICT : RZ_OK;
}
