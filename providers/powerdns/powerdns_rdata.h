/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RDATA and types as PowerDNS spells them. Its API refuses every other spelling of the same RDATA
 * ("Not in expected format"), and its own is not always what a master file has. */
#ifndef RZ_POWERDNS_RDATA_H
#define RZ_POWERDNS_RDATA_H

#include "dns/rdata.h"
#include "dns/rtype.h"

/* Appends RDATA as PowerDNS itself writes it. */
void rz_powerdns_print(struct rz_buffer *out, uint16_t type, const uint8_t *wire, uint16_t size);
/* Reads what PowerDNS writes; `scratch` is memory for it. As rz_rdata_read otherwise. */
enum rz_status rz_powerdns_read_rdata(struct rz_rdata_reader *reader, struct rz_buffer *scratch,
                                      uint16_t type, struct rz_str text, struct rz_rdata *rdata,
                                      const char **why);
/* The type's name in the API, and back. Returns `text`; false for a name that is no type's. */
const char *rz_powerdns_type_text(char text[RZ_RTYPE_TEXT_MAX], uint16_t type);
bool rz_powerdns_type_parse(uint16_t *type, struct rz_str text);
/* Why PowerDNS would not take the RDATA, a sentence part; NULL: it does. */
const char *rz_powerdns_refuses_rdata(uint16_t type, const uint8_t *wire, uint16_t size);

#endif
