/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Structured values: the fields of a record by name, as YAML maps and provider JSON give them. */
#ifndef RZ_DNS_RDATA_FIELDS_H
#define RZ_DNS_RDATA_FIELDS_H

#include "dns/rtype.h"
#include "support/buffer.h"

struct rz_rdata_field {
    struct rz_str key, value;
};

/* Appends the presentation form that the fields make, in the order of the type's row; keys may be
 * names or aliases of the row. False: `*bad` is the index of the field at fault, or `count` where
 * one is missing, and `*why` says what is wrong (valid until the next call in this thread's buffer
 * `text`, or static). */
bool rz_rdata_compose(struct rz_buffer *text, const struct rz_rtype *row,
                      const struct rz_rdata_field *fields, size_t count, size_t *bad,
                      const char **why);

/* Whether `key` names a field of the row. */
bool rz_rdata_has_field(const struct rz_rtype *row, struct rz_str key);

/* Appends `octets` as one quoted character string of presentation form. */
void rz_rdata_quote(struct rz_buffer *text, struct rz_str octets);

#endif
