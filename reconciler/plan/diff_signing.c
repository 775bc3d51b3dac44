/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a zone shall be signed, against how it is. Keys that are in use are not exchanged by a plan: that
 * takes steps with waits in between. */
#include "dns/rtype.h"
#include "dns/signing.h"
#include "plan/diff_internal.h"

static bool read(struct rz_signing *signing, const struct rz_rrset *rrset)
{
    struct rz_rdata_cursor c = rz_rrset_rdata(rrset);
    return rz_rdata_next(&c) && rz_signing_from_wire(signing, c.wire, c.size);
}

/* What the files say of signing; NULL: nothing, so that it is left alone. */
static const struct rz_rrset *wish(const struct rz_differ *differ)
{
    return rz_zone_find(differ->desired, differ->plan->apex.wire, RZ_TYPE_DNSSEC);
}

static bool shall_be_unsigned(const struct rz_rrset *wish)
{
    struct rz_signing signing;
    return read(&signing, wish) && signing.mode == RZ_SIGNING_UNSIGNED;
}

/* Some live key does the work of each one that the file wants. */
static bool keys_do(const struct rz_rrset *live, const struct rz_rrset *desired)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(desired); rz_rdata_next(&c);)
        if (!rz_signing_keys_contain(live, c.wire, c.size))
            return false;
    return true;
}

/* A live key that signs as the file wants none: of another algorithm, size, or role. */
static bool has_other_key(const struct rz_rrset *live, const struct rz_rrset *desired)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(live); rz_rdata_next(&c);) {
        struct rz_signing_key key;
        if (rz_signing_key_from_wire(&key, c.wire, c.size) && key.state == RZ_KEY_ACTIVE
            && !rz_signing_keys_contain(desired, c.wire, c.size))
            return true;
    }
    return false;
}

static void compare_keys(struct rz_differ *differ, const struct rz_rrset *live,
                         const struct rz_rrset *desired)
{
    if (keys_do(live, desired) && !has_other_key(live, desired))
        return;
    struct rz_diags *diags = &differ->plan->diags;
    struct rz_diag *diag = rz_diags_add(
        diags, RZ6003, rz_zone_place(differ->desired, desired),
        "the keys that sign the zone at %s are of another kind than the file wants",
        differ->plan->target);
    rz_diag_hint(diags, diag,
                 "they are left as they are: a plan does not exchange keys, since resolvers need "
                 "time in between");
}

bool rz_diff_is_presigned(const struct rz_rrset *live)
{
    struct rz_signing signing;
    return live && live->type == RZ_TYPE_DNSSEC && read(&signing, live)
           && signing.mode == RZ_SIGNING_PRESIGNED;
}

static void refuse_presigned(struct rz_differ *differ, const struct rz_rrset *wish)
{
    struct rz_diags *diags = &differ->plan->diags;
    struct rz_diag *diag = rz_diags_add(
        diags, RZ6001, rz_zone_place(differ->desired, wish),
        "the signatures of the zone at %s come with its data: the server makes none",
        differ->plan->target);
    rz_diag_hint(diags, diag,
                 "leave `dnssec` out, or take that off the zone there (PowerDNS: `pdnsutil "
                 "unset-presigned`)");
}

static void unsign(struct rz_differ *differ, const struct rz_rrset *live,
                   const struct rz_rrset *wish)
{
    if (rz_diff_is_presigned(live))
        refuse_presigned(differ, wish);
    else if (live->type == RZ_TYPE_DNSSEC ? rz_capability_check(differ, wish)
                                          : rz_capability_has(differ, wish))
        rz_diff_change(differ, live, NULL);
}

void rz_diff_signing(struct rz_differ *differ, const struct rz_rrset *live,
                     const struct rz_rrset *desired)
{
    const struct rz_rrset *wanted = wish(differ);
    bool signs = differ->options->capabilities->signs;
    if (!wanted)
        return;
    if (shall_be_unsigned(wanted)) {
        if (live)
            unsign(differ, live, wanted);
        return;
    }
    if (!desired || (!signs && desired->type == RZ_TYPE_DNSSECKEY))
        return; /* where nothing can be signed, it is said once */
    if (rz_diff_is_presigned(live))
        refuse_presigned(differ, desired);
    else if (live && desired->type == RZ_TYPE_DNSSECKEY)
        compare_keys(differ, live, desired);
    else if (rz_capability_check(differ, desired) && (!live || !rz_rrset_same_rdata(live, desired)))
        rz_diff_change(differ, live, desired);
}
