/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rfc2136 provider inside: zones read by AXFR and changed by UPDATE, with TSIG. Between fetch and
 * apply it remembers each zone's SOA, which the next UPDATE must find unchanged. */
#ifndef RZ_RFC2136_H
#define RZ_RFC2136_H

#include <pthread.h>

#include "provider.h"
#include "rfc2136/knot.h"
#include "support/map.h"
#include "transport/dns.h"

#define RZ_RFC2136_SERVERS_MAX 64
/* Planned octets of a batch, before and after images together. A message holds at most twice as
 * much: beside the images, a change takes an owner and ten octets once or twice. 1,500 octets are
 * left for header, zone, SOA and TSIG. */
#define RZ_RFC2136_BATCH_OCTETS 32000

struct rz_rfc2136 {
    struct rz_provider base;
    struct rz_context *context;
    struct rz_arena arena;
    struct rz_capabilities capabilities;
    struct { /* options as loaded */
        const char *server;
        struct rz_strings servers;
        struct {
            const char *name, *algorithm, *secret;
        } tsig;
        uint64_t timeout; /* seconds */
        struct {
            const char *socket;
            int configuration;
            struct rz_strings keymgr;
        } knot;
    } options;
    struct rz_knot knot;
    struct rz_tsig_key *key; /* NULL: unsigned */
    struct rz_server server;
    struct rz_server servers[RZ_RFC2136_SERVERS_MAX];
    size_t server_count;
    pthread_mutex_t lock; /* of `soas` */
    struct rz_map soas;   /* apex → struct rz_rfc2136_soa */
};

/* The server with its key and timeout. */
struct rz_dns_peer rz_rfc2136_peer(const struct rz_rfc2136 *provider);

/* Why a zone's SOA is no condition for updates, so that only the RRsets themselves are. */
enum rz_rfc2136_flag {
    RZ_RFC2136_SIGNED = 1 << 0,    /* the server signs the zone, and the signer moves the serial */
    RZ_RFC2136_SOA_UNFIT = 1 << 1, /* the server does not find its own SOA equal to what it sent */
};
unsigned rz_rfc2136_flags(struct rz_rfc2136 *provider, const uint8_t *apex);
void rz_rfc2136_set_flag(struct rz_rfc2136 *provider, const uint8_t *apex,
                         enum rz_rfc2136_flag flag, bool set);
/* Remembers the zone's SOA; NULL forgets it. */
void rz_rfc2136_remember(struct rz_rfc2136 *provider, const uint8_t *apex,
                         const struct rz_rrset *soa);
/* A copy of the remembered SOA in `arena` if its serial is `serial`; else NULL. */
const struct rz_rrset *rz_rfc2136_recall(struct rz_rfc2136 *provider, const uint8_t *apex,
                                         uint32_t serial, struct rz_arena *arena);
/* What Knot's configuration says of the zone, as it was last fetched. */
void rz_rfc2136_set_knot(struct rz_rfc2136 *provider, const uint8_t *apex,
                         const struct rz_knot_zone *known);
struct rz_knot_zone rz_rfc2136_knot(struct rz_rfc2136 *provider, const uint8_t *apex);
void rz_rfc2136_forget_all(struct rz_rfc2136 *provider);

/* Operations. */
enum rz_status rz_rfc2136_fetch(struct rz_provider *provider, const uint8_t *apex,
                                struct rz_zone *zone, struct rz_revision *revision,
                                struct rz_diags *diags);
enum rz_status rz_rfc2136_probe(struct rz_provider *provider, const uint8_t *apex,
                                const struct rz_revision *revision, bool *same,
                                struct rz_diags *diags);
enum rz_status rz_rfc2136_apply(struct rz_provider *provider, struct rz_batch *batch,
                                struct rz_diags *diags);
/* What Knot's keymgr and control socket do (rfc2136_dnssec.c). */
extern const struct rz_dnssec_ops rz_rfc2136_dnssec;
const char *rz_rfc2136_refuses(const struct rz_provider *provider, const struct rz_rrset *rrset);
/* A batch of DNSSEC and DNSSECKEY. */
enum rz_status rz_rfc2136_apply_signing(struct rz_rfc2136 *provider, struct rz_batch *batch,
                                        struct rz_diags *diags);

#endif
