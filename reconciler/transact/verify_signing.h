/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verification that a zone is signed as it must be, by asking its servers. */
#ifndef RZ_TRANSACT_VERIFY_SIGNING_H
#define RZ_TRANSACT_VERIFY_SIGNING_H

#include "transact/verify.h"

/* Where changes of the request are of signing: every server has just the keys that the provider says are
 * published, signs them and the SOA with keys that sign, and proves absence as it must; of a zone that
 * went unsigned none of that is left. Asked again until all agree or the time is up. RZ_CONFLICT with
 * diagnostics where not. */
enum rz_status rz_verify_signing(const struct rz_verify_request *request,
                                 const struct rz_server *servers, size_t count,
                                 struct rz_verify_result *result, struct rz_diags *diags);

#endif
