/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table behind rtype.h, ordered by code. */
#ifndef RZ_DNS_RTYPE_TABLE_H
#define RZ_DNS_RTYPE_TABLE_H

#include "dns/rtype.h"

extern const struct rz_rtype rz_rtype_table[];
extern const size_t rz_rtype_table_count;

#endif
