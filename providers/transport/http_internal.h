/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HTTP transport inside: a client's pool of connections, one attempt at a request, and how
 * failures are told. */
#ifndef RZ_TRANSPORT_HTTP_INTERNAL_H
#define RZ_TRANSPORT_HTTP_INTERNAL_H

#include <curl/curl.h>
#include <pthread.h>

#include "transport/http.h"

struct rz_http_client {
    struct rz_context *context;
    char *base;          /* URL without a final slash */
    struct rz_buffer ca; /* certificates in PEM; empty: the system's */
    uint64_t connect_timeout_ms, timeout_ms;
    size_t response_limit;
    unsigned retries;
    bool unverified;
    struct curl_slist *resolve; /* host, port and address; NULL: as the resolver says */
    pthread_mutex_t lock;       /* of all below */
    CURL **idle;                /* handles that keep their connections */
    size_t idle_count, idle_capacity;
    double interval_ms;             /* between requests at the highest rate; 0: no bound */
    double due;                     /* ticks at which the bucket would be full again */
    size_t reserved, reserved_last; /* requests left of the last reservation, and all of it */
    double reserved_due;            /* ticks at which the next of them is due */
    int64_t down_until;             /* ticks until which failures are not worth another try */
};

/* One attempt, and what it left. */
struct rz_http_attempt {
    struct rz_http_client *client;
    const struct rz_http_request *request;
    struct rz_http_response *response;
    CURL *curl;
    CURLcode result;
    char message[CURL_ERROR_SIZE];
    size_t received, header_octets; /* body octets after decompression; octets of headers */
    long retry_after;               /* seconds the server asks for; 0: not said */
    bool sent;                      /* octets of the request went out */
    bool streamed;                  /* `receive` has had octets */
    bool stopped;                   /* `receive` asked to end */
    bool over_limit, header_limit, cancelled;
    bool again;              /* a retry */
    struct rz_buffer sample; /* of a streamed reply, for the trace */
};

/* Octets of reply headers that are read at most. */
#define RZ_HTTP_HEADERS_MAX ((size_t)256 << 10)

/* libcurl as a whole, the first time. */
void rz_http_start(void);
/* CA certificates of a file below the project, checked; RZ_INVALID with a diagnostic. */
enum rz_status rz_http_read_ca(const struct rz_context *context, const char *path,
                               struct rz_buffer *ca, struct rz_place place, struct rz_diags *diags);
/* The list with a copy of the text; never NULL, so that no recipient or address is left out. */
struct curl_slist *rz_http_list_add(struct curl_slist *list, const char *text);
/* "host:port:address", as CURLOPT_RESOLVE takes it. */
struct curl_slist *rz_http_resolve(const char *host, unsigned port, const char *address);

/* Handle out of the pool; never NULL. */
CURL *rz_http_take(struct rz_http_client *client);
/* `broken`: its request failed, so that there is no connection to keep. */
void rz_http_give_back(struct rz_http_client *client, CURL *curl, bool broken);
/* Waits until the rate allows another request. */
void rz_http_pace(struct rz_http_client *client);

/* The path as it may be shown. */
static inline const char *rz_http_shown_path(const struct rz_http_attempt *attempt)
{
    return attempt->request->secret_path ? "/***" : attempt->request->path;
}
/* Makes the attempt; attempt->result and its flags say how it went. */
void rz_http_attempt(struct rz_http_attempt *attempt, struct curl_slist *headers);
/* Adds the diagnostic of a failed attempt and returns its status. */
enum rz_status rz_http_explain(const struct rz_http_attempt *attempt, struct rz_diags *diags);

#endif
