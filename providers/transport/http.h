/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one HTTP path, on libcurl: keep-alive, TLS verification, bounds, retries, trace. */
#ifndef RZ_TRANSPORT_HTTP_H
#define RZ_TRANSPORT_HTTP_H

#include "context.h"
#include "secret.h"
#include "support/buffer.h"
#include "support/diag.h"

/* Connections to one origin, shared by worker threads. */
struct rz_http_client;

struct rz_http_options {
    const char *url;                         /* base, "https://api.example.net:8443/prefix" */
    const char *ca_file;                     /* NULL: the system's */
    uint64_t connect_timeout_ms, timeout_ms; /* 0: 10 s and 120 s */
    size_t response_limit;                   /* octets; 0: 1 GiB */
    double rate;                             /* requests a second over all threads; 0: no bound */
    unsigned retries;                        /* of idempotent requests; default 4 when 0 */
    bool once;                               /* no second try */
    /* The one address to connect to, in place of what the resolver finds; no proxy then. NULL: none. */
    const char *address;
    bool unverified; /* any certificate is taken: only where a user asks for that */
};

/* No network. RZ_INVALID with a diagnostic at `place` for a URL that is no http(s) URL, has
 * credentials in it, or a CA file that cannot be read. */
enum rz_status rz_http_client_open(struct rz_http_client **client,
                                   const struct rz_http_options *options,
                                   struct rz_context *context, struct rz_place place,
                                   struct rz_diags *diags);
void rz_http_client_close(struct rz_http_client *client);

#define RZ_HTTP_HEADERS 8

struct rz_http_request {
    const char *method, *path; /* path with query, below the base URL */
    const char *secret_header; /* "X-API-Key" or "Authorization"; NULL: none */
    const struct rz_secret *secret;
    const char *secret_prefix; /* "Bearer "; NULL: none */
    const char *content_type;  /* NULL: application/json where there is a body */
    const char *accept;        /* NULL: any */
    /* Whole lines without line ends, at most RZ_HTTP_HEADERS, ends in NULL; NULL: none. Not secret. */
    const char *const *headers;
    struct rz_str body;
    bool idempotent;   /* may be retried on 502–504 and connection errors; any request on 429 */
    bool confidential; /* bodies are secrets: no trace shows them */
    bool secret_path;  /* so is the path: neither a trace nor a diagnostic does */
    /* Body octets as they arrive, of 2xx replies only; NULL: collected in response->body. Returning
     * false ends the transfer, and rz_http_send returns RZ_OK: the receiver knows why. A retry calls
     * `restart` first; without one there is no retry once octets have come. */
    bool (*receive)(void *user, const char *data, size_t size);
    void (*restart)(void *user);
    void *user;
};

struct rz_http_response {
    int status;            /* HTTP status, 0 without a reply */
    long retry_after;      /* seconds, of 429 and 503; 0: not said */
    int64_t date;          /* the server's clock, seconds since 1970; 0: not said */
    struct rz_buffer body; /* free with rz_buffer_free */
};

/* RZ_OK: a reply of whatever HTTP status arrived whole. RZ_NETWORK: none, and the request cannot
 * have been acted on or is idempotent. RZ_UNKNOWN: a request that is not idempotent was sent and its
 * reply is missing. RZ_LIMIT: the reply passes response_limit. RZ_CANCELLED: context->cancelled is 2.
 * RZ_INVALID: the secret has control characters. Each but RZ_OK with a diagnostic that names the
 * server and the way out. Redirects are not followed: their 3xx status is returned. */
enum rz_status rz_http_send(struct rz_http_client *client, const struct rz_http_request *request,
                            struct rz_http_response *response, struct rz_diags *diags);

#endif
