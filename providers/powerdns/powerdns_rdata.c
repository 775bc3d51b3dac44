/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What PowerDNS takes, and how it spells it. */
#include "powerdns/powerdns.h"

void rz_powerdns_print(struct rz_buffer *out, uint16_t type, const uint8_t *wire, uint16_t size)
{
    rz_rdata_print(out, type, wire, size);
}

const char *rz_powerdns_type_text(char text[RZ_RTYPE_TEXT_MAX], uint16_t type)
{
    return rz_rtype_text(text, type);
}

bool rz_powerdns_takes_type(uint16_t type)
{
    return !(rz_rtype_flags(type) & RZ_RTYPE_META);
}

/* Octets that the API allows in owners. */
static bool is_plain(uint8_t octet)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '-'
           || octet == '_' || octet == '/';
}

const char *rz_powerdns_refuses(const struct rz_provider *provider, const struct rz_rrset *rrset)
{
    (void)provider;
    const uint8_t *label = rrset->owner;
    if (rz_name_is_wildcard(label))
        label += 1 + *label;
    for (; *label; label += 1 + *label)
        for (unsigned i = 1; i <= *label; i++)
            if (!is_plain(label[i]))
                return "PowerDNS takes letters, digits, `-`, `_` and `/` in owners, and `*` only as "
                       "the first label";
    return NULL;
}
