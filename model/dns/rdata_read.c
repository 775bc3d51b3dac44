/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Presentation form to canonical wire form. libzscanner reads all types but two: addresses and
 * single names, which most records are, take a way that is several times shorter. */
#include <arpa/inet.h>
#include <libknot/errcode.h>
#include <libzscanner/scanner.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/forward.h"
#include "dns/signing.h"
#include "dns/rdata.h"
#include "dns/rtype.h"
#include "support/alloc.h"

#define TYPE_WITHOUT_FORM 65534 /* of the private use range */

struct rz_rdata_reader {
    zs_scanner_t scanner;
    struct rz_buffer line;
    uint8_t wire[RZ_RDATA_MAX];
    char why[160];
};

struct rz_rdata_reader *rz_rdata_reader_new(void)
{
    struct rz_rdata_reader *reader = rz_alloc_zero(1, sizeof *reader);
    if (zs_init(&reader->scanner, ".", 1, 0) != 0)
        rz_out_of_memory();
    return reader;
}

void rz_rdata_reader_free(struct rz_rdata_reader *reader)
{
    if (!reader)
        return;
    zs_deinit(&reader->scanner);
    rz_buffer_free(&reader->line);
    free(reader);
}

/* What in a value would be no RDATA but master-file syntax of another kind. NULL: nothing. */
static const char *misplaced_syntax(struct rz_str text)
{
    bool quoted = false;
    int open = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '\0')
            return "it has a NUL octet (write \\000)";
        if (c == '\n' || c == '\r')
            return "it has a line end (write \\010 inside a string)";
        if (c == '\\' && ++i == text.size)
            return "it ends in a backslash";
        if (c == '\\' && (text.data[i] == '\n' || text.data[i] == '\0'))
            return "it has a line end or NUL after a backslash";
        if (c == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (c == ';')
            return "it has a `;`, which starts a comment in a master file (quote the text)";
        if (c == '(')
            open++;
        if (c == ')' && --open < 0)
            return "a parenthesis closes that was not opened";
    }
    return quoted ? "a quote is not closed" : open ? "a parenthesis is not closed" : NULL;
}

static const char *explain(struct rz_rdata_reader *reader, int code)
{
    snprintf(reader->why, sizeof reader->why, "%s", zs_strerror(code));
    return reader->why;
}

static enum rz_status scan(struct rz_rdata_reader *reader, uint16_t type, struct rz_str text,
                           const uint8_t *origin, const char **why)
{
    zs_scanner_t *scanner = &reader->scanner;
    /* Generic form goes through as a type without a form of its own: libzscanner would refuse what
     * a server really holds. rz_rdata_canonical checks the octets afterwards. */
    uint16_t scanned = rz_str_starts_with(text, "\\#") ? TYPE_WITHOUT_FORM : type;
    char type_text[RZ_RTYPE_TEXT_MAX];
    rz_buffer_reset(&reader->line);
    rz_buffer_text(&reader->line, ". 0 IN ");
    rz_buffer_text(&reader->line, rz_rtype_text(type_text, scanned));
    rz_buffer_char(&reader->line, ' ');
    rz_buffer_str(&reader->line, text);
    rz_buffer_char(&reader->line, '\n');
    static const uint8_t root[] = {0};
    const uint8_t *below = origin ? origin : root;
    scanner->zone_origin_length = (uint32_t)rz_name_size(below);
    memcpy(scanner->zone_origin, below, scanner->zone_origin_length);
    scanner->error.counter = 0;
    scanner->error.fatal = false;
    scanner->error.code = 0;
    if (zs_set_input_string(scanner, reader->line.data, reader->line.size) != 0
        || zs_parse_record(scanner) != 0 || scanner->state != ZS_STATE_DATA) {
        *why = explain(reader, scanner->error.code);
        /* After an error the scanner may be in the middle of a record. */
        zs_deinit(scanner);
        if (zs_init(scanner, ".", 1, 0) != 0)
            rz_out_of_memory();
        return RZ_INVALID;
    }
    if (scanner->r_type != scanned) {
        *why = "it is of another type";
        return RZ_INVALID;
    }
    memcpy(reader->wire, scanner->r_data, scanner->r_data_length);
    return RZ_OK;
}

/* The whole value is one name: CNAME, NS, PTR, DNAME, ALIAS. */
static bool is_single_name(uint16_t type)
{
    return type == RZ_TYPE_CNAME || type == RZ_TYPE_NS || type == RZ_TYPE_PTR
           || type == RZ_TYPE_DNAME || type == RZ_TYPE_ALIAS;
}

static bool read_address(struct rz_rdata_reader *reader, uint16_t type, struct rz_str text,
                         struct rz_rdata *rdata)
{
    char copy[INET6_ADDRSTRLEN];
    if (text.size >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    if (inet_pton(type == RZ_TYPE_A ? AF_INET : AF_INET6, copy, reader->wire) != 1)
        return false;
    *rdata = (struct rz_rdata){reader->wire, type == RZ_TYPE_A ? 4 : 16};
    return true;
}

static enum rz_status read_name(struct rz_rdata_reader *reader, struct rz_str text,
                                const uint8_t *origin, struct rz_rdata *rdata, const char **why)
{
    struct rz_name name;
    enum rz_status status = rz_name_parse(&name, text, origin, why);
    if (status != RZ_OK)
        return status;
    memcpy(reader->wire, name.wire, name.size);
    *rdata = (struct rz_rdata){reader->wire, name.size};
    return RZ_OK;
}

/* PowerDNS's LUA: the type the code answers for, then the code as character strings. In wire form
 * the type comes as two octets before the strings. */
static enum rz_status read_lua(struct rz_rdata_reader *reader, struct rz_str text,
                               struct rz_rdata *rdata, const char **why)
{
    size_t word = 0;
    while (word < text.size && text.data[word] != ' ' && text.data[word] != '\t')
        word++;
    uint16_t answers;
    if (!rz_rtype_parse(&answers, (struct rz_str){text.data, word}, false)) {
        *why = "it must begin with the record type that the code answers for";
        return RZ_INVALID;
    }
    struct rz_str code = rz_str_trim((struct rz_str){text.data + word, text.size - word});
    if (scan(reader, RZ_TYPE_TXT, code, NULL, why) != RZ_OK)
        return RZ_INVALID;
    size_t size = reader->scanner.r_data_length;
    *why = "the code is no text, or too long";
    if (size + 2 > RZ_RDATA_MAX
        || rz_rdata_canonical(RZ_TYPE_TXT, reader->wire, (uint16_t)size) != RZ_OK)
        return RZ_INVALID;
    memmove(reader->wire + 2, reader->wire, size);
    reader->wire[0] = (uint8_t)(answers >> 8);
    reader->wire[1] = (uint8_t)answers;
    *rdata = (struct rz_rdata){reader->wire, (uint16_t)(size + 2)};
    return RZ_OK;
}

static enum rz_status read_forward(struct rz_rdata_reader *reader, struct rz_str text,
                                   struct rz_rdata *rdata, const char **why)
{
    struct rz_forward forward;
    enum rz_status status = rz_forward_parse(&forward, text, why);
    if (status == RZ_OK)
        *rdata = (struct rz_rdata){reader->wire,
                                   (uint16_t)rz_forward_to_wire(&forward, reader->wire)};
    return status;
}

static enum rz_status read_signing(struct rz_rdata_reader *reader, struct rz_str text,
                                   struct rz_rdata *rdata, const char **why)
{
    struct rz_signing signing;
    enum rz_status status = rz_signing_parse(&signing, text, why);
    if (status == RZ_OK)
        *rdata = (struct rz_rdata){reader->wire,
                                   (uint16_t)rz_signing_to_wire(&signing, reader->wire)};
    return status;
}

static enum rz_status read_signing_key(struct rz_rdata_reader *reader, struct rz_str text,
                                       struct rz_rdata *rdata, const char **why)
{
    struct rz_signing_key key;
    uint8_t room[RZ_SIGNING_KEY_WIRE_MAX];
    enum rz_status status = rz_signing_key_parse(&key, room, text, why);
    if (status == RZ_OK)
        *rdata = (struct rz_rdata){reader->wire,
                                   (uint16_t)rz_signing_key_to_wire(&key, reader->wire)};
    return status;
}

enum rz_status rz_rdata_read(struct rz_rdata_reader *reader, uint16_t type, struct rz_str text,
                             const uint8_t *origin, struct rz_rdata *rdata, const char **why)
{
    text = rz_str_trim(text);
    if ((type == RZ_TYPE_A || type == RZ_TYPE_AAAA) && read_address(reader, type, text, rdata))
        return RZ_OK;
    *why = text.size == 0 ? "it is empty" : misplaced_syntax(text);
    if (*why)
        return RZ_INVALID;
    bool generic = rz_str_starts_with(text, "\\#");
    if (is_single_name(type) && !generic)
        return read_name(reader, text, origin, rdata, why);
    if (type == RZ_TYPE_LUA && !generic)
        return read_lua(reader, text, rdata, why);
    if (type == RZ_TYPE_FORWARD && !generic)
        return read_forward(reader, text, rdata, why);
    if (type == RZ_TYPE_DNSSEC && !generic)
        return read_signing(reader, text, rdata, why);
    if (type == RZ_TYPE_DNSSECKEY && !generic)
        return read_signing_key(reader, text, rdata, why);
    enum rz_status status = scan(reader, type, text, origin, why);
    if (status != RZ_OK && type == RZ_TYPE_A)
        *why = "it is no IPv4 address such as 192.0.2.1";
    else if (status != RZ_OK && type == RZ_TYPE_AAAA)
        *why = "it is no IPv6 address such as 2001:db8::1";
    if (status != RZ_OK)
        return status;
    *rdata = (struct rz_rdata){reader->wire, (uint16_t)reader->scanner.r_data_length};
    status = rz_rdata_canonical(type, reader->wire, rdata->size);
    if (status != RZ_OK)
        *why = "its octets are no RDATA of this type";
    return status;
}

enum rz_status rz_rdata_from_text(struct rz_rdata_reader *reader, struct rz_str text,
                                  struct rz_rdata *rdata, const char **why)
{
    size_t size = 0, strings = text.size ? (text.size + 254) / 255 : 1;
    if (text.size + strings > RZ_RDATA_MAX) {
        *why = "the text does not fit into one record (65,279 octets at most)";
        return RZ_INVALID;
    }
    do {
        size_t part = text.size > 255 ? 255 : text.size;
        reader->wire[size++] = (uint8_t)part;
        memcpy(reader->wire + size, text.data, part);
        size += part;
        text.data += part;
        text.size -= part;
    } while (text.size);
    *rdata = (struct rz_rdata){reader->wire, (uint16_t)size};
    return RZ_OK;
}
