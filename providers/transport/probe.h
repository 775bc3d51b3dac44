/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a service answers: connections that are made only to be looked at. On libcurl, like all
 * HTTP and TLS. */
#ifndef RZ_TRANSPORT_PROBE_H
#define RZ_TRANSPORT_PROBE_H

#include "context.h"
#include "support/buffer.h"

struct rz_probe {
    const char *host; /* without brackets; of the URL for HTTP, which need not give it */
    uint16_t port;
    const char *url;     /* of rz_probe_http, with path and query */
    const char *address; /* to connect to, in place of what the resolver finds; NULL: resolve */
    const char *name;    /* that the certificate must have; NULL: the host */
    const char *ca_file; /* below the project; NULL: the system's */
    int64_t timeout_ms;
    struct rz_context *context;
};

/* Free `said` and `body`. */
struct rz_probe_answer {
    bool reached;          /* connected, with TLS where wanted, and for HTTP answered */
    struct rz_buffer said; /* what was found in words, or why it was not reached */
    int64_t not_after;     /* of the certificate, seconds since 1970; 0: none */
    int status;            /* of HTTP */
    struct rz_buffer body; /* its first MiB */
};

/* Whether this machine has a route to the address: hosts without IPv6 have none to much of it. */
bool rz_probe_has_route(const char *address);
/* A TCP connection, nothing sent. */
void rz_probe_tcp(const struct rz_probe *probe, struct rz_probe_answer *answer);
/* A TLS connection whose certificate is trusted and has the name; nothing sent within it. */
void rz_probe_tls(const struct rz_probe *probe, struct rz_probe_answer *answer);
/* One GET by the HTTP transport. */
void rz_probe_http(const struct rz_probe *probe, struct rz_probe_answer *answer);

#endif
