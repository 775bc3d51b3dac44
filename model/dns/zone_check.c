/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Structural errors of a zone, found in one walk: canonical order puts the RRsets of an owner side by
 * side and what is below a name right behind it. */
#include "dns/zone_check.h"

#include "dns/rtype.h"

#define TTL_MAX 0x7fffffffu

struct checker {
    const struct rz_zone *zone;
    struct rz_diags *diags;
    const struct rz_zone_check_levels *levels;
    const struct rz_rrset *dname; /* the last DNAME met; what is below it follows it */
    bool has_cname;               /* somewhere in the zone */
    bool failed;
};

static int level_of(const struct checker *checker, enum rz_code code)
{
    return checker->levels ? checker->levels->of(checker->levels->user, code) : RZ_ERROR;
}

/* Gives a diagnostic the level that is set for it. */
static struct rz_diag *settle(struct checker *checker, struct rz_diag *diag, int level)
{
    rz_diag_set_severity(checker->diags, diag, (enum rz_severity)level);
    checker->failed |= level == RZ_ERROR;
    return diag;
}

/* NULL where the code is switched off. */
static struct rz_diag *report(struct checker *checker, enum rz_code code,
                              const struct rz_rrset *rrset, const char *what)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    int level = level_of(checker, code);
    if (level < 0)
        return NULL;
    rz_name_text_relative(owner, rrset->owner, checker->zone->apex.wire);
    return settle(checker,
                  rz_diags_add(checker->diags, code, rz_zone_place(checker->zone, rrset),
                               "%s %s %s", owner, rz_rtype_text(type, rrset->type), what),
                  level);
}

static void relate(struct checker *checker, struct rz_diag *diag, const struct rz_rrset *other)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    const char *file = rz_zone_origin_file(checker->zone, other);
    if (file && other->line)
        rz_diag_related(checker->diags, diag, "%s %s given at %s:%u:%u",
                        rz_name_text_relative(owner, other->owner, checker->zone->apex.wire),
                        rz_rtype_text(type, other->type), file, other->line, other->column);
}

/* RFC 2181 §10.1; beside a CNAME only what signs it (RFC 4035 §2.5). */
static bool may_join_cname(uint16_t type)
{
    return type == RZ_TYPE_RRSIG || type == RZ_TYPE_NSEC;
}

/* One owner's RRsets: a CNAME and other data. The CNAME itself is the one complained of. */
static void check_owner(struct checker *checker, const struct rz_rrset *sets, size_t count)
{
    const struct rz_rrset *alone = NULL, *other = NULL, *delegation = NULL, *ds = NULL;
    bool at_apex = rz_name_equal(sets->owner, checker->zone->apex.wire);
    for (size_t i = 0; i < count; i++) {
        if (rz_rtype_flags(sets[i].type) & RZ_RTYPE_ALONE)
            alone = &sets[i];
        else if (!may_join_cname(sets[i].type) && !other)
            other = &sets[i];
        if (sets[i].type == RZ_TYPE_NS)
            delegation = &sets[i];
        if (sets[i].type == RZ_TYPE_DS)
            ds = &sets[i];
    }
    if (alone && at_apex) {
        struct rz_diag *diag = report(checker, RZ1204, alone,
                                      "stands at the apex, where SOA and NS are");
        rz_diag_hint(checker->diags, diag,
                     "write the target's A and AAAA records instead, or ALIAS "
                     "where the provider takes it");
    } else if (alone && other) {
        struct rz_diag *diag = report(checker, RZ1201, alone,
                                      "has other records beside it (RFC 2181 §10.1)");
        rz_diag_hint(checker->diags, diag, "delete the CNAME, or all other records of its owner");
        relate(checker, diag, other);
    }
    if (ds && at_apex) {
        struct rz_diag *diag = report(checker, RZ1208, ds, "stands at the apex");
        rz_diag_hint(checker->diags, diag,
                     "a zone's DS belongs into its parent zone (RFC 4035 §2.4)");
    } else if (ds && !delegation) {
        struct rz_diag *diag = report(checker, RZ1208, ds, "has no NS beside it");
        rz_diag_hint(checker->diags, diag,
                     "a DS belongs to a delegation: add the NS records or delete it");
    }
}

/* Types that mean something only at the apex. CDS and CDNSKEY are not among them: bootstrapping puts
 * them below `_signal` names (RFC 9615 §3). */
static bool is_apex_type(uint16_t type)
{
    return type == RZ_TYPE_SOA || type == RZ_TYPE_DNSKEY || type == RZ_TYPE_NSEC3PARAM
           || type == RZ_TYPE_ZONEMD;
}

static void check_below_dname(struct checker *checker, const struct rz_rrset *rrset)
{
    const struct rz_rrset *dname = checker->dname;
    if (!dname || rz_name_equal(rrset->owner, dname->owner))
        return;
    if (!rz_name_in(rrset->owner, dname->owner)) {
        checker->dname = NULL;
        return;
    }
    if (rrset->type == RZ_TYPE_NSEC3 || rrset->type == RZ_TYPE_RRSIG)
        return; /* hashed owners below an apex DNAME */
    struct rz_diag *diag = report(checker, RZ1205, rrset, "is below a DNAME (RFC 6672 §2.4)");
    rz_diag_hint(checker->diags, diag, "delete it, or the DNAME that redirects all names below it");
    relate(checker, diag, dname);
}

static void check_rrset(struct checker *checker, const struct rz_rrset *rrset)
{
    unsigned flags = rz_rtype_flags(rrset->type);
    if (flags & RZ_RTYPE_SINGLE && rrset->rdata_count > 1) {
        struct rz_diag *diag = report(checker, RZ1202, rrset,
                                      "has several records, but may have one");
        rz_diag_hint(checker->diags, diag, "keep one of them");
    }
    if (flags & RZ_RTYPE_META || rrset->type == 0) {
        struct rz_diag *diag = report(checker, RZ1207, rrset, "is never data of a zone");
        rz_diag_hint(checker->diags, diag, "delete it: it is a type of questions or messages");
    }
    if (is_apex_type(rrset->type) && !rz_name_equal(rrset->owner, checker->zone->apex.wire)) {
        struct rz_diag *diag = report(checker, RZ1206, rrset, "may stand at the apex only");
        rz_diag_hint(checker->diags, diag, "move it to `@`, or into a zone of its own");
    }
    if (rrset->ttl > TTL_MAX) {
        struct rz_diag *diag = report(checker, RZ1209, rrset,
                                      "has a TTL above 2147483647 (RFC 2181 §8)");
        rz_diag_hint(checker->diags, diag,
                     "a TTL is at most 2147483647 seconds, better at most 1w");
    }
}

/* The RRset whose targets are looked at. */
struct target_check {
    struct checker *checker;
    const struct rz_rrset *rrset;
};

/* RFC 2181 §10.3, RFC 2782: hosts that NS, MX and SRV name have addresses of their own. */
static void check_target(void *user, const uint8_t *target)
{
    const struct target_check *check = user;
    struct checker *checker = check->checker;
    const struct rz_rrset *cname = rz_zone_find(checker->zone, target, RZ_TYPE_CNAME);
    int level = level_of(checker, RZ1203);
    if (!cname || level < 0)
        return;
    char alias[RZ_NAME_TEXT_MAX], final[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    char owner[RZ_NAME_TEXT_MAX];
    struct rz_rdata_cursor c = rz_rrset_rdata(cname);
    rz_rdata_next(&c);
    const uint8_t *apex = checker->zone->apex.wire;
    struct rz_diag *diag = rz_diags_add(
        checker->diags, RZ1203, rz_zone_place(checker->zone, check->rrset),
        "%s %s names %s, which is a CNAME (RFC 2181 §10.3)",
        rz_name_text_relative(owner, check->rrset->owner, apex),
        rz_rtype_text(type, check->rrset->type), rz_name_text_relative(alias, target, apex));
    settle(checker, diag, level);
    rz_diag_hint(checker->diags, diag, "name the CNAME's target, %s", rz_name_text(final, c.wire));
    relate(checker, diag, cname);
}

static void check_targets(struct checker *checker, const struct rz_rrset *rrset)
{
    if (rrset->type != RZ_TYPE_NS && rrset->type != RZ_TYPE_MX && rrset->type != RZ_TYPE_SRV)
        return;
    struct target_check check = {checker, rrset};
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
        rz_rdata_names(rrset->type, c.wire, c.size, check_target, &check);
}

enum rz_status rz_zone_check(const struct rz_zone *zone, struct rz_diags *diags)
{
    return rz_zone_check_with(zone, NULL, diags);
}

enum rz_status rz_zone_check_with(const struct rz_zone *zone,
                                  const struct rz_zone_check_levels *levels, struct rz_diags *diags)
{
    struct checker checker = {.zone = zone, .diags = diags, .levels = levels};
    const struct rz_rrset *sets = zone->rrsets;
    for (size_t from = 0, i = 0; i < zone->count; i++) {
        check_below_dname(&checker, &sets[i]);
        check_rrset(&checker, &sets[i]);
        if (sets[i].type == RZ_TYPE_DNAME && !checker.dname)
            checker.dname = &sets[i];
        checker.has_cname |= sets[i].type == RZ_TYPE_CNAME;
        bool last = i + 1 == zone->count || !rz_name_equal(sets[i].owner, sets[i + 1].owner);
        if (!last)
            continue;
        check_owner(&checker, sets + from, i + 1 - from);
        from = i + 1;
    }
    if (checker.has_cname)
        for (size_t i = 0; i < zone->count; i++)
            check_targets(&checker, &sets[i]);
    return checker.failed ? RZ_INVALID : RZ_OK;
}
