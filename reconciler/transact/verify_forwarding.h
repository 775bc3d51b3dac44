/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verification of a resolver's rules: it is asked, as its clients ask it. */
#ifndef RZ_TRANSACT_VERIFY_FORWARDING_H
#define RZ_TRANSACT_VERIFY_FORWARDING_H

#include "transact/verify.h"

/* Asks each of the provider's `servers` for a name below the domain of each rule of the request that
 * forwards, one that no cache has: the rule works where the resolver gets any answer, also that there is none. Again and again
 * until it does or `verify: timeout` is over, where the request waits. RZ_CONFLICT, with RZ6109, where
 * the resolver answers that it failed; RZ_NETWORK where it does not answer. */
enum rz_status rz_verify_forwarding(const struct rz_verify_request *request,
                                    struct rz_verify_result *result, struct rz_diags *diags);

#endif
