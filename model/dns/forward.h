/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FORWARD, a type of resolvers and not of zones: where questions for a name and all below it are
 * sent. One record is one target; the RRset of an owner is a rule. As text:
 *
 *     PRIORITY ADDRESS PORT TLS-NAME      10 192.0.2.53 53 .
 *                                         20 2001:db8::53 853 dns.example.net.
 *     0 - 0 .                             not forwarded: an exception below a wider rule
 *
 * Targets of one priority share the questions as the resolver likes, others are for when those with
 * smaller numbers fail. A TLS name other than `.` means DNS over TLS (RFC 7858) to a server whose
 * certificate is for that name. */
#ifndef RZ_DNS_FORWARD_H
#define RZ_DNS_FORWARD_H

#include "dns/rdata.h"
#include "dns/rrset.h"

struct rz_forward {
    uint16_t priority, port;
    uint8_t family;      /* 4, 6, or 0: not forwarded */
    uint8_t address[16]; /* 4 octets of IPv4 */
    struct rz_name tls;  /* the root: plain DNS */
};

#define RZ_FORWARD_WIRE_MAX (2 + 2 + 1 + 16 + RZ_NAME_MAX)

/* Reads the text form. RZ_INVALID with `*why`, a sentence part. */
enum rz_status rz_forward_parse(struct rz_forward *forward, struct rz_str text, const char **why);
/* Address in presentation form; false, family 0, for what is none. */
bool rz_forward_set_address(struct rz_forward *forward, const char *address);
/* Whether no server can be asked there: unspecified, multicast and broadcast addresses. */
bool rz_forward_is_unusable(const struct rz_forward *forward);
/* Wire form: priority, port, family, address, name. Returns its size. */
size_t rz_forward_to_wire(const struct rz_forward *forward, uint8_t wire[RZ_FORWARD_WIRE_MAX]);
/* False for octets that are no FORWARD record. */
bool rz_forward_from_wire(struct rz_forward *forward, const uint8_t *wire, size_t size);
/* Where the TLS name stands in a FORWARD record's octets. */
size_t rz_forward_name_at(const uint8_t *wire);
/* Appends the text form. */
void rz_forward_print(struct rz_buffer *out, const struct rz_forward *forward);

/* Address as text; "-" where not forwarded. */
#define RZ_FORWARD_ADDRESS_MAX 48
char *rz_forward_address(char text[RZ_FORWARD_ADDRESS_MAX], const struct rz_forward *forward);

/* Whether one of the rule's records says that the name is not forwarded. */
bool rz_forward_is_exception(const struct rz_rrset *rule);

#endif
