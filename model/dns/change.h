/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A change of one RRset, the unit that plans show, providers carry out and rollbacks invert. */
#ifndef RZ_DNS_CHANGE_H
#define RZ_DNS_CHANGE_H

#include "dns/rrset.h"

/* `before` is the live RRset (NULL: create), `after` the desired one (NULL: delete). */
struct rz_change {
    const struct rz_rrset *before, *after;
};

enum rz_change_kind { RZ_CREATE, RZ_UPDATE, RZ_DELETE };

static inline enum rz_change_kind rz_change_kind(struct rz_change change)
{
    return !change.before ? RZ_CREATE : change.after ? RZ_UPDATE : RZ_DELETE;
}
/* The RRset that names owner and type: `after`, or `before` of a delete. */
static inline const struct rz_rrset *rz_change_subject(struct rz_change change)
{
    return change.after ? change.after : change.before;
}
static inline struct rz_change rz_change_inverse(struct rz_change change)
{
    return (struct rz_change){change.after, change.before};
}
/* Whether `now` (NULL: absent) is what a change leaves that was made in part, record by record: each
 * record and the TTL are of `before` or of `after`. */
bool rz_change_is_partial(struct rz_change change, const struct rz_rrset *now);
const char *rz_change_kind_text(enum rz_change_kind kind); /* "create", "update", "delete" */

#endif
