/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The field tables of native zone documents, from which their schema is made too. */
#ifndef RZ_LANGUAGE_ZONE_FIELDS_H
#define RZ_LANGUAGE_ZONE_FIELDS_H

#include "language/fields.h"

extern const struct rz_field rz_zone_fields[];    /* the top level */
extern const struct rz_field rz_soa_fields[];     /* `soa:` */
extern const struct rz_field rz_pattern_fields[]; /* an entry of `ignore:` and `protect:` */

#endif
