/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The powerdns provider inside: the HTTP API of PowerDNS Authoritative 4.x. All changes of a batch go
 * in one PATCH, which the server carries out in one transaction or not at all. */
#ifndef RZ_POWERDNS_H
#define RZ_POWERDNS_H

#include <pthread.h>

#include "dnssec.h"
#include "powerdns/powerdns_rdata.h"
#include "powerdns/zone_reader.h"
#include "provider.h"
#include "support/map.h"
#include "transport/http.h"

#define RZ_POWERDNS_SERVERS_MAX 64
/* Longest id of a zone in a URL: each octet of its name as =XX, dots, NUL. */
#define RZ_POWERDNS_ID_MAX (3 * RZ_NAME_TEXT_MAX)

/* What the last fetch of a zone found switched off, so that changes keep it. */
struct rz_powerdns_memory {
    struct rz_powerdns_memory *next; /* of the provider's list */
    struct rz_name apex;
    uint32_t serial;
    struct rz_arena arena;
    struct rz_powerdns_disabled *items; /* in `arena` */
    size_t count;
};

struct rz_powerdns {
    struct rz_provider base;
    struct rz_context *context;
    struct rz_arena arena;
    struct rz_capabilities capabilities;
    struct { /* options as loaded */
        const char *url, *api_key, *server, *ca_file;
        int kind; /* index of rz_powerdns_kinds */
        struct rz_strings servers;
        uint64_t timeout; /* seconds */
        uint64_t rate;    /* requests a second */
        uint64_t body_limit;
        bool notify;
    } options;
    struct rz_secret *key;
    struct rz_http_client *http;
    const char *root; /* "/api/v1/servers/localhost" */
    struct rz_server servers[RZ_POWERDNS_SERVERS_MAX];
    size_t server_count;
    atomic_bool seen;     /* the API has answered for this server's id */
    struct rz_hash *made; /* apex and public key of keys generated here */
    size_t made_count, made_capacity;
    pthread_mutex_t lock; /* of the memories and of `made` */
    struct rz_powerdns_memory *memories;
    struct rz_map by_apex; /* the same */
};

/* Kinds of zones as the API names them. */
extern const char *const rz_powerdns_kinds[];

/* The zone's id in URLs: letters, digits, `-` and `.` as they are, other octets as =XX. */
char *rz_powerdns_id(char id[RZ_POWERDNS_ID_MAX], const uint8_t *apex);
/* root + "/zones/" + id + suffix, appended. */
void rz_powerdns_path(struct rz_buffer *out, const struct rz_powerdns *pd, const uint8_t *apex,
                      const char *suffix);

/* The request's remaining members. Idempotent but for POST and PATCH. */
enum rz_status rz_powerdns_send(struct rz_powerdns *pd, struct rz_http_request *request,
                                struct rz_http_response *response, struct rz_diags *diags);
/* Adds a diagnostic on a reply that is not the one hoped for, and returns RZ_AUTH for 401 and 403,
 * RZ_REJECTED for other 4xx, RZ_NETWORK for the rest. `what` says what was wanted. */
enum rz_status rz_powerdns_unexpected(const struct rz_powerdns *pd, const char *what,
                                      const struct rz_http_response *response,
                                      struct rz_diags *diags);
/* The same for a 5xx to `what` ("the changes"), which may have been carried out: RZ_UNKNOWN. */
enum rz_status rz_powerdns_unsure(const struct rz_powerdns *pd, const char *what,
                                  const struct rz_http_response *response, struct rz_diags *diags);
/* The `error` of a reply's JSON, or its text, made fit to be shown. */
void rz_powerdns_error_text(struct rz_buffer *out, struct rz_str body);
/* Whether the API is there at all, for a 404 that may mean the zone or everything. */
enum rz_status rz_powerdns_check_server(struct rz_powerdns *pd, struct rz_diags *diags);
/* Whether a reply says that there is no such zone. */
bool rz_powerdns_is_missing(const struct rz_http_response *response);

/* Reads what is said of the zone beside its RRsets. `exists` false where there is none. */
enum rz_status rz_powerdns_head(struct rz_powerdns *pd, const uint8_t *apex, bool *exists,
                                struct rz_powerdns_head *head, struct rz_diags *diags);
/* Reads a zone, or with `query` ("?rrset_name=…") a part of it, without finishing it; and remembers
 * what is switched off where `query` is NULL. */
enum rz_status rz_powerdns_read(struct rz_powerdns *pd, const uint8_t *apex, const char *query,
                                struct rz_zone *zone, bool *exists, struct rz_powerdns_head *head,
                                struct rz_diags *diags);

/* Remembers what is switched off in a zone at this serial, in place of what was remembered. */
void rz_powerdns_remember(struct rz_powerdns *pd, const uint8_t *apex, uint32_t serial,
                          const struct rz_powerdns_disabled *items, size_t count);
/* A copy of it in `arena`; false where nothing is remembered of the zone at this serial. */
bool rz_powerdns_recall(struct rz_powerdns *pd, const uint8_t *apex, uint32_t serial,
                        struct rz_arena *arena, const struct rz_powerdns_disabled **items,
                        size_t *count);
void rz_powerdns_forget(struct rz_powerdns *pd);

/* Body of a PATCH, member by member. Pure. */
struct rz_powerdns_body {
    struct rz_buffer deletes, replaces; /* deletes go first, so that a CNAME can take their place */
    uint32_t serial;                    /* put into SOA RDATA in place of its own */
};
void rz_powerdns_body_free(struct rz_powerdns_body *body);
void rz_powerdns_body_reset(struct rz_powerdns_body *body);
/* Octets that the whole body has. */
size_t rz_powerdns_body_size(const struct rz_powerdns_body *body);
/* `disabled` are records of the same RRset that stay as they are. */
void rz_powerdns_body_add(struct rz_powerdns_body *body, struct rz_change change,
                          const struct rz_powerdns_disabled *disabled, size_t count);
void rz_powerdns_body_write(struct rz_buffer *out, const struct rz_powerdns_body *body);
/* One RRset as an element of `rrsets`, with a changetype unless NULL. */
void rz_powerdns_write_rrset(struct rz_buffer *out, const struct rz_rrset *rrset,
                             const char *changetype, uint32_t serial,
                             const struct rz_powerdns_disabled *disabled, size_t count);
/* The RRset that an error text is about, NULL where it names none in `zone`. */
const struct rz_rrset *rz_powerdns_blamed(struct rz_str error, const struct rz_zone *zone);

/* Adds to a zone that is signed, not finished yet, how it is (powerdns_signing.c). */
enum rz_status rz_powerdns_read_signing(struct rz_powerdns *pd, struct rz_zone *zone,
                                        const struct rz_powerdns_head *head,
                                        struct rz_diags *diags);
/* Whether the changes are of signing, and their carrying out, outcome by outcome. */
bool rz_powerdns_is_signing(const struct rz_batch *batch);
enum rz_status rz_powerdns_apply_signing(struct rz_powerdns *pd, struct rz_batch *batch,
                                         struct rz_diags *diags);
/* Keys as the API has them (powerdns_keys.c). */
enum rz_status rz_powerdns_list_keys(struct rz_provider *provider, const uint8_t *apex,
                                     struct rz_held_keys *keys, struct rz_diags *diags);
enum rz_status rz_powerdns_import_key(struct rz_provider *provider, const uint8_t *apex,
                                      const struct rz_signing_key *key,
                                      const struct rz_secret *secret, struct rz_diags *diags);
enum rz_status rz_powerdns_make_key(struct rz_provider *provider, const uint8_t *apex,
                                    const struct rz_signing_key *kind, struct rz_held_keys *made,
                                    struct rz_diags *diags);
enum rz_status rz_powerdns_remove_key(struct rz_provider *provider, const uint8_t *apex,
                                      const struct rz_signing_key *key, struct rz_diags *diags);
/* A new key in this state; its public key is in `made`, added to the list. */
enum rz_status rz_powerdns_generate_key(struct rz_powerdns *pd, const uint8_t *apex,
                                        const struct rz_signing_key *kind,
                                        struct rz_held_keys *made, struct rz_diags *diags);
enum rz_status rz_powerdns_set_state(struct rz_powerdns *pd, const uint8_t *apex,
                                     const struct rz_held_key *key, uint8_t state,
                                     struct rz_diags *diags);
/* A PUT or DELETE below the zone, `suffix` "/metadata/PUBLISH-CDS" or the like; NULL body: none. What was
 * wanted is in `what`. A missing reply is RZ_UNKNOWN. */
enum rz_status rz_powerdns_change(struct rz_powerdns *pd, const uint8_t *apex, const char *method,
                                  const char *suffix, const char *body, const char *what,
                                  struct rz_diags *diags);

/* Operations. */
enum rz_status rz_powerdns_list(struct rz_provider *provider, struct rz_name_list *zones,
                                struct rz_diags *diags);
enum rz_status rz_powerdns_fetch(struct rz_provider *provider, const uint8_t *apex,
                                 struct rz_zone *zone, struct rz_revision *revision,
                                 struct rz_diags *diags);
enum rz_status rz_powerdns_probe(struct rz_provider *provider, const uint8_t *apex,
                                 const struct rz_revision *revision, bool *same,
                                 struct rz_diags *diags);
enum rz_status rz_powerdns_apply(struct rz_provider *provider, struct rz_batch *batch,
                                 struct rz_diags *diags);
enum rz_status rz_powerdns_create(struct rz_provider *provider, const struct rz_zone *zone,
                                  struct rz_diags *diags);
enum rz_status rz_powerdns_delete(struct rz_provider *provider, const uint8_t *apex,
                                  struct rz_diags *diags);
const char *rz_powerdns_refuses(const struct rz_provider *provider, const struct rz_rrset *rrset);
bool rz_powerdns_takes_type(uint16_t type);

#endif
