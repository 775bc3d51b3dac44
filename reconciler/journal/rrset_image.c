/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RRsets as octets. */
#include "journal/rrset_image.h"

size_t rz_rrset_image_size(const struct rz_rrset *rrset)
{
    size_t size = 4;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
        size += 2u + c.size;
    return size;
}

void rz_rrset_image_write(struct rz_buffer *out, const struct rz_rrset *rrset)
{
    uint8_t head[4] = {(uint8_t)(rrset->ttl >> 24), (uint8_t)(rrset->ttl >> 16),
                       (uint8_t)(rrset->ttl >> 8), (uint8_t)rrset->ttl};
    rz_buffer_append(out, head, sizeof head);
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        uint8_t length[2] = {(uint8_t)(c.size >> 8), (uint8_t)c.size};
        rz_buffer_append(out, length, sizeof length);
        rz_buffer_append(out, c.wire, c.size);
    }
}

bool rz_rrset_image_read(struct rz_rrset *rrset, struct rz_arena *arena, const uint8_t *owner,
                         uint16_t type, const void *image, size_t size)
{
    const uint8_t *in = image;
    if (size < 6)
        return false;
    *rrset = (struct rz_rrset){.owner = owner,
                               .type = type,
                               .ttl = (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16
                                      | (uint32_t)in[2] << 8 | in[3]};
    /* Lengths in host order and padding to even (rrset.h): one octet more a record at most. */
    uint8_t *out = rz_arena_alloc(arena, size + (size - 4) / 2 + 1);
    rrset->rdata = out;
    for (size_t at = 4; at < size;) {
        if (size - at < 2)
            return false;
        uint16_t length = (uint16_t)(in[at] << 8 | in[at + 1]);
        at += 2;
        if (length > size - at || rrset->rdata_count == UINT16_MAX)
            return false;
        memcpy(out, &length, sizeof length);
        memcpy(out + 2, in + at, length);
        out += 2 + length;
        if (length & 1)
            *out++ = 0;
        at += length;
        rrset->rdata_count++;
    }
    rrset->rdata_size = (uint32_t)(out - rrset->rdata);
    return true;
}
