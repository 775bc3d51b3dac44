/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of the kinds of change, and what one leaves that was made in part. */
#include "dns/change.h"

bool rz_change_is_partial(struct rz_change change, const struct rz_rrset *now)
{
    const struct rz_rrset *before = change.before, *after = change.after;
    if (!now || !((before && now->ttl == before->ttl) || (after && now->ttl == after->ttl)))
        return false;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(now); rz_rdata_next(&c);)
        if (!(before && rz_rrset_contains(before, c.wire, c.size))
            && !(after && rz_rrset_contains(after, c.wire, c.size)))
            return false;
    return true;
}

const char *rz_change_kind_text(enum rz_change_kind kind)
{
    static const char *const texts[] = {"create", "update", "delete"};
    return texts[kind];
}
