/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The field tables of native zone documents and of what they share with templates, from which their
 * schemas are made too. */
#ifndef RZ_LANGUAGE_ZONE_FIELDS_H
#define RZ_LANGUAGE_ZONE_FIELDS_H

#include "language/fields.h"

extern const struct rz_field rz_zone_fields[];           /* the top level */
extern const struct rz_field rz_soa_fields[];            /* `soa:` */
extern const struct rz_field rz_pattern_fields[];        /* an entry of `ignore:` and `protect:` */
extern const struct rz_field rz_each_fields[];           /* an entry of `each:` */
extern const struct rz_field rz_forwarding_fields[];     /* an entry of `forwarding:` */
extern const struct rz_field rz_forward_target_fields[]; /* a target of it */
extern const struct rz_field rz_dnssec_fields[];         /* `dnssec:` */
extern const struct rz_field rz_dnssec_key_fields[];     /* `ksk:`, `zsk:` and `csk:` of it */
extern const struct rz_field rz_dnssec_nsec3_fields[];   /* `nsec3:` of it */
extern const struct rz_field rz_dnssec_ds_fields[];      /* `ds:` of it */
extern const struct rz_field rz_rule_fields[];           /* an entry of a template's `rules:` */
extern const struct rz_field rz_group_fields[];          /* a group of a template */

#endif
