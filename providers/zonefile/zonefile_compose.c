/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of a zone file. */
#include "dns/master_file.h"
#include "dns/rtype.h"
#include "zonefile/zonefile_signing.h"

/* A copy of the SOA with another serial. */
static const struct rz_rrset *soa_with_serial(struct rz_arena *arena, const struct rz_rrset *soa,
                                              uint32_t serial)
{
    struct rz_rrset *copy = rz_rrset_copy(arena, soa);
    uint8_t *rdata = memcpy(rz_arena_alloc(arena, copy->rdata_size), copy->rdata, copy->rdata_size);
    struct rz_rdata_cursor c = rz_rrset_rdata(copy);
    size_t offset = rz_rdata_next(&c) ? rz_soa_serial_offset(c.wire, c.size) : 0;
    if (!offset)
        return soa;
    uint8_t *at = rdata + (c.wire - copy->rdata) + offset;
    at[0] = (uint8_t)(serial >> 24);
    at[1] = (uint8_t)(serial >> 16);
    at[2] = (uint8_t)(serial >> 8);
    at[3] = (uint8_t)serial;
    copy->rdata = rdata;
    return copy;
}

enum rz_status rz_zonefile_compose(const struct rz_zonefile_order *order, struct rz_buffer *text,
                                   uint32_t *serial, struct rz_diags *diags)
{
    const struct rz_zonefile *zf = order->zf;
    const struct rz_revision *live = order->live;
    if (zf->form) {
        *serial = 0;
        zf->form->write(zf, text, order->zone);
        return RZ_OK;
    }
    struct rz_arena arena = {0};
    struct rz_zone made = {0};
    enum rz_status status = RZ_OK;
    struct rz_zonefile_order with_soa = *order;
    int64_t now = zf->context->now(zf->context->user);
    enum rz_zonefile_serial strategy = (enum rz_zonefile_serial)zf->options.serial;
    *serial = live->exists && live->has_serial
                  ? rz_zonefile_next_serial(strategy, live->serial, now)
                  : rz_zonefile_first_serial(strategy, order->zone->serial, now);
    with_soa.soa = soa_with_serial(&arena, order->soa, *serial);
    if (zf->options.keys)
        status = rz_zonefile_sign(&with_soa, &made, diags);
    struct rz_master_file_style style = {.soa = with_soa.soa, .origins = zf->options.comments};
    if (status == RZ_OK)
        rz_master_file_write_styled(text, zf->options.keys ? &made : order->zone, &style);
    if (status == RZ_OK && zf->options.keys
        && rz_zone_find(order->zone, order->zone->apex.wire, RZ_TYPE_DNSSECKEY))
        rz_zonefile_seal(zf, order->zone->apex.wire, text);
    rz_zone_free(&made);
    rz_arena_free(&arena);
    return status;
}
