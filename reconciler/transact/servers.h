/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which servers are authoritative for a zone, as verification asks them. */
#ifndef RZ_TRANSACT_SERVERS_H
#define RZ_TRANSACT_SERVERS_H

#include "transact/verify.h"

#define RZ_SERVERS_MAX 64

/* Writes at most RZ_SERVERS_MAX addresses and returns how many: those of `verify: {servers: …}`, else
 * the provider's, else (with `auto` among the first) the apex NS by their addresses in the zone or by `verify: {resolvers: …}`, else the machine's resolvers, for five seconds at most. `*expected` is false where none are to be had
 * on purpose: files that nobody serves. */
size_t rz_verify_servers(const struct rz_verify_request *request, struct rz_server *servers,
                         bool *expected, struct rz_diags *diags);

#endif
