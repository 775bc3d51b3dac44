/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of master files below the level of records: line ends, words, and what is wrong with a
 * record that libzscanner refused. Its codes alone are poor help: it calls an unknown type a bad
 * number, so the fields are looked at again here. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dns/master_file_internal.h"
#include "dns/rtype.h"

/* Octets up to the next one that libzscanner does not take as it is. */
static size_t plain_octets(struct rz_str text)
{
    size_t at = 0;
    for (uint64_t word; at + sizeof word <= text.size; at += sizeof word) {
        memcpy(&word, text.data + at, sizeof word);
        uint64_t carriage = word ^ 0x0d0d0d0d0d0d0d0dULL; /* a zero octet where a CR is */
        if ((word | ((carriage - 0x0101010101010101ULL) & ~carriage)) & 0x8080808080808080ULL)
            break;
    }
    while (at < text.size && text.data[at] != '\r' && !((unsigned char)text.data[at] & 0x80))
        at++;
    return at;
}

/* Whether a backslash at the end escapes what comes next. */
static bool ends_in_escape(const struct rz_buffer *text)
{
    size_t backslashes = 0;
    while (backslashes < text->size && text->data[text->size - 1 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2;
}

struct rz_str rz_master_plain_text(struct rz_buffer *copy, struct rz_str text)
{
    if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
        text = (struct rz_str){text.data + 3, text.size - 3};
    size_t plain = plain_octets(text);
    if (plain == text.size)
        return text;
    while (text.size) {
        rz_buffer_append(copy, text.data, plain);
        text = (struct rz_str){text.data + plain, text.size - plain};
        if (!text.size)
            break;
        unsigned char c = (unsigned char)text.data[0];
        if (c != '\r') {
            if (!ends_in_escape(copy))
                rz_buffer_char(copy, '\\');
            rz_buffer_append(
                copy,
                (char[]){(char)('0' + c / 100), (char)('0' + c / 10 % 10), (char)('0' + c % 10)},
                3);
        } else if (text.size > 1 && text.data[1] != '\n') {
            rz_buffer_char(copy, '\r');
        }
        text = (struct rz_str){text.data + 1, text.size - 1};
        plain = plain_octets(text);
    }
    return rz_buffer_view(copy);
}

struct rz_str rz_master_line(struct rz_master_input *input, uint32_t number)
{
    struct rz_str text = input->source->text;
    const char *end = text.data + text.size;
    if (!input->seek.start || input->seek.line > number) {
        input->seek.start = text.data;
        input->seek.line = 1;
    }
    while (input->seek.line < number) {
        const char *stop = memchr(input->seek.start, '\n', (size_t)(end - input->seek.start));
        if (!stop)
            return (struct rz_str){end, 0};
        input->seek.start = stop + 1;
        input->seek.line++;
    }
    const char *stop = memchr(input->seek.start, '\n', (size_t)(end - input->seek.start));
    return (struct rz_str){input->seek.start, (size_t)((stop ? stop : end) - input->seek.start)};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t escaped(struct rz_str text, size_t at)
{
    return text.data[at] == '\\' && at + 1 < text.size ? 2 : 1;
}

struct rz_str rz_master_word(struct rz_str *rest, bool *quoted)
{
    size_t at = 0;
    while (at < rest->size && is_blank(rest->data[at]))
        at++;
    if (quoted)
        *quoted = false;
    if (at == rest->size || rest->data[at] == ';') {
        *rest = (struct rz_str){rest->data + rest->size, 0};
        return (struct rz_str){0};
    }
    bool is_quoted = rest->data[at] == '"';
    size_t start = at += is_quoted;
    while (
        at < rest->size
        && (is_quoted ? rest->data[at] != '"' : !is_blank(rest->data[at]) && rest->data[at] != ';'))
        at += escaped(*rest, at);
    struct rz_str word = {rest->data + start, at - start};
    at += is_quoted && at < rest->size;
    if (quoted)
        *quoted = is_quoted;
    *rest = (struct rz_str){rest->data + at, rest->size - at};
    return word;
}

/* Characters, not octets: continuation octets of UTF-8 are left out. */
static uint32_t characters(const char *from, const char *to)
{
    uint32_t count = 0;
    for (; from < to; from++)
        count += ((unsigned char)*from & 0xc0) != 0x80;
    return count;
}

struct rz_place rz_master_place(const struct rz_master_input *input, uint32_t line,
                                struct rz_str whole, struct rz_str at)
{
    struct rz_place place = {.source = input->source, .line = line, .column = 1};
    if (at.size && !input->generate_line) {
        place.column = 1 + characters(whole.data, at.data);
        place.width = characters(at.data, at.data + at.size);
    }
    return place;
}

struct rz_diag *rz_master_error(struct rz_master_input *input, enum rz_code code,
                                struct rz_place place, const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (++input->reader->errors >= RZ_DIAGS_MAX)
        for (struct rz_master_input *file = input; file; file = file->parent)
            file->given_up = true;
    return rz_diags_add(input->reader->diags, code, place, "%s%s",
                        input->generate_line ? "$GENERATE makes a bad record: " : "", message);
}

/* A record's line taken apart. */
struct fields {
    struct rz_str owner, class, ttl, type, rdata;
};

/* `CH`, `CLASS3` … but not `IN`. */
static bool is_class(struct rz_str word)
{
    static const char *const classes[] = {"IN", "CLASS1", "CH", "HS", "CS", "NONE"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (rz_str_equal_nocase(word, rz_str_of(classes[i])))
            return true;
    return word.size > 5 && rz_str_equal_nocase((struct rz_str){word.data, 5}, RZ_STR("CLASS"));
}

static struct fields take_apart(struct rz_str whole)
{
    struct fields fields = {0};
    struct rz_str rest = whole;
    if (whole.size && !is_blank(whole.data[0]))
        fields.owner = rz_master_word(&rest, NULL);
    for (struct rz_str word; (word = rz_master_word(&rest, NULL)).data;) {
        if (!word.size || (word.data[0] == '(' && word.size == 1))
            continue;
        if (is_class(word) && !fields.class.data) {
            fields.class = word;
        } else if (word.size && word.data[0] >= '0' && word.data[0] <= '9' && !fields.ttl.data) {
            fields.ttl = word;
        } else {
            fields.type = word;
            fields.rdata = rz_str_trim(rest);
            break;
        }
    }
    return fields;
}

static int shown(struct rz_str word)
{
    return word.size < 64 ? (int)word.size : 64;
}

static void explain_type(struct rz_master_input *input, const struct fields *fields, uint32_t line,
                         struct rz_str whole)
{
    struct rz_diag *diag = rz_master_error(
        input, RZ1103, rz_master_place(input, line, whole, fields->type),
        "unknown record type %.*s", shown(fields->type), fields->type.data);
    const char *const *names = rz_rtype_names();
    size_t count = 0;
    while (names[count])
        count++;
    int near = rz_str_nearest(fields->type, names, count);
    if (near >= 0)
        rz_diag_hint(input->reader->diags, diag, "did you mean %s?", names[near]);
    else
        rz_diag_hint(input->reader->diags, diag,
                     "a type without a name is written TYPE and its number");
}

static bool has_open_quote(struct rz_str text)
{
    bool open = false;
    for (size_t i = 0; i < text.size; i += escaped(text, i)) {
        if (text.data[i] == '"')
            open = !open;
        else if (text.data[i] == ';' && !open)
            break;
    }
    return open;
}

static void explain_rdata(struct rz_master_input *input, int zs_code, struct rz_place place,
                          struct rz_str type, struct rz_str rdata)
{
    struct rz_diags *diags = input->reader->diags;
    if (has_open_quote(rdata)) {
        struct rz_diag *diag = rz_master_error(input, RZ1104, place,
                                               "a quoted text is not closed on its line");
        rz_diag_hint(diags, diag,
                     "close it with a quotation mark; a line end inside is written "
                     "\\010");
    } else if (zs_code == ZS_BAD_NUMBER && !rdata.size) {
        rz_master_error(input, RZ1104, place, "%.*s without data", shown(type), type.data);
    } else {
        rz_master_error(input, RZ1104, place, "%.*s%s%s", shown(type), type.data,
                        type.size ? ": " : "", zs_strerror(zs_code));
    }
}

void rz_master_explain(struct rz_master_input *input, int zs_code, uint32_t line,
                       struct rz_str whole, bool first)
{
    struct rz_str trimmed = rz_str_trim(whole), none = {0};
    if (!first && !input->generate_line) {
        explain_rdata(input, zs_code, rz_master_place(input, line, whole, trimmed), none, trimmed);
        return;
    }
    struct fields fields = take_apart(whole);
    struct rz_name name;
    const char *why;
    uint16_t code;
    if (zs_code == ZS_BAD_PREVIOUS_OWNER && !fields.owner.size) {
        struct rz_diag *diag = rz_master_error(input, RZ1310,
                                               rz_master_place(input, line, whole, trimmed),
                                               "no owner, and no record before to take it from");
        rz_diag_hint(input->reader->diags, diag, "begin the line with an owner, `@` for the zone");
    } else if (fields.owner.size
               && rz_name_parse(&name, fields.owner, input->scanner->zone_origin, &why) != RZ_OK) {
        rz_master_error(input, RZ1101, rz_master_place(input, line, whole, fields.owner),
                        "bad owner: %s", why);
    } else if (fields.class.size && !rz_str_equal_nocase(fields.class, RZ_STR("IN"))) {
        struct rz_diag *diag = rz_master_error(
            input, RZ1311, rz_master_place(input, line, whole, fields.class),
            "class %.*s, but zones here are of class IN", shown(fields.class), fields.class.data);
        rz_diag_hint(input->reader->diags, diag, "%s",
                     rz_str_equal_nocase(fields.class, RZ_STR("CLASS1")) ? "write IN for CLASS1"
                                                                         : "delete the record");
    } else if (!fields.type.size) {
        rz_master_error(input, RZ1310, rz_master_place(input, line, whole, trimmed),
                        "the record has no type");
    } else if (zs_code == ZS_BAD_TIME_UNIT && fields.ttl.size) {
        struct rz_diag *diag = rz_master_error(input, RZ1106,
                                               rz_master_place(input, line, whole, fields.ttl),
                                               "bad TTL %.*s", shown(fields.ttl), fields.ttl.data);
        rz_diag_hint(input->reader->diags, diag, "a number of seconds, or such as 1h30m");
    } else if (!rz_rtype_parse(&code, fields.type, false) || rz_rtype_flags(code) & RZ_RTYPE_META) {
        explain_type(input, &fields, line, whole);
    } else {
        struct rz_str at = fields.rdata.size ? fields.rdata : fields.type;
        explain_rdata(input, zs_code, rz_master_place(input, line, whole, at), fields.type,
                      fields.rdata);
    }
}
