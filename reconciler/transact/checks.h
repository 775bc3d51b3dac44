/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carrying out the `checks:` of a zone: the last part of verification. */
#ifndef RZ_TRANSACT_CHECKS_H
#define RZ_TRANSACT_CHECKS_H

#include "transact/verify.h"

/* Runs the checks that are due (after apply: request->wait; else in `verify`, where each has one try),
 * a few at a time, within the timeout of `verify:`. What was found goes to request->report, and each
 * failure is a diagnostic at the check's own line; then RZ_CONFLICT. */
enum rz_status rz_checks_run(const struct rz_verify_request *request, const struct rz_check *checks,
                             size_t count, struct rz_diags *diags);

/* One try of one check, as checks_try.c makes it. */
struct rz_check_try {
    const struct rz_verify_request *request;
    const struct rz_check *check;
    int64_t timeout_ms;
    struct rz_buffer said; /* what was found; the caller frees it */
};
/* Whether it passed. */
bool rz_check_attempt(struct rz_check_try *attempt);
/* The same for `dns:` checks. */
bool rz_check_attempt_dns(struct rz_check_try *attempt);

#endif
