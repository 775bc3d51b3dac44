/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spellings of PowerDNS, found by asking a server of 4.7 for each type. */
#include "powerdns/powerdns_rdata.h"

#include <stdio.h>
#include <stdlib.h>

#define TYPE_WITHOUT_FORM 65534 /* prints in the generic form of RFC 3597 */

enum {
    TYPE_MB = 7,
    TYPE_MG = 8,
    TYPE_MR = 9,
    TYPE_MINFO = 14,
    TYPE_RP = 17,
    TYPE_AFSDB = 18,
    TYPE_KEY = 25,
    TYPE_KX = 36,
    TYPE_IPSECKEY = 45,
    TYPE_RKEY = 57,
    TYPE_LP = 107,
    TYPE_DLV = 32769,
};

/* Types that PowerDNS knows by another name than rezone, or as others are written. */
static const struct other {
    const char *name;
    uint16_t type;
    uint16_t form; /* type whose presentation form it has */
} others[] = {
    {"MB", TYPE_MB, RZ_TYPE_NS},    {"MG", TYPE_MG, RZ_TYPE_NS},   {"MR", TYPE_MR, RZ_TYPE_NS},
    {"RKEY", TYPE_RKEY, TYPE_KEY},  {"DLV", TYPE_DLV, RZ_TYPE_DS}, {"A6", 38, TYPE_WITHOUT_FORM},
    {"SIG", 24, TYPE_WITHOUT_FORM},
};

/* Types that it reads and writes in the form of their own; all others in the generic one. */
static const uint16_t formed[] = {
    1,           2,  5,  6,  12, 13, 14, 15,  16,  17,  18,  25,  28,  29,  33,  35,
    36,          37, 39, 42, 43, 44, 45, 46,  47,  48,  49,  50,  51,  52,  53,  59,
    60,          61, 62, 63, 64, 65, 99, 104, 105, 106, 107, 108, 109, 256, 257, RZ_TYPE_ALIAS,
    RZ_TYPE_LUA,
};

static const struct other *find_other(uint16_t type)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].type == type)
            return &others[i];
    return NULL;
}

static uint16_t form_of(uint16_t type)
{
    for (size_t i = 0; i < sizeof formed / sizeof *formed; i++)
        if (formed[i] == type)
            return type;
    const struct other *other = find_other(type);
    return other ? other->form : TYPE_WITHOUT_FORM;
}

const char *rz_powerdns_type_text(char text[RZ_RTYPE_TEXT_MAX], uint16_t type)
{
    static const char digits[] = "0123456789";
    if (form_of(type) == type)
        return rz_rtype_text(text, type);
    char *out = memcpy(text, "TYPE", 4);
    out += 4;
    for (unsigned unit = 10000; unit; unit /= 10)
        if (type >= unit)
            *out++ = digits[type / unit % 10];
    *out = '\0';
    return text;
}

bool rz_powerdns_type_parse(uint16_t *type, struct rz_str text)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (rz_str_is(text, others[i].name)) {
            *type = others[i].type;
            return true;
        }
    return rz_rtype_parse(type, text, false);
}

static uint32_t get32(const uint8_t *wire)
{
    return (uint32_t)wire[0] << 24 | (uint32_t)wire[1] << 16 | (uint32_t)wire[2] << 8 | wire[3];
}

/* Never with a dotted end, which the API writes and does not read. RFC 5952 §4 otherwise. */
static void print_ipv6(struct rz_buffer *out, const uint8_t *wire)
{
    unsigned best = 8, length = 1; /* a single zero is not shortened */
    for (unsigned i = 0, run; i < 8; i += run ? run : 1) {
        for (run = 0; i + run < 8 && !wire[2 * (i + run)] && !wire[2 * (i + run) + 1];)
            run++;
        if (run > length)
            best = i, length = run;
    }
    for (unsigned i = 0; i < 8; i++) {
        if (i == best) {
            rz_buffer_text(out, "::");
            i += length - 1;
            continue;
        }
        if (i && i != best + length)
            rz_buffer_char(out, ':');
        rz_buffer_printf(out, "%x", wire[2 * i] << 8 | wire[2 * i + 1]);
    }
}

/* Thousandths of a second of arc from the equator or meridian, which themselves are south or west.
 * The arithmetic is PowerDNS's own, with its rounding: a whole minute may come out as the one before
 * and 60.000 seconds, and it takes nothing else. */
static void print_angle(struct rz_buffer *out, uint32_t wire, char positive, char negative)
{
    double angle = (double)((int64_t)wire - ((int64_t)1 << 31)) / 3600000.0;
    double minutes = 60.0 * (angle - (int)angle);
    double seconds = (minutes - (int)minutes) * 60.0;
    unsigned thousandths = (unsigned)((seconds < 0 ? -seconds : seconds) * 1000 + 0.5);
    rz_buffer_printf(out, "%d %d %u.%03u %c ", abs((int)angle),
                     abs((int)((angle - (int)angle) * 60)), thousandths / 1000, thousandths % 1000,
                     angle > 0 ? positive : negative);
}

/* Centimetres as mantissa and power of ten. */
static uint64_t centimetres(uint8_t wire)
{
    uint64_t value = wire >> 4;
    for (unsigned power = wire & 15; power; power--)
        value *= 10;
    return value;
}

static void print_loc(struct rz_buffer *out, const uint8_t *wire)
{
    print_angle(out, get32(wire + 4), 'N', 'S');
    print_angle(out, get32(wire + 8), 'E', 'W');
    int64_t altitude = (int64_t)get32(wire + 12) - 10000000;
    unsigned long long height = (unsigned long long)(altitude < 0 ? -altitude : altitude);
    rz_buffer_printf(out, "%s%llu.%02llum", altitude < 0 ? "-" : "", height / 100, height % 100);
    for (int i = 1; i <= 3; i++) {
        unsigned long long size = centimetres(wire[i]);
        rz_buffer_printf(out, " %llu.%02llum", size / 100, size % 100);
    }
}

/* Names are escaped less than in master files: of what is no digit, only the dot and the backslash
 * are. What stands in quotes is as it is. */
static void unescape(struct rz_buffer *out, size_t start)
{
    char *from = out->data + start, *to = from;
    bool quoted = false;
    if (*from == '\\' && from[1] == '#')
        return;
    for (; *from; *to++ = *from++) {
        if (*from == '"')
            quoted = !quoted;
        if (*from != '\\' || !from[1])
            continue;
        if (quoted || (from[1] >= '0' && from[1] <= '9') || from[1] == '.' || from[1] == '\\')
            *to++ = *from++;
        else
            from++;
    }
    *to = '\0';
    out->size = (size_t)(to - out->data);
}

/* SVCB: the value of `ech` stands in quotes, and a key without a name has a value even if empty. */
static void print_svcb(struct rz_buffer *out, uint16_t type, const uint8_t *wire, uint16_t size)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_rdata_print(&text, type, wire, size);
    unescape(&text, 0);
    const char *at = text.data;
    while (*at) {
        bool quoted = false, ech = strncmp(at, "ech=", 4) == 0 && at[4] != '"';
        size_t length = 0;
        for (; at[length] && (quoted || at[length] != ' '); length++) {
            if (at[length] == '\\' && at[length + 1])
                length++;
            else if (at[length] == '"')
                quoted = !quoted;
        }
        struct rz_str token = {at, length};
        bool bare = rz_str_starts_with(token, "key") && !memchr(at, '=', length);
        rz_buffer_append(out, at, ech ? 4 : length);
        if (ech)
            rz_buffer_printf(out, "\"%.*s\"", (int)length - 4, at + 4);
        if (bare)
            rz_buffer_text(out, "=\"\"");
        at += length;
        if (*at)
            rz_buffer_char(out, *at++);
    }
}

/* Without the dot that stands for "no gateway". */
static void print_ipseckey(struct rz_buffer *out, const uint8_t *wire, uint16_t size)
{
    size_t start = out->size;
    rz_rdata_print(out, TYPE_IPSECKEY, wire, size);
    char *dot = size > 2 && wire[1] == 0 ? strstr(out->data + start, " .") : NULL;
    if (dot) {
        memmove(dot, dot + 2, strlen(dot + 2) + 1);
        out->size -= 2;
    }
}

void rz_powerdns_print(struct rz_buffer *out, uint16_t type, const uint8_t *wire, uint16_t size)
{
    uint16_t form = form_of(type);
    size_t start = out->size;
    if (form == RZ_TYPE_AAAA && size == 16) {
        print_ipv6(out, wire);
    } else if (form == RZ_TYPE_LOC && size == 16 && wire[0] == 0) {
        print_loc(out, wire);
    } else if (form == RZ_TYPE_SVCB || form == RZ_TYPE_HTTPS) {
        print_svcb(out, type, wire, size);
    } else if (form == TYPE_IPSECKEY) {
        print_ipseckey(out, wire, size);
    } else if (form == RZ_TYPE_A || form == RZ_TYPE_TXT) {
        rz_rdata_print(out, type, wire, size);
    } else {
        rz_rdata_print(out, form, wire, size);
        unescape(out, start);
        if (form == TYPE_WITHOUT_FORM && size == 0)
            rz_buffer_char(out, ' '); /* so it writes `\# 0 ` */
    }
}

/* All that stands outside quotes in RDATA of the type are numbers and names. */
static bool has_only_names(uint16_t form)
{
    switch (form) {
    case RZ_TYPE_NS:
    case RZ_TYPE_CNAME:
    case RZ_TYPE_SOA:
    case RZ_TYPE_PTR:
    case RZ_TYPE_MX:
    case RZ_TYPE_SRV:
    case RZ_TYPE_DNAME:
    case RZ_TYPE_ALIAS:
    case RZ_TYPE_NAPTR:
    case TYPE_MINFO:
    case TYPE_RP:
    case TYPE_AFSDB:
    case TYPE_KX:
    case TYPE_LP: return true;
    default: return false;
    }
}

/* What in a name of a master file needs no escape; blanks part the fields. */
static bool is_usual(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
           || c == '_' || c == '/' || c == '*' || c == '.' || c == ' ';
}

/* Puts back the escapes that names need in a master file. */
static struct rz_str escape(struct rz_buffer *scratch, struct rz_str text, bool strings)
{
    bool quoted = false;
    rz_buffer_reset(scratch);
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '\\' && i + 1 < text.size)
            rz_buffer_char(scratch, text.data[i++]);
        else if (c == '"' && strings)
            quoted = !quoted;
        else if (!quoted && !is_usual(c))
            rz_buffer_char(scratch, '\\');
        rz_buffer_char(scratch, text.data[i]);
    }
    return rz_buffer_view(scratch);
}

static bool is_all_usual(struct rz_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_usual(text.data[i]))
            return false;
    return true;
}

/* Puts back the dot of an IPSECKEY without gateway: precedence, type 0, algorithm, key. */
static struct rz_str add_gateway(struct rz_buffer *scratch, struct rz_str text)
{
    const char *at = text.data, *end = text.data + text.size;
    for (int field = 0; field < 3; field++) {
        const char *start = at;
        while (at < end && *at != ' ')
            at++;
        if (field == 1 && (at - start != 1 || *start != '0'))
            return text;
        if (field < 2 && at < end)
            at++;
    }
    if (end - at >= 2 && at[1] == '.')
        return text;
    rz_buffer_reset(scratch);
    rz_buffer_append(scratch, text.data, (size_t)(at - text.data));
    rz_buffer_text(scratch, " .");
    rz_buffer_append(scratch, at, (size_t)(end - at));
    return rz_buffer_view(scratch);
}

/* "52 20 60.000 N …" as what it means, "52 21 0.000 N …". */
static struct rz_str carry_seconds(struct rz_buffer *scratch, struct rz_str text)
{
    unsigned degrees[2], minutes[2];
    char seconds[2][8], side[2];
    int rest = 0;
    if (text.size > 200)
        return text;
    char copy[201];
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    if (sscanf(copy, "%3u %2u %7[0-9.] %c %3u %2u %7[0-9.] %c %n", &degrees[0], &minutes[0],
               seconds[0], &side[0], &degrees[1], &minutes[1], seconds[1], &side[1], &rest)
        != 8)
        return text;
    rz_buffer_reset(scratch);
    for (int i = 0; i < 2; i++) {
        bool carry = strcmp(seconds[i], "60.000") == 0;
        unsigned total = degrees[i] * 60 + minutes[i] + carry;
        rz_buffer_printf(scratch, "%u %u %s %c ", total / 60, total % 60,
                         carry ? "0.000" : seconds[i], side[i]);
    }
    rz_buffer_text(scratch, copy + rest);
    return rz_buffer_view(scratch);
}

enum rz_status rz_powerdns_read_rdata(struct rz_rdata_reader *reader, struct rz_buffer *scratch,
                                      uint16_t type, struct rz_str text, struct rz_rdata *rdata,
                                      const char **why)
{
    uint16_t form = type;
    bool generic = rz_str_starts_with(text, "\\#");
    if (!generic && type != RZ_TYPE_A && type != RZ_TYPE_AAAA && type != RZ_TYPE_TXT) {
        const struct other *other = find_other(type);
        form = other ? other->form : type;
        if (has_only_names(form)) {
            if (!is_all_usual(text))
                text = escape(scratch, text, form == RZ_TYPE_NAPTR);
        } else if (form == TYPE_IPSECKEY) {
            text = add_gateway(scratch, text);
        } else if (form == RZ_TYPE_LOC) {
            text = carry_seconds(scratch, text);
        }
    }
    return rz_rdata_read(reader, form, text, NULL, rdata, why);
}

/* RFC 952: the names of hosts that mail, name and other servers have. */
static bool is_hostname(const uint8_t *name)
{
    for (const uint8_t *label = name; *label; label += 1 + *label) {
        if (label[1] == '-' || label[*label] == '-')
            return false;
        for (unsigned i = 1; i <= *label; i++)
            if (!((label[i] >= 'a' && label[i] <= 'z') || (label[i] >= '0' && label[i] <= '9')
                  || label[i] == '-'))
                return false;
    }
    return true;
}

/* Printable octets that are not usual in names, and so stand there without an escape. */
struct oddity {
    bool any, quote;
};

static void look_for_odd(void *user, const uint8_t *name)
{
    struct oddity *odd = user;
    for (const uint8_t *label = name; *label; label += 1 + *label)
        for (unsigned i = 1; i <= *label; i++) {
            char c = (char)label[i];
            odd->any |= label[i] > ' ' && label[i] < 0x7F && c != '\\' && !is_usual(c);
            odd->quote |= c == '"';
        }
}

const char *rz_powerdns_refuses_rdata(uint16_t type, const uint8_t *wire, uint16_t size)
{
    static const char no_hostname[] =
        "PowerDNS takes only letters, digits and inner hyphens in the host that it names";
    size_t skip = type == RZ_TYPE_MX ? 2 : type == RZ_TYPE_SRV ? 6 : 0;
    if ((type == RZ_TYPE_NS || skip) && size > skip && !is_hostname(wire + skip))
        return no_hostname;
    struct oddity odd = {0};
    if ((type == RZ_TYPE_SVCB || type == RZ_TYPE_HTTPS) && size > 2)
        look_for_odd(&odd, wire + 2); /* libknot sees no name there */
    else if (!has_only_names(type) || type == RZ_TYPE_NAPTR)
        rz_rdata_names(type, wire, size, look_for_odd, &odd);
    if (type == RZ_TYPE_NAPTR ? odd.quote : odd.any)
        return "PowerDNS's API does not tell a special character in the name that it holds from "
               "the rest";
    if (type == RZ_TYPE_LOC && size == 16) {
        for (int i = 1; i <= 3; i++)
            if (centimetres(wire[i]) > UINT32_MAX)
                return "PowerDNS takes sizes and precisions up to 40,000 km";
        if (get32(wire + 12) > INT32_MAX)
            return "PowerDNS takes altitudes up to 21,374 km";
    }
    return NULL;
}
