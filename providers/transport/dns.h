/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS messages on libknot: one server over UDP or TCP, TSIG, zone transfer, bulk questions. */
#ifndef RZ_TRANSPORT_DNS_H
#define RZ_TRANSPORT_DNS_H

#include "context.h"
#include "dns/change.h"
#include "dns/zone.h"
#include "provider.h"
#include "secret.h"

/* Reads "address", "address:port" or "[address]:port"; false for anything else. Port 0: not given. */
bool rz_server_parse(struct rz_server *server, const char *text);

/* "192.0.2.53", with ":port" or in brackets with it where that is not 53. */
#define RZ_SERVER_TEXT_MAX 80
char *rz_server_text(char text[RZ_SERVER_TEXT_MAX], const struct rz_server *server);
/* "REFUSED", "RCODE24". Static, or in `text`. */
const char *rz_dns_rcode_text(char text[16], unsigned rcode);

struct rz_tsig_key; /* name, algorithm, secret in locked memory */
/* algorithm: hmac-sha256, hmac-sha384, hmac-sha512; the secret is base64. */
enum rz_status rz_tsig_key_open(struct rz_tsig_key **key, const char *name, const char *algorithm,
                                const struct rz_secret *secret, struct rz_place place,
                                struct rz_diags *diags);
void rz_tsig_key_close(struct rz_tsig_key *key);

struct rz_dns_peer {
    struct rz_server server;
    const struct rz_tsig_key *key; /* NULL: unsigned */
    uint64_t timeout_ms;           /* a reply's; 0: 5 s */
    int64_t until;                 /* ticks after which nothing is waited for; 0: no such end */
    bool recursive;                /* a resolver: it is asked to, and aliases are followed */
    struct rz_context *context;
};

/* Zone transfer (RFC 5936) straight into `zone` (initialised, not finished), parsed while it
 * arrives; every message's TSIG is checked (RFC 8945 §5.3.1). RZ_NOT_FOUND: the server is not
 * authoritative for the zone (NOTAUTH, or REFUSED after an SOA question says so), without a
 * diagnostic. RZ_AUTH: it refused, or the key is wrong. A first signal ends it (RZ_CANCELLED). */
enum rz_status rz_dns_transfer(const struct rz_dns_peer *peer, const uint8_t *apex,
                               struct rz_zone *zone, struct rz_diags *diags);

/* The zone's SOA by one question over TCP, in `arena`. RZ_NOT_FOUND: the server is not authoritative
 * for the zone; RZ_AUTH: it refused, or the key is wrong. Goes on after a first signal, since it
 * belongs to an UPDATE under way. */
enum rz_status rz_dns_soa(const struct rz_dns_peer *peer, const uint8_t *apex,
                          struct rz_arena *arena, const struct rz_rrset **soa,
                          struct rz_diags *diags);
/* Serial of an SOA RRset; 0 where malformed. */
uint32_t rz_dns_soa_serial(const struct rz_rrset *soa);

/* SOA serial by one question over TCP. */
enum rz_status rz_dns_serial(const struct rz_dns_peer *peer, const uint8_t *apex, uint32_t *serial,
                             struct rz_diags *diags);

/* One UPDATE message (RFC 2136): the prerequisite is each change's `before` RRset (exists with
 * these records, or does not exist) and, with `serial`, the SOA as it was. `soa_before` may be NULL.
 * RZ_CONFLICT on NXRRSET, YXRRSET, NXDOMAIN, YXDOMAIN; RZ_AUTH on NOTAUTH/BADKEY/BADSIG/BADTIME and
 * REFUSED; RZ_REJECTED on other codes; RZ_UNKNOWN where the reply is missing; RZ_LIMIT when the
 * message would pass 65,535 octets (nothing is sent). */
enum rz_status rz_dns_update(const struct rz_dns_peer *peer, const uint8_t *apex,
                             const struct rz_change *changes, size_t count,
                             const struct rz_rrset *soa_before, struct rz_diags *diags);

/* The same without the SOA as a prerequisite, for zones whose serial the server's signer moves on its
 * own: `soa_live` only gives the serial that a changed SOA must pass. */
enum rz_status rz_dns_update_loose(const struct rz_dns_peer *peer, const uint8_t *apex,
                                   const struct rz_change *changes, size_t count,
                                   const struct rz_rrset *soa_live, struct rz_diags *diags);

/* A question for the bulk asker, and what came back. */
struct rz_dns_question {
    const uint8_t *name;
    uint16_t type;
};
enum rz_dns_result {
    RZ_DNS_ANSWER,
    RZ_DNS_NODATA,
    RZ_DNS_NXDOMAIN,
    RZ_DNS_REFERRAL,
    RZ_DNS_RCODE,
    RZ_DNS_NO_REPLY
};
struct rz_dns_answer {
    enum rz_dns_result result;
    unsigned rcode;
    bool authoritative;
    bool truncated_udp;   /* was asked again over TCP */
    int64_t milliseconds; /* from the question's last way out to the answer */
    const struct rz_rrset
        *rrset; /* answer, or the NS set of a referral; owner = question's name or the
                                     cut's. With RZ_DNS_NODATA the CNAME that stands there instead, or
                                     NULL. Records in canonical order */
};

/* Asks one server many questions: UDP (EDNS 1232, random ids and ports, cookies), pipelined, TCP on
 * truncation, three tries. `done` is called for each in no order, from this thread; answers are
 * borrowed for the call. RZ_NETWORK only when the server's address cannot be used at all. */
enum rz_status rz_dns_ask(const struct rz_dns_peer *peer, const struct rz_dns_question *questions,
                          size_t count,
                          void (*done)(void *user, size_t index,
                                       const struct rz_dns_answer *answer),
                          void *user, struct rz_diags *diags);

#endif
