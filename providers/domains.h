/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extension of providers that register names: registrations, nameservers at the parent, DNSSEC keys at
 * the parent. Nothing here spends money. */
#ifndef RZ_DOMAINS_H
#define RZ_DOMAINS_H

#include "provider.h"

/* A registration. Texts are in the list's arena and never NULL; "" is "not said". */
struct rz_domain {
    const char *name, *id, *status; /* "Active" */
    const char *created, *expires;  /* YYYY-MM-DD */
    const char *price;              /* of the next period */
    bool has_days, has_autorenew, autorenew;
    bool has_hosted, hosted;       /* its zone is in the same account; set by who asks for it */
    int64_t days_left;             /* may be negative */
    struct rz_strings nameservers; /* only from `get` */
};

struct rz_domain_list {
    struct rz_arena arena;
    struct rz_domain *items;
    size_t count, capacity;
};

/* Whether and for how much a name, or names below a TLD, can be had. */
struct rz_domain_offer {
    const char *name;
    bool available, premium;
    const char *period, *price, *transfer, *renew; /* of the first period; "": not said */
};

struct rz_domain_offers {
    struct rz_arena arena;
    struct rz_domain_offer *items;
    size_t count, capacity;
};

/* A DS record as the parent gets it (RFC 4034 §5), and the DNSKEY where it is known. */
struct rz_domain_key {
    uint16_t tag;
    uint8_t algorithm, digest_type;
    const char *digest;     /* hexadecimal */
    const char *public_key; /* base64; NULL: not known */
    uint16_t flags;         /* with public_key */
    uint8_t protocol;
};

struct rz_domain_keys {
    struct rz_arena arena;
    struct rz_domain_key *items;
    size_t count, capacity;
};

/* All fill their list, which the caller has zeroed and frees, and take names without a final dot. */
struct rz_domain_ops {
    enum rz_status (*list)(struct rz_provider *provider, struct rz_domain_list *list,
                           struct rz_diags *diags);
    /* The active registration, or the only one. RZ_NOT_FOUND with a diagnostic where there is none. */
    enum rz_status (*get)(struct rz_provider *provider, const char *name,
                          struct rz_domain_list *list, struct rz_diags *diags);
    enum rz_status (*check)(struct rz_provider *provider, const char *name,
                            struct rz_domain_offers *offers, struct rz_diags *diags);
    enum rz_status (*tlds)(struct rz_provider *provider, struct rz_domain_offers *offers,
                           struct rz_diags *diags);
    enum rz_status (*set_nameservers)(struct rz_provider *provider, const struct rz_domain *domain,
                                      const struct rz_strings *names, struct rz_diags *diags);
    /* Registers a nameserver below the domain with an address (glue). */
    enum rz_status (*register_host)(struct rz_provider *provider, const struct rz_domain *domain,
                                    const char *host, const char *address, struct rz_diags *diags);
    enum rz_status (*keys)(struct rz_provider *provider, const struct rz_domain *domain,
                           struct rz_domain_keys *keys, struct rz_diags *diags);
    enum rz_status (*add_key)(struct rz_provider *provider, const struct rz_domain *domain,
                              const struct rz_domain_key *key, struct rz_diags *diags);
    enum rz_status (*remove_key)(struct rz_provider *provider, const struct rz_domain *domain,
                                 uint16_t tag, struct rz_diags *diags);
};

#endif
