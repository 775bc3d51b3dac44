/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and numbers in few octets: what blocks of changes and snapshots are made of. */
#ifndef RZ_JOURNAL_COMPACT_H
#define RZ_JOURNAL_COMPACT_H

#include "dns/name.h"
#include "support/buffer.h"

/* Seven bits an octet, the lowest first, the highest bit set where more follow. */
void rz_compact_number(struct rz_buffer *out, uint32_t value);
/* A name in wire form by the name before it (NULL: none): how many octets it has from its beginning and
 * from its end, how many of its own stand between, one octet each; and the latter. */
void rz_compact_name(struct rz_buffer *out, const uint8_t *name, const uint8_t *last);

/* What is left to read. Once it is damaged nothing more is taken. */
struct rz_compact {
    const uint8_t *at, *end;
    bool damaged;
};
/* The next octets, NULL where it ends before. */
const uint8_t *rz_compact_take(struct rz_compact *in, size_t size);
uint32_t rz_compact_take_number(struct rz_compact *in);
/* `name` is the one before, and becomes the next. */
void rz_compact_take_name(struct rz_compact *in, struct rz_name *name);

#endif
