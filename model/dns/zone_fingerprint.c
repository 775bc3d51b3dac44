/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields are packed into a block before hashing: many small updates would cost more than the hash. */
#include "dns/zone_fingerprint.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "dns/rtype.h"
#include "support/alloc.h"
#include "support/alloc.h"

#define BLOCK 16384

struct packer {
    XXH3_state_t *state;
    size_t size;
    uint8_t block[BLOCK];
};

static void pack(struct packer *packer, const void *data, size_t size)
{
    if (size > BLOCK - packer->size) {
        XXH3_128bits_update(packer->state, packer->block, packer->size);
        packer->size = 0;
        if (size > BLOCK) {
            XXH3_128bits_update(packer->state, data, size);
            return;
        }
    }
    memcpy(packer->block + packer->size, data, size);
    packer->size += size;
}

static void pack_soa(struct packer *packer, const struct rz_rrset *rrset)
{
    struct rz_rdata_cursor c = rz_rrset_rdata(rrset);
    while (rz_rdata_next(&c)) {
        size_t serial = rz_soa_serial_offset(c.wire, c.size);
        pack(packer, c.wire, serial);
        if (serial)
            pack(packer, c.wire + serial + 4, c.size - serial - 4);
    }
}

struct rz_hash rz_zone_fingerprint(const struct rz_zone *zone)
{
    struct packer packer;
    packer.size = 0;
    packer.state = XXH3_createState();
    if (!packer.state)
        rz_out_of_memory();
    XXH3_128bits_reset(packer.state);
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_rrset *rrset = &zone->rrsets[i];
        uint32_t head[3] = {rrset->type, rrset->ttl, rrset->rdata_size};
        pack(&packer, rrset->owner, rz_name_size(rrset->owner));
        pack(&packer, head, sizeof head);
        if (rrset->type == RZ_TYPE_SOA)
            pack_soa(&packer, rrset);
        else
            pack(&packer, rrset->rdata, rrset->rdata_size);
    }
    XXH3_128bits_update(packer.state, packer.block, packer.size);
    XXH128_hash_t digest = XXH3_128bits_digest(packer.state);
    XXH3_freeState(packer.state);
    return (struct rz_hash){digest.high64, digest.low64};
}
