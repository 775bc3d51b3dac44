/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every provider is: a vtable, options, capabilities. Providers know zones and changes of
 * RRsets, never plans. All calls block; calls on one provider may come from several threads. */
#ifndef RZ_PROVIDER_H
#define RZ_PROVIDER_H

#include "context.h"
#include "dns/change.h"
#include "dns/zone.h"
#include "language/fields.h"

struct rz_session_ops;
struct rz_domain_ops;
struct rz_cache_ops;
struct rz_forwarding_ops;
struct rz_staging_ops;
struct rz_dnssec_ops;
struct rz_provider; /* each provider's own struct begins with a `const struct rz_provider_ops *` */

/* How much of a batch is all or nothing. */
enum rz_atomicity { RZ_ATOMIC_ZONE, RZ_ATOMIC_RRSET, RZ_ATOMIC_RECORD };
/* How `apply` refuses to overwrite what somebody else changed since `fetch`. */
enum rz_conditional { RZ_COND_NONE, RZ_COND_SERIAL, RZ_COND_PREREQUISITE, RZ_COND_DIGEST };

struct rz_capabilities {
    enum rz_atomicity atomicity;
    enum rz_conditional conditional;
    size_t batch_changes;              /* most changes in one batch; 0: no bound */
    size_t batch_octets;               /* most wire octets of one batch's RRsets; 0: no bound */
    uint32_t ttl_minimum, ttl_maximum; /* 0: RFC bounds */
    bool owns_soa;                     /* SOA cannot be set by rezone */
    bool owns_apex_ns;                 /* apex NS cannot be set */
    bool signs_online;                 /* DNSSEC-signer types of the live zone are the server's */
    bool signs;                        /* holds DNSSEC and DNSSECKEY RRsets (dnssec.h) */
    bool creates_zones;                /* create_zone and delete_zone work */
    bool has_servers;                  /* authoritative servers can be asked over DNS */
    bool forwards;                     /* a resolver: holds FORWARD RRsets and nothing else */
    bool one_tls_name;                 /* keeps one certificate's name for each address and port */
    bool is_registration;              /* zones are what parents have of names (registration.h) */
    bool
        is_local; /* changes are files that this process writes: none is under way when it has died */
    unsigned concurrency; /* requests in flight that the provider likes; 0: 1 */
    /* Whether the type can be held; NULL: all but meta and RZ_RTYPE_PROVIDER types. */
    bool (*takes_type)(uint16_t type);
};

/* The state of a live zone that a fetch saw; the token of conditional updates. */
struct rz_revision {
    bool exists; /* false: the provider has no such zone */
    bool has_serial;
    uint32_t serial;
    struct rz_hash digest; /* provider's own, zero where unused */
};

enum rz_outcome { RZ_OUTCOME_NOT_SENT, RZ_OUTCOME_DONE, RZ_OUTCOME_NOT_DONE, RZ_OUTCOME_UNKNOWN };

struct rz_batch {
    const uint8_t *apex;
    const struct rz_change *changes; /* in the order to carry out */
    size_t count;
    struct rz_revision expected; /* what the zone must be at; updated to what it is after */
    enum rz_outcome *outcomes;   /* count entries, set by apply */
    const struct rz_zone
        *desired; /* the whole zone after all batches: for providers that write whole zones */
};

/* An authoritative server to ask: address in presentation form, port (0: 53). */
struct rz_server {
    char address[64];
    uint16_t port;
};

struct rz_name_list {
    struct rz_name *items;
    size_t count, capacity;
};

struct rz_provider_ops {
    const char *kind;               /* "zonefile" */
    const char *summary;            /* one line for reference pages */
    const struct rz_field *options; /* besides `kind`; ends in a row with key NULL */
    /* Reads options from the positioned map `config`; secrets are resolved here. `name` is borrowed
     * for the provider's life. No network. */
    enum rz_status (*open)(struct rz_provider **provider, const char *name,
                           const struct rz_node *config, const struct rz_source *source,
                           struct rz_context *context, struct rz_diags *diags);
    void (*close)(struct rz_provider *provider);
    const struct rz_capabilities *(*capabilities)(const struct rz_provider *provider);
    /* Zones the provider holds; RZ_UNSUPPORTED where it cannot list. */
    enum rz_status (*list_zones)(struct rz_provider *provider, struct rz_name_list *zones,
                                 struct rz_diags *diags);
    /* Reads the live zone into `zone` (initialised here, finished as RZ_ZONE_LIVE). A missing zone
     * is RZ_OK with revision->exists false and an empty zone. */
    enum rz_status (*fetch)(struct rz_provider *provider, const uint8_t *apex, struct rz_zone *zone,
                            struct rz_revision *revision, struct rz_diags *diags);
    /* Whether the zone is still at `revision`, found out more cheaply than by fetching it: `*same` is
     * false where it is not, or where only a fetch could tell. NULL: there is no cheaper way. */
    enum rz_status (*probe)(struct rz_provider *provider, const uint8_t *apex,
                            const struct rz_revision *revision, bool *same, struct rz_diags *diags);
    /* Carries out one batch. RZ_OK: all done. RZ_CONFLICT: the zone is not at `expected`, nothing
     * done. RZ_REJECTED: refused, with a diagnostic at the RRset's origin where the server names
     * one. RZ_UNKNOWN: read back. Outcomes are always set. */
    enum rz_status (*apply)(struct rz_provider *provider, struct rz_batch *batch,
                            struct rz_diags *diags);
    /* `zone` gives SOA and apex NS the zone starts with. NULL members: RZ_UNSUPPORTED. */
    enum rz_status (*create_zone)(struct rz_provider *provider, const struct rz_zone *zone,
                                  struct rz_diags *diags);
    enum rz_status (*delete_zone)(struct rz_provider *provider, const uint8_t *apex,
                                  struct rz_diags *diags);
    /* Addresses of the authoritative servers as configured for the provider (`servers:` option or
     * the server itself); count 0: take the apex NS. At most `capacity` are written. NULL: none. */
    size_t (*servers)(const struct rz_provider *provider, struct rz_server *servers,
                      size_t capacity);
    /* Why `rrset` cannot be held, a sentence part; NULL when it can. NULL member: no own limits. */
    const char *(*refuses)(const struct rz_provider *provider, const struct rz_rrset *rrset);
    /* Records of the zone last fetched that are no DNS records and are left alone, as "TYPE content".
     * NULL: there are none such. */
    void (*visit_foreign)(struct rz_provider *provider, const uint8_t *apex,
                          void (*visit)(void *user, const uint8_t *owner, uint32_t ttl,
                                        const char *text),
                          void *user);
    /* Extensions; NULL: none. */
    const struct rz_session_ops *session;       /* session.h */
    const struct rz_domain_ops *domains;        /* domains.h */
    const struct rz_cache_ops *cache;           /* cache.h */
    const struct rz_staging_ops *staging;       /* staging.h */
    const struct rz_forwarding_ops *forwarding; /* forwarding.h */
    const struct rz_dnssec_ops *dnssec;         /* dnssec.h */
};

/* First member of every provider's struct. */
struct rz_provider {
    const struct rz_provider_ops *ops;
    const char *name; /* as rezone.yaml calls it */
};

/* All providers, ends in NULL: the one place that lists them. */
extern const struct rz_provider_ops *const rz_providers[];
const struct rz_provider_ops *rz_provider_find(const char *kind);

#endif
