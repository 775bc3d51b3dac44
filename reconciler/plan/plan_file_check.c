/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a plan may still be applied: its age, its inputs, the live zone. */
#include <inttypes.h>

#include "dns/rtype.h"
#include "plan/plan_file.h"

enum rz_status rz_plan_file_check(const struct rz_plan *plan, int64_t now,
                                  const char *sources_digest, struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    if (now >= plan->expires) {
        struct rz_diag *diag = rz_diags_add(diags, RZ4103, (struct rz_place){0},
                                            "plan %s expired %" PRId64 " minutes ago", plan->id,
                                            (now - plan->expires) / 60);
        rz_diag_hint(diags, diag,
                     "make a new plan; `policy: {plan_expires: …}` sets how long one is good");
        status = RZ_REFUSED;
    }
    if (sources_digest && strcmp(sources_digest, plan->sources_digest) != 0) {
        struct rz_diag *diag = rz_diags_add(
            diags, RZ4104, (struct rz_place){0},
            "the files here are not those plan %s was made from%s%s", plan->id,
            plan->commit ? ", commit " : "", plan->commit ? plan->commit : "");
        rz_diag_hint(diags, diag,
                     "make a new plan, check that commit out, or say --ignore-sources");
        status = RZ_REFUSED;
    }
    return status;
}

static void describe(struct rz_buffer *out, const struct rz_rrset *rrset)
{
    if (!rrset) {
        rz_buffer_text(out, "not there");
        return;
    }
    rz_buffer_uint(out, rrset->ttl);
    const char *separator = " ";
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c); separator = ", ") {
        rz_buffer_text(out, separator);
        rz_rdata_print(out, rrset->type, c.wire, c.size);
    }
}

static void report_moved(const struct rz_zone_plan *plan, const struct rz_rrset *before,
                         const struct rz_rrset *now, struct rz_diags *diags)
{
    char apex[RZ_NAME_TEXT_MAX], owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    const struct rz_rrset *subject = before ? before : now;
    RZ_BUFFER_CLEANUP struct rz_buffer is = {.limit = 400};
    RZ_BUFFER_CLEANUP struct rz_buffer was = {.limit = 400};
    describe(&is, now);
    describe(&was, before);
    rz_name_text_relative(owner, subject->owner, plan->apex.wire);
    struct rz_diag *diag = rz_diags_add(
        diags, RZ4105, rz_place_named(rz_name_text_plain(apex, plan->apex.wire)),
        "%s %s has changed on %s since the plan: it is %s, and was %s", owner,
        rz_rtype_text(type, subject->type), plan->target, is.data, was.data);
    rz_diag_hint(diags, diag, "make a new plan");
}

enum rz_status rz_plan_stale(const struct rz_zone_plan *plan, const struct rz_zone *live,
                             bool *unrelated, struct rz_diags *diags)
{
    bool stale = false;
    *unrelated = false;
    /* Also where the fingerprints agree: what is journalled as `before` must be what is there. */
    for (size_t i = 0; i < plan->count; i++) {
        const struct rz_change change = plan->changes[i].change;
        const struct rz_rrset *subject = rz_change_subject(change);
        const struct rz_rrset *now = rz_zone_find(live, subject->owner, subject->type);
        if (!now && !change.before)
            continue;
        if (now && change.before && rz_rrset_equal(now, change.before))
            continue;
        report_moved(plan, change.before, now, diags);
        stale = true;
    }
    *unrelated = !stale && !rz_hash_equal(plan->live_fingerprint, live->fingerprint);
    return stale ? RZ_REFUSED : RZ_OK;
}
