/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signed zones: the chain from the parent's DS to the zone's keys, and from them to what was changed
 * (RFC 4035 §5), at each server. */
#ifndef RZ_TRANSACT_VERIFY_SIGNED_H
#define RZ_TRANSACT_VERIFY_SIGNED_H

#include "transact/expectation.h"
#include "transact/verify.h"

struct rz_signed_servers {
    const struct rz_server *servers;
    size_t count;
    const char **found; /* of each: a static text, what came of it; NULL: nothing was validated */
};

/* RZ_OK: the zone is not signed, its parent has no DS or cannot be asked (a note), or all is as it must
 * be at every server: the DNSKEY set by a key of the DS, the SOA and the expected answers (the first of
 * many) by keys of the zone. RZ_CONFLICT with a diagnostic for each server else, after the time of
 * `verify:` where request->wait: signers lag too. */
enum rz_status rz_verify_signed(struct rz_signed_servers *servers,
                                const struct rz_verify_request *request,
                                const struct rz_expectation *expectations, size_t count,
                                struct rz_diags *diags);

#endif
