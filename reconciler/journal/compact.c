/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and numbers in few octets. */
#include "journal/compact.h"

#include <string.h>

#define NUMBER_OCTETS_MAX 5 /* of 32 bits */

void rz_compact_number(struct rz_buffer *out, uint32_t value)
{
    for (; value > 127; value >>= 7)
        rz_buffer_char(out, (char)(value | 128));
    rz_buffer_char(out, (char)value);
}

void rz_compact_name(struct rz_buffer *out, const uint8_t *name, const uint8_t *last)
{
    size_t size = rz_name_size(name), last_size = last ? rz_name_size(last) : 0, head = 0, tail = 0;
    size_t least = size < last_size ? size : last_size;
    while (head < least && name[head] == last[head])
        head++;
    /* Neighbours in a zone have one parent, as a rule. */
    size_t parent = size - 1 - *name;
    if (last_size && last_size - 1 - *last == parent
        && memcmp(name + size - parent, last + last_size - parent, parent) == 0)
        tail = parent < least - head ? parent : least - head;
    while (tail < least - head && name[size - 1 - tail] == last[last_size - 1 - tail])
        tail++;
    uint8_t sizes[3] = {(uint8_t)head, (uint8_t)tail, (uint8_t)(size - head - tail)};
    rz_buffer_append(out, sizes, sizeof sizes);
    rz_buffer_append(out, name + head, size - head - tail);
}

const uint8_t *rz_compact_take(struct rz_compact *in, size_t size)
{
    const uint8_t *taken = in->at;
    if (in->damaged || (size_t)(in->end - in->at) < size) {
        in->damaged = true;
        return NULL;
    }
    in->at += size;
    return taken;
}

uint32_t rz_compact_take_number(struct rz_compact *in)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < NUMBER_OCTETS_MAX; i++) {
        const uint8_t *octet = rz_compact_take(in, 1);
        if (!octet)
            return 0;
        value |= (uint64_t)(*octet & 127) << 7 * i;
        if (*octet < 128) {
            in->damaged |= value > UINT32_MAX;
            return (uint32_t)value;
        }
    }
    in->damaged = true;
    return 0;
}

void rz_compact_take_name(struct rz_compact *in, struct rz_name *name)
{
    const uint8_t *sizes = rz_compact_take(in, 3);
    if (!sizes)
        return;
    size_t head = sizes[0], tail = sizes[1], own = sizes[2], size = head + tail + own;
    const uint8_t *middle = rz_compact_take(in, own);
    if (!middle || size == 0 || size > RZ_NAME_MAX || head > name->size || tail > name->size) {
        in->damaged = true;
        return;
    }
    /* The head stands where it has to. */
    memmove(name->wire + head + own, name->wire + name->size - tail, tail);
    for (size_t i = 0; i < own; i++) /* octets of length are below the letters */
        name->wire[head + i] = middle[i] >= 'A' && middle[i] <= 'Z' ? middle[i] | 0x20 : middle[i];
    name->size = (uint8_t)size;
    in->damaged |= rz_name_check(name->wire, size) != size;
}
