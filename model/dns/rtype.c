/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Look-ups in the table of record types; mnemonics beyond it are libknot's. */
#include "dns/rtype.h"

#include <libknot/descriptor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rtype_table.h"

const struct rz_rtype *rz_rtype_find(uint16_t code)
{
    /* Records of one type come in runs. */
    static _Thread_local const struct rz_rtype *last = rz_rtype_table;
    if (last->code == code)
        return last;
    size_t low = 0, high = rz_rtype_table_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (rz_rtype_table[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == rz_rtype_table_count || rz_rtype_table[low].code != code)
        return NULL;
    return last = &rz_rtype_table[low];
}

unsigned rz_rtype_flags(uint16_t code)
{
    const struct rz_rtype *row = rz_rtype_find(code);
    if (row)
        return row->flags;
    /* RFC 6895 §3.1: 128 to 255 are for questions and messages. */
    return code == 0 || (code >= 128 && code <= 255) ? RZ_RTYPE_META : 0;
}

/* TYPE and decimal digits without leading zeros, RFC 3597 §5; libknot would take TYPE01 and TYPE0. */
static bool parse_number(uint16_t *code, const char *text)
{
    if (strncmp(text, "TYPE", 4) != 0 || text[4] < '1' || text[4] > '9')
        return false;
    char *end;
    unsigned long value = strtoul(text + 4, &end, 10);
    if (*end || value > UINT16_MAX)
        return false;
    *code = (uint16_t)value;
    return true;
}

bool rz_rtype_parse(uint16_t *code, struct rz_str text, bool strict)
{
    char upper[RZ_RTYPE_TEXT_MAX];
    if (text.size == 0 || text.size >= sizeof upper)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c >= 'a' && c <= 'z' && strict)
            return false;
        upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
    }
    upper[text.size] = '\0';
    for (size_t i = 0; i < rz_rtype_table_count; i++)
        if (strcmp(rz_rtype_table[i].name, upper) == 0) {
            *code = rz_rtype_table[i].code;
            return true;
        }
    if (strncmp(upper, "TYPE", 4) == 0)
        return parse_number(code, upper);
    return knot_rrtype_from_string(upper, code) == 0;
}

char *rz_rtype_text(char text[RZ_RTYPE_TEXT_MAX], uint16_t code)
{
    const struct rz_rtype *row = rz_rtype_find(code);
    if (row)
        memcpy(text, row->name, strlen(row->name) + 1); /* names of the table fit */
    else if (knot_rrtype_to_string(code, text, RZ_RTYPE_TEXT_MAX) <= 0)
        snprintf(text, RZ_RTYPE_TEXT_MAX, "TYPE%u", code);
    return text;
}

const char *const *rz_rtype_names(void)
{
    static const char *const names[] = {
        "A",     "AAAA",       "AFSDB", "ALIAS", "APL",      "CAA",    "CDNSKEY", "CDS",
        "CERT",  "CNAME",      "CSYNC", "DHCID", "DNAME",    "DNSKEY", "DS",      "EUI48",
        "EUI64", "FORWARD",    "HINFO", "HTTPS", "IPSECKEY", "KEY",    "KX",      "L32",
        "L64",   "LOC",        "LP",    "LUA",   "MINFO",    "MX",     "NAPTR",   "NID",
        "NS",    "OPENPGPKEY", "PTR",   "RP",    "RT",       "SMIMEA", "SOA",     "SPF",
        "SRV",   "SSHFP",      "SVCB",  "TLSA",  "TXT",      "URI",    "ZONEMD",  NULL};
    return names;
}
