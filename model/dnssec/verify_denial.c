/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds the NSEC or NSEC3 records of a zone against those that its data asks for. */
#include "dns/rtype.h"
#include "dnssec/verify_internal.h"

#define ITERATIONS_MAX                                                                             \
    150 /* most that is hashed here: beyond, resolvers take zones for insecure or fail */

static bool is_in_zone(void *user, const struct rz_denial_name *name)
{
    struct rz_verifier *v = user;
    struct rz_arena arena = {0};
    const uint8_t *owner = rz_nsec3_owner(&arena, name->hash, v->zone->apex.wire);
    bool found = rz_zone_find(v->zone, owner, RZ_TYPE_NSEC3) != NULL;
    rz_arena_free(&arena);
    return found;
}

/* Octets of NSEC or NSEC3 RDATA before the types; 0: malformed. */
static size_t before_types(const uint8_t *wire, size_t size, bool nsec3)
{
    if (!nsec3)
        return rz_name_check(wire, size);
    size_t salt = size > 5 ? 5u + wire[4] : size;
    return salt < size && salt + 1 + wire[salt] <= size ? salt + 1 + wire[salt] : 0;
}

/* Of several NSEC3 at one name (parameters under change) the one with these parameters. */
static bool find_record(const struct rz_rrset *rrset, const struct rz_rdata *wanted, bool nsec3,
                        struct rz_rdata_cursor *found)
{
    size_t head = nsec3 ? 5u + wanted->wire[4] : 0;
    for (*found = rz_rrset_rdata(rrset); rz_rdata_next(found);)
        if (!nsec3
            || (found->size >= head && found->wire[0] == wanted->wire[0]
                && memcmp(found->wire + 2, wanted->wire + 2, head - 2) == 0))
            return true;
    return false;
}

static void compare_record(struct rz_verifier *v, const struct rz_denial_name *name,
                           const struct rz_rrset *rrset, bool nsec3)
{
    struct rz_rdata_cursor c;
    const char *kind = nsec3 ? "NSEC3" : "NSEC";
    struct rz_signed_fault at = {.owner = name->owner, .type = rrset ? rrset->type : 0};
    const struct rz_rdata *wanted = &name->rdata;
    if (!rrset || !find_record(rrset, wanted, nsec3, &c)) {
        rz_signed_fault(v, false, &at, "it has no %s", kind);
        return;
    }
    size_t head = before_types(wanted->wire, wanted->size, nsec3);
    size_t has = before_types(c.wire, c.size, nsec3), flags = nsec3 ? 2 : 0;
    if (has != head || memcmp(c.wire + flags, wanted->wire + flags, head - flags) != 0)
        rz_signed_fault(v, false, &at, "its %s names another name than the next one of the zone",
                        kind);
    else if (c.size != wanted->size
             || memcmp(c.wire + head, wanted->wire + head, c.size - head) != 0)
        rz_signed_fault(v, false, &at, "its %s names other types than there are", kind);
}

static void compare(struct rz_verifier *v, bool nsec3)
{
    size_t there = 0;
    uint16_t type = nsec3 ? RZ_TYPE_NSEC3 : RZ_TYPE_NSEC;
    for (size_t i = 0; i < v->denial.count; i++) {
        const struct rz_denial_name *name = &v->denial.names[i];
        const struct rz_rrset *rrset = rz_zone_find(v->zone, name->record, type);
        there += rrset != NULL;
        compare_record(v, name, rrset, nsec3);
    }
    for (size_t i = 0; i < v->zone->count; i++)
        v->look->denials += v->zone->rrsets[i].type == type;
    if (v->look->denials > there)
        rz_signed_fault(v, false, NULL, "has %zu %s records at names that have no data",
                        v->look->denials - there, nsec3 ? "NSEC3" : "NSEC");
}

/* NSEC3 records say by their flag whether they leave names out; that of the apex stands for all. */
static bool opts_out(struct rz_verifier *v)
{
    struct rz_nsec3 params;
    for (size_t i = 0; i < v->zone->count; i++) {
        if (v->zone->rrsets[i].type != RZ_TYPE_NSEC3)
            continue;
        struct rz_rdata_cursor c = rz_rrset_rdata(&v->zone->rrsets[i]);
        return rz_rdata_next(&c) && rz_nsec3_read(&params, c.wire, c.size) && params.opt_out;
    }
    return false;
}

static void verify_nsec3(struct rz_verifier *v, const struct rz_rrset *param)
{
    struct rz_nsec3 params;
    struct rz_signed_look *look = v->look;
    struct rz_signed_fault at = {.owner = v->zone->apex.wire, .type = RZ_TYPE_NSEC3PARAM};
    struct rz_rdata_cursor c = rz_rrset_rdata(param);
    look->denial = RZ_DENIAL_NSEC3;
    if (!rz_rdata_next(&c) || !rz_nsec3_read(&params, c.wire, c.size)) {
        rz_signed_fault(v, false, &at, "its hash is not SHA-1, the only one there is");
        return;
    }
    look->iterations = params.iterations;
    look->opt_out = params.opt_out = opts_out(v);
    if (params.iterations)
        rz_signed_fault(v, true, &at, "it asks for %u iterations; RFC 9276 says 0",
                        params.iterations);
    if (params.iterations > ITERATIONS_MAX) {
        rz_signed_fault(v, false, &at,
                        "resolvers do not hash %u times: they take the zone for unsigned",
                        params.iterations);
        return;
    }
    if (rz_denial_hash(&v->denial, &params) != RZ_OK) {
        rz_signed_fault(v, false, &at, "two names have the same hash");
        return;
    }
    if (params.opt_out)
        rz_denial_drop(&v->denial, is_in_zone, v);
    rz_denial_link(&v->denial, &params);
    compare(v, true);
}

void rz_verify_denial(struct rz_verifier *v)
{
    const uint8_t *apex = v->zone->apex.wire;
    const struct rz_rrset *param = rz_zone_find(v->zone, apex, RZ_TYPE_NSEC3PARAM);
    if (rz_zone_find(v->zone, apex, RZ_TYPE_NSEC)) {
        v->look->denial = RZ_DENIAL_NSEC;
        rz_denial_link(&v->denial, NULL);
        compare(v, false);
    } else if (param) {
        verify_nsec3(v, param);
    } else {
        rz_signed_fault(v, false, NULL,
                        "has neither NSEC nor NSEC3: nothing proves that a name does not exist");
    }
}
