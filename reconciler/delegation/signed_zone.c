/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a signed zone from a server, whole or question by question. */
#include "delegation/signed_zone.h"

#include "dns/rtype.h"

struct asking {
    struct rz_signed_zone *to;
    const struct rz_lookup *lookup;
    const struct rz_server *server;
    size_t asked, answered;
};

static enum rz_status transfer(struct asking *asking, const uint8_t *apex)
{
    struct rz_dns_peer peer = {.server = *asking->server,
                               .timeout_ms = asking->lookup->timeout_ms,
                               .context = asking->lookup->context};
    struct rz_diags unseen = {0};
    struct rz_zone *zone = &asking->to->zone;
    enum rz_status status = rz_dns_transfer(&peer, apex, zone, &unseen);
    if (status == RZ_OK)
        status = rz_zone_finish(zone, RZ_ZONE_LIVE, &unseen);
    rz_diags_free(&unseen);
    asking->to->how = "transfer";
    return status;
}

static bool is_of_zone(const struct rz_rrset *rrset, const uint8_t *apex)
{
    return rz_name_in(rrset->owner, apex);
}

static void take(struct rz_zone *zone, const struct rz_zone *section)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct rz_rrset *rrset = &section->rrsets[i];
        if (!is_of_zone(rrset, zone->apex.wire))
            continue;
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
            rz_zone_add(zone, rrset->owner, rrset->type, rrset->ttl,
                        (struct rz_rdata){c.wire, c.size}, (struct rz_record_origin){0});
    }
}

static enum rz_status ask(struct asking *asking, const uint8_t *name, uint16_t type)
{
    struct rz_dns_probe_reply reply;
    if (asking->asked == RZ_SIGNED_QUESTIONS_MAX) {
        asking->to->unasked++;
        return RZ_OK;
    }
    asking->asked++;
    enum rz_status status = rz_lookup_ask(asking->lookup, asking->server, name, type,
                                          RZ_PROBE_DNSSEC, &reply);
    if (status == RZ_OK && reply.replied && (reply.rcode == 0 || reply.rcode == 3)) {
        asking->answered++;
        take(&asking->to->zone, &reply.sections[RZ_SECTION_ANSWER]);
        take(&asking->to->zone, &reply.sections[RZ_SECTION_AUTHORITY]);
    }
    rz_dns_probe_reply_free(&reply);
    return status;
}

/* A name that is not there, so that a proof of that comes along. */
static void absent_name(struct rz_name *name, const uint8_t *apex)
{
    static const char label[] = "\33rezone-asks-for-what-is-not";
    size_t size = rz_name_size(apex);
    if (size + sizeof label - 1 > RZ_NAME_MAX) {
        rz_name_copy(name, apex);
        return;
    }
    memcpy(name->wire, label, sizeof label - 1);
    memcpy(name->wire + sizeof label - 1, apex, size);
    name->size = (uint8_t)(size + sizeof label - 1);
}

static enum rz_status ask_all(struct asking *asking, const uint8_t *apex,
                              const struct rz_zone *names)
{
    static const uint16_t types[] = {RZ_TYPE_SOA,        RZ_TYPE_DNSKEY, RZ_TYPE_NS,
                                     RZ_TYPE_NSEC3PARAM, RZ_TYPE_CDS,    RZ_TYPE_CDNSKEY};
    struct rz_name absent;
    enum rz_status status = RZ_OK;
    for (size_t i = 0; i < sizeof types / sizeof *types && status == RZ_OK; i++) {
        status = ask(asking, apex, types[i]);
        if (!asking->answered)
            return status; /* it is not there, or not for us */
    }
    absent_name(&absent, apex);
    if (status == RZ_OK)
        status = ask(asking, absent.wire, RZ_TYPE_A);
    for (size_t i = 0; names && i < names->count && status == RZ_OK; i++)
        if (!(rz_rtype_flags(names->rrsets[i].type)
              & (RZ_RTYPE_SIGNER | RZ_RTYPE_PROVIDER | RZ_RTYPE_RESOLVER)))
            status = ask(asking, names->rrsets[i].owner, names->rrsets[i].type);
    return status;
}

static enum rz_status by_answers(struct asking *asking, const uint8_t *apex,
                                 const struct rz_zone *names)
{
    struct rz_diags unseen = {0};
    struct rz_signed_zone *to = asking->to;
    to->how = "answers";
    to->partial = true;
    enum rz_status status = ask_all(asking, apex, names);
    if (status != RZ_CANCELLED && !asking->answered)
        to->why = "it does not answer for the zone";
    rz_zone_finish(&to->zone, RZ_ZONE_LIVE, &unseen);
    rz_diags_free(&unseen);
    return status == RZ_CANCELLED ? status : RZ_OK;
}

enum rz_status rz_signed_zone_ask(struct rz_signed_zone *signed_zone,
                                  const struct rz_lookup *lookup, const struct rz_server *server,
                                  const uint8_t *apex, const struct rz_zone *names)
{
    struct asking asking = {.to = signed_zone, .lookup = lookup, .server = server};
    rz_zone_init(&signed_zone->zone, apex);
    enum rz_status status = transfer(&asking, apex);
    if (status == RZ_OK || status == RZ_CANCELLED)
        return status;
    rz_zone_free(&signed_zone->zone);
    rz_zone_init(&signed_zone->zone, apex);
    return by_answers(&asking, apex, names);
}

void rz_signed_zone_free(struct rz_signed_zone *signed_zone)
{
    if (signed_zone->looked)
        rz_signed_look_free(&signed_zone->look);
    rz_zone_free(&signed_zone->zone);
}
