/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dnsservices provider inside: the User API of DNS.services. One record a request, no transaction:
 * order, parallel requests, reading back and undoing are rezone's. */
#ifndef RZ_DNSSERVICES_H
#define RZ_DNSSERVICES_H

#include <jansson.h>
#include <pthread.h>

#include "dnsservices/reply_cache.h"
#include "dnsservices/settings.h"
#include "dnsservices/token_file.h"
#include "session.h"
#include "support/map.h"
#include "transport/http.h"

#define RZ_DNSSERVICES_SERVERS_MAX 64
#define RZ_DNSSERVICES_ID_MAX 24 /* decimal digits of an id, NUL */

struct rz_dnsservices_session {
    pthread_mutex_t lock;
    struct rz_token now;        /* token NULL: none yet */
    unsigned generation;        /* counts tokens */
    struct rz_secret **retired; /* requests in flight may still have them in hand */
    size_t retired_count, retired_capacity;
    enum rz_status refused; /* a login failed: it is not tried again in this process */
    bool told_skew;
};

/* A record as the service has it. */
struct rz_dnsservices_row {
    char id[RZ_DNSSERVICES_ID_MAX];
    const uint8_t *owner;
    const uint8_t *wire; /* canonical RDATA; NULL: no DNS record, kept as it is */
    const char *text;    /* of such a record: "TYPE content" */
    uint32_t ttl;
    uint16_t type, size;
};

/* What the last read of a zone found: the ids, which changes need. */
struct rz_dnsservices_zone {
    struct rz_arena arena;
    char service[RZ_DNSSERVICES_ID_MAX], id[RZ_DNSSERVICES_ID_MAX];
    struct rz_name apex;
    struct rz_dnsservices_row *rows; /* by owner, type; in `arena` */
    size_t count, foreign;           /* all; those without wire */
    bool full_names;                 /* names come whole */
    struct rz_hash fingerprint;      /* of the zone that the rows make */
};

/* Where a zone is in the account. */
struct rz_dnsservices_place {
    struct rz_dnsservices_place *next;
    struct rz_name apex;
    char service[RZ_DNSSERVICES_ID_MAX], id[RZ_DNSSERVICES_ID_MAX];
    struct rz_dnsservices_zone *read; /* NULL: not read, or changed since */
    bool told_foreign;                /* that it has records which are no DNS records */
};

struct rz_dnsservices {
    struct rz_provider base;
    struct rz_context *context;
    struct rz_arena arena;
    struct rz_capabilities capabilities;
    struct rz_dnsservices_settings settings;
    struct rz_http_client *http;
    struct rz_secret *basic;      /* "user:password" in base64 */
    struct rz_token_file *tokens; /* opened with the first need, under session.lock */
    struct rz_buffer public_key;  /* PEM; empty: signatures are not checked */
    struct rz_dnsservices_session session;
    struct rz_server servers[RZ_DNSSERVICES_SERVERS_MAX];
    size_t server_count;
    struct rz_dnsservices_cache cache;
    pthread_mutex_t lock; /* of all below */
    struct rz_dnsservices_place *places;
    struct rz_map by_apex; /* the same */
    json_t *services;      /* ids of the account's hosting services */
    bool listed;           /* `places` are what the account has */
};

/* ---- requests */

struct rz_dnsservices_reply {
    int status;             /* HTTP */
    json_t *json;           /* NULL for an empty reply; released by _reply_free */
    struct rz_buffer error; /* the service's own words, fit to be shown */
    int64_t date;           /* the server's clock */
};
void rz_dnsservices_reply_free(struct rz_dnsservices_reply *reply);

/* One request below /api with the session's credentials; renewed and repeated once when the service
 * says that they have ended. `body` is JSON, empty for none. RZ_OK: done, says the service.
 * RZ_REJECTED, RZ_NOT_FOUND (404): it refuses, reply->error says why, without a diagnostic. Others
 * with one: RZ_AUTH, RZ_NETWORK, RZ_LIMIT, and RZ_UNKNOWN for a POST, PUT or DELETE that was sent and
 * has no good reply. `reply` is set in any case. */
enum rz_status rz_dnsservices_call(struct rz_dnsservices *ds, const char *method, const char *path,
                                   struct rz_str body, struct rz_dnsservices_reply *reply,
                                   struct rz_diags *diags);
/* A POST with the token given (NULL: none), for what is about sessions themselves: it is not repeated,
 * and nothing of it is traced. */
enum rz_status rz_dnsservices_call_open(struct rz_dnsservices *ds, const char *path,
                                        struct rz_str body, const struct rz_secret *token,
                                        struct rz_dnsservices_reply *reply, struct rz_diags *diags);
/* Adds "what: the service's words" with `code`, and returns `status`. */
enum rz_status rz_dnsservices_refused(const struct rz_dnsservices *ds, enum rz_code code,
                                      enum rz_status status, const char *what,
                                      const struct rz_dnsservices_reply *reply,
                                      struct rz_diags *diags);
/* A reply of the wrong shape. */
enum rz_status rz_dnsservices_malformed(const struct rz_dnsservices *ds, const char *what,
                                        struct rz_diags *diags);
/* What the reply's `error` or `info` says, joined; false where it says success. Pure. */
bool rz_dnsservices_is_error(struct rz_buffer *text, const json_t *json);
/* A string or a whole number as text; false for anything else or an id of no digits. Pure. */
bool rz_dnsservices_id(char id[RZ_DNSSERVICES_ID_MAX], const json_t *value);
/* A number that may be written as a string. Pure. */
bool rz_dnsservices_number(int64_t *number, const json_t *value);

/* ---- sessions */

/* The credentials to send; `generation` tells the token from later ones. */
enum rz_status rz_dnsservices_authorize(struct rz_dnsservices *ds, const struct rz_secret **secret,
                                        const char **prefix, unsigned *generation,
                                        struct rz_diags *diags);
/* The service refuses the token of that generation: gets another one. RZ_AUTH where there is none. */
enum rz_status rz_dnsservices_renew(struct rz_dnsservices *ds, unsigned generation,
                                    struct rz_diags *diags);
void rz_dnsservices_session_init(struct rz_dnsservices *ds);
void rz_dnsservices_session_close(struct rz_dnsservices *ds);
extern const struct rz_session_ops rz_dnsservices_session_ops;

/* ---- records */

/* Reads one record of the API's JSON. RZ_OK: `row` is filled in `arena`, with wire NULL where it is no
 * DNS record that rezone can hold (*why says why not; NULL for URL, FRAME, MXE). RZ_INVALID: no
 * record at all. `full` is set where the name was whole, `relative` where it cannot have been. */
enum rz_status rz_dnsservices_row_read(struct rz_dnsservices_row *row, struct rz_arena *arena,
                                       struct rz_rdata_reader *reader, const uint8_t *apex,
                                       const json_t *json, bool *full, bool *relative,
                                       const char **why);
/* Appends the JSON that creates or updates a record. */
void rz_dnsservices_row_write(struct rz_buffer *out, const uint8_t *apex, const uint8_t *owner,
                              uint16_t type, uint32_t ttl, const uint8_t *wire, uint16_t size,
                              bool full_names);
/* The records of a zone's JSON: sorted, with the form of their names. The fingerprint is left out. Pure
 * but for diagnostics, which name the zone. RZ_INVALID: not the JSON of a zone. */
enum rz_status rz_dnsservices_zone_read(struct rz_dnsservices_zone *zone, const json_t *json,
                                        struct rz_diags *diags);
/* The rows of one RRset: index of the first, `count` of them. */
size_t rz_dnsservices_zone_find(const struct rz_dnsservices_zone *zone, const uint8_t *owner,
                                uint16_t type, size_t *count);
void rz_dnsservices_zone_free(struct rz_dnsservices_zone *zone);

/* Reads the zone from the service. `*zone` is the caller's to free; NULL where the account has none. */
enum rz_status rz_dnsservices_read(struct rz_dnsservices *ds, const uint8_t *apex,
                                   struct rz_dnsservices_zone **zone, struct rz_diags *diags);
/* Takes what fetch remembered of the zone, NULL for nothing. */
struct rz_dnsservices_zone *rz_dnsservices_take(struct rz_dnsservices *ds, const uint8_t *apex);
/* Fills `zone` (initialised here, finished) from rows. */
enum rz_status rz_dnsservices_fill(struct rz_zone *zone, const struct rz_dnsservices_zone *read,
                                   struct rz_diags *diags);
/* Forgets the list of zones, and what was read of them. */
void rz_dnsservices_forget(struct rz_dnsservices *ds);

/* ---- operations */

enum rz_status rz_dnsservices_list(struct rz_provider *provider, struct rz_name_list *zones,
                                   struct rz_diags *diags);
enum rz_status rz_dnsservices_fetch(struct rz_provider *provider, const uint8_t *apex,
                                    struct rz_zone *zone, struct rz_revision *revision,
                                    struct rz_diags *diags);
enum rz_status rz_dnsservices_apply(struct rz_provider *provider, struct rz_batch *batch,
                                    struct rz_diags *diags);
enum rz_status rz_dnsservices_create(struct rz_provider *provider, const struct rz_zone *zone,
                                     struct rz_diags *diags);
enum rz_status rz_dnsservices_delete(struct rz_provider *provider, const uint8_t *apex,
                                     struct rz_diags *diags);
void rz_dnsservices_visit_foreign(struct rz_provider *provider, const uint8_t *apex,
                                  void (*visit)(void *user, const uint8_t *owner, uint32_t ttl,
                                                const char *text),
                                  void *user);
bool rz_dnsservices_takes_type(uint16_t type);
/* As the vtable's `refuses`: text that is cut otherwise than every 255 octets. */
const char *rz_dnsservices_refuses(const struct rz_provider *provider,
                                   const struct rz_rrset *rrset);

#endif
