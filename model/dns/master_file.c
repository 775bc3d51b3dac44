/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading master files. libzscanner reads the records; the directives are taken out of its input and
 * handled here, because it neither knows $GENERATE nor a relative $ORIGIN, stops at the first bad
 * one, and would open any path that an $INCLUDE names. */
#include "dns/master_file.h"

#include <stdlib.h>
#include <string.h>

#include "dns/master_file_internal.h"
#include "dns/rtype.h"
#include "support/alloc.h"

/* Given to libzscanner as default TTL, it marks records without one. Over 2^31-1, so no record may
 * have it (RFC 2181 §8), and no number that people write. */
#define NO_TTL 0xfacade01u
#define TTL_MAX 0x7fffffffu
#define GENERATE_LIMIT 65536
#define GENERATE_TOTAL 16 /* times the limit of one */

zs_scanner_t *rz_master_scanner_new(const uint8_t *origin, const uint8_t *owner)
{
    zs_scanner_t *scanner = rz_alloc(sizeof *scanner);
    if (zs_init(scanner, ".", 1, NO_TTL) != 0)
        rz_out_of_memory(); /* it would read every file as an empty one */
    scanner->zone_origin_length = (uint32_t)rz_name_size(origin);
    memcpy(scanner->zone_origin, origin, scanner->zone_origin_length);
    if (owner) {
        scanner->r_owner_length = (uint32_t)rz_name_size(owner);
        memcpy(scanner->r_owner, owner, scanner->r_owner_length);
    }
    return scanner;
}

/* After an error, whose line libzscanner may have left in the middle of a name: the origin is the one
 * of before, the owner the failed record's where it is whole, else the one before. */
static void renew_scanner(struct rz_master_input *input, const struct rz_name *origin,
                          const struct rz_name *owner)
{
    zs_scanner_t *old = input->scanner;
    size_t size = old->r_owner_length;
    bool whole = size && size <= RZ_NAME_MAX && rz_name_check(old->r_owner, size) == size;
    input->scanner = rz_master_scanner_new(origin->wire, whole         ? old->r_owner
                                                         : owner->size ? owner->wire
                                                                       : NULL);
    zs_deinit(old);
    free(old);
}

/* Label lengths are below 'A', so a whole name can be lowered octet by octet. */
static void lower(uint8_t *octets, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        octets[i] = (uint8_t)(octets[i] + ((uint8_t)(octets[i] - 'A') < 26 ? 32 : 0));
}

/* Where the record that libzscanner has just read begins: behind blank and comment lines after
 * `from`, which is on `line`. */
static uint32_t first_line(const char *from, const char *end, uint32_t line, uint32_t last)
{
    if (last == line || (last == line + 1 && *from == '\n'))
        return last;
    while (from < end && line < last) {
        if (*from == '\n')
            line++;
        else if (*from == ';') {
            const char *stop = memchr(from, '\n', (size_t)(end - from));
            from = stop ? stop : end;
            continue;
        } else if (*from != ' ' && *from != '\t')
            break;
        from++;
    }
    return line;
}

/* The line of the text read that the scanner stands in; used for what $GENERATE made. At the end of
 * a text the scanner reads a line end of its own. */
static struct rz_str scanner_line(const struct rz_master_input *input, struct rz_str piece)
{
    const char *at = input->scanner->input.current, *end = piece.data + piece.size;
    if (at < piece.data || at > end)
        at = end;
    if (at > piece.data && at == end && at[-1] == '\n')
        at--;
    const char *start = at, *stop = memchr(at, '\n', (size_t)(end - at));
    while (start > piece.data && start[-1] != '\n')
        start--;
    return (struct rz_str){start, (size_t)((stop ? stop : end) - start)};
}

static void warn_ttl(struct rz_master_input *input, uint32_t line, const char *what)
{
    struct rz_master_reader *reader = input->reader;
    if (reader->warned_ttl)
        return;
    reader->warned_ttl = true;
    struct rz_place place = {.source = input->source, .line = line, .column = 1};
    struct rz_diag *diag = rz_diags_add(reader->diags, RZ1313, place,
                                        "no TTL here and no $TTL above: %s is taken", what);
    rz_diag_hint(reader->diags, diag, "begin the file with a $TTL line: servers differ in this");
}

/* The TTL of a record that gives none. RFC 2308 §4 ($TTL), RFC 1035 §5.1 (the last one stated), then
 * the caller's, then as BIND does. */
static bool missing_ttl(struct rz_master_input *input, uint32_t line, uint32_t *ttl)
{
    struct rz_master_reader *reader = input->reader;
    const zs_scanner_t *s = input->scanner;
    if (reader->has_ttl) {
        *ttl = reader->ttl;
    } else if (reader->has_last_ttl) {
        *ttl = reader->last_ttl;
        warn_ttl(input, line, "the TTL of the record before");
    } else if (reader->options->default_ttl) {
        *ttl = reader->options->default_ttl;
    } else if (s->r_type == RZ_TYPE_SOA && s->r_data_length >= 4) {
        const uint8_t *minimum = s->r_data + s->r_data_length - 4;
        *ttl = reader->ttl = (uint32_t)minimum[0] << 24 | (uint32_t)minimum[1] << 16
                             | (uint32_t)minimum[2] << 8 | minimum[3];
        reader->has_ttl = true;
        warn_ttl(input, line, "the SOA's minimum");
    } else {
        struct rz_place place = {.source = input->source, .line = line, .column = 1};
        struct rz_diag *diag = rz_master_error(input, RZ1312, place, "the record has no TTL");
        rz_diag_hint(reader->diags, diag, "begin the file with a $TTL line such as `$TTL 1h`");
        *ttl = reader->ttl = 3600; /* said once; the records after it take this */
        reader->has_ttl = true;
        return false;
    }
    return true;
}

static bool take_ttl(struct rz_master_input *input, uint32_t line, uint32_t *ttl)
{
    *ttl = input->scanner->r_ttl;
    if (*ttl == NO_TTL && !missing_ttl(input, line, ttl))
        return false;
    if (*ttl > TTL_MAX) {
        struct rz_place place = {.source = input->source, .line = line, .column = 1};
        struct rz_diag *diag = rz_master_error(
            input, RZ1106, place, "the TTL %u is above 2147483647 (RFC 2181 §8)", *ttl);
        rz_diag_hint(input->reader->diags, diag, "a TTL is at most 2147483647, better at most 1w");
        return false;
    }
    if (input->scanner->r_ttl != NO_TTL) {
        input->reader->last_ttl = *ttl;
        input->reader->has_last_ttl = true;
    }
    return true;
}

static void outside_zone(struct rz_master_input *input, uint32_t line)
{
    char owner[RZ_NAME_TEXT_MAX], apex[RZ_NAME_TEXT_MAX];
    struct rz_place place = {.source = input->source, .line = line, .column = 1};
    struct rz_diag *diag = rz_master_error(
        input, RZ1102, place, "%s is not in the zone %s",
        rz_name_text(owner, input->scanner->r_owner),
        rz_name_text_plain(apex, input->reader->zone->apex.wire));
    rz_diag_hint(input->reader->diags, diag,
                 "delete the record, or look for a wrong $ORIGIN or final dot above");
}

static void take_record(struct rz_master_input *input, uint32_t line)
{
    zs_scanner_t *s = input->scanner;
    char type[RZ_RTYPE_TEXT_MAX];
    uint32_t ttl;
    struct rz_place place = {.source = input->source, .line = line, .column = 1};
    if (!take_ttl(input, line, &ttl))
        return;
    lower(s->r_owner, s->r_owner_length);
    if (s->r_type == 0 || rz_rtype_flags(s->r_type) & RZ_RTYPE_META) {
        rz_master_error(input, RZ1103, place, "%s is never data of a zone",
                        rz_rtype_text(type, s->r_type));
        return;
    }
    uint16_t size = (uint16_t)s->r_data_length;
    if (rz_rdata_canonical(s->r_type, s->r_data, size) != RZ_OK) {
        rz_master_error(input, RZ1104, place, "the octets are no valid %s data",
                        rz_rtype_text(type, s->r_type));
        return;
    }
    struct rz_record_origin origin = {.provenance = input->provenance, .line = line, .column = 1};
    if (rz_zone_add(input->reader->zone, s->r_owner, s->r_type, ttl,
                    (struct rz_rdata){s->r_data, size}, origin)
        != RZ_OK)
        outside_zone(input, line);
}

/* An error of libzscanner in a piece; `begin` is the first line of the record it is in. */
static void take_error(struct rz_master_input *input, struct rz_str piece, uint32_t begin)
{
    zs_scanner_t *s = input->scanner;
    uint32_t line = (uint32_t)s->line_counter;
    if (s->error.code == ZS_UNCLOSED_MULTILINE) {
        struct rz_place place = {.source = input->source, .line = begin, .column = 1};
        struct rz_diag *diag = rz_master_error(input, RZ1310, place,
                                               "the record's parenthesis is never closed");
        rz_diag_hint(input->reader->diags, diag,
                     "close it with `)` behind the record's last field");
        return;
    }
    bool made = input->generate_line;
    rz_master_explain(input, s->error.code, made ? begin : line,
                      made ? scanner_line(input, piece) : rz_master_line(input, line),
                      made || begin == line);
}

/* Walks over records to see which `$` at a line's start stands between records. */
struct walk {
    const char *at, *end;
    unsigned depth; /* of open parentheses */
};

static const char *skip_quoted(const char *at, const char *end)
{
    for (; at < end && *at != '"' && *at != '\n'; at++)
        if (*at == '\\' && at + 1 < end && at[1] != '\n')
            at++;
    return at < end && *at == '"' ? at + 1 : at;
}

static void walk_to(struct walk *walk, const char *target)
{
    while (walk->at < target) {
        char c = *walk->at++;
        if (c == '"') {
            walk->at = skip_quoted(walk->at, walk->end);
        } else if (c == ';') {
            const char *stop = memchr(walk->at, '\n', (size_t)(walk->end - walk->at));
            walk->at = stop ? stop : walk->end;
        } else if (c == '\\' && walk->at < walk->end && *walk->at != '\n') {
            walk->at++;
        } else if (c == '(') {
            walk->depth++;
        } else if (c == ')' && walk->depth) {
            walk->depth--;
        }
    }
}

/* The line end behind the record that begins at `from`, with the blank and comment lines before it. */
static const char *record_end(const char *from, const char *end)
{
    struct walk walk = {from, end, 0};
    bool begun = false;
    while (walk.at < end && !(begun && *walk.at == '\n' && walk.depth == 0)) {
        begun |= !strchr(" \t\r\n;", *walk.at);
        walk_to(&walk, walk.at + 1);
    }
    return walk.at;
}

static uint32_t count_lines(const char *from, const char *to)
{
    uint32_t lines = 0;
    for (; (from = memchr(from, '\n', (size_t)(to - from))); from++)
        lines++;
    return lines;
}

/* Goes on behind a record that has an error: libzscanner would take the rest of a record in
 * parentheses for records, or for directives. */
static void skip_record(struct rz_master_input *input, struct rz_str rest, uint32_t line)
{
    const char *end = rest.data + rest.size, *stop = record_end(rest.data, end);
    input->scanner->line_counter = line + count_lines(rest.data, stop);
    zs_set_input_string(input->scanner, stop, (size_t)(end - stop));
}

/* Scans records, without directives, from `piece`, which begins in `line`. */
static void scan_piece(struct rz_master_input *input, struct rz_str piece, uint32_t line)
{
    const char *end = piece.data + piece.size;
    struct rz_name origin, owner = {.size = 0};
    rz_name_copy(&origin, input->scanner->zone_origin);
    if (input->scanner->r_owner_length)
        rz_name_copy(&owner, input->scanner->r_owner);
    input->scanner->line_counter = line;
    zs_set_input_string(input->scanner, piece.data, piece.size);
    while (!input->given_up) {
        zs_scanner_t *s = input->scanner;
        const char *from = s->input.current;
        uint32_t from_line = (uint32_t)s->line_counter;
        if (zs_parse_record(s) != 0 || s->state == ZS_STATE_EOF)
            return;
        uint32_t begin = input->generate_line
                             ? input->generate_line
                             : first_line(from, end, from_line, (uint32_t)s->line_counter);
        if (s->state == ZS_STATE_DATA) {
            take_record(input, begin);
            owner.size = (uint8_t)s->r_owner_length;
            memcpy(owner.wire, s->r_owner, owner.size);
            continue;
        }
        take_error(input, piece, begin);
        renew_scanner(input, &origin, &owner);
        if (input->generate_line) /* other records made have the same fault */
            return;
        skip_record(input, (struct rz_str){from, (size_t)(end - from)}, from_line);
    }
}

/* The next line that is a directive, at or behind walk->at; NULL: none. */
static const char *next_directive(struct walk *walk, const char *start)
{
    const char *at = walk->at;
    while (at < walk->end && (at = memchr(at, '$', (size_t)(walk->end - at)))) {
        if (at == start || at[-1] == '\n') {
            walk_to(walk, at);
            if (walk->depth == 0)
                return at;
        }
        at++;
    }
    return NULL;
}

static void take_origin(struct rz_master_input *input, struct rz_str rest, struct rz_place place)
{
    zs_scanner_t *s = input->scanner;
    struct rz_name origin;
    const char *why = "it is missing";
    struct rz_str word = rz_master_word(&rest, NULL);
    if (!word.data || rz_name_parse(&origin, word, s->zone_origin, &why) != RZ_OK) {
        rz_master_error(input, RZ1314, place, "$ORIGIN needs a name: %s", why);
        return;
    }
    s->zone_origin_length = origin.size;
    memcpy(s->zone_origin, origin.wire, origin.size);
}

static bool parse_ttl(struct rz_str word, uint32_t *ttl)
{
    static const char units[] = "smhdw";
    static const uint32_t seconds[] = {1, 60, 3600, 86400, 604800};
    uint64_t total = 0, number = 0;
    bool digits = false;
    for (size_t i = 0; i < word.size; i++) {
        char c = (char)(word.data[i] | 32);
        const char *unit = c > ' ' ? strchr(units, c) : NULL;
        if (word.data[i] >= '0' && word.data[i] <= '9') {
            number = number * 10 + (uint64_t)(word.data[i] - '0');
            digits = true;
        } else if (unit && digits) {
            total += number * seconds[unit - units];
            number = 0;
            digits = false;
        } else {
            return false;
        }
        if (number > TTL_MAX || total > TTL_MAX)
            return false;
    }
    total += number;
    *ttl = (uint32_t)total;
    return word.size && total <= TTL_MAX;
}

static void take_default_ttl(struct rz_master_input *input, struct rz_str rest,
                             struct rz_place place)
{
    if (!parse_ttl(rz_master_word(&rest, NULL), &input->reader->ttl)) {
        struct rz_diag *diag = rz_master_error(input, RZ1106, place,
                                               "$TTL needs a TTL of at most 2147483647 seconds");
        rz_diag_hint(input->reader->diags, diag, "such as `$TTL 3600` or `$TTL 1h30m`");
    }
    input->reader->has_ttl = true; /* also after an error, which is then said once */
}

static void take_generate(struct rz_master_input *input, struct rz_str rest, struct rz_place place)
{
    struct rz_master_reader *reader = input->reader;
    size_t limit = reader->options->generate_limit ? reader->options->generate_limit
                                                   : GENERATE_LIMIT;
    size_t left = limit * GENERATE_TOTAL - reader->generated, count;
    RZ_BUFFER_CLEANUP struct rz_buffer records = {.limit = (size_t)64 << 20};
    const char *why;
    if (!rz_master_generate(&records, rest, left < limit ? left : limit, &count, &why)) {
        struct rz_diag *diag = rz_master_error(input, RZ1316, place, "$GENERATE: %s", why);
        rz_diag_hint(reader->diags, diag, "such as `$GENERATE 1-10/2 host-$ A 192.0.2.${0,0,d}`");
        return;
    }
    reader->generated += count;
    zs_scanner_t *s = input->scanner;
    struct rz_name owner = {.size = (uint8_t)s->r_owner_length};
    memcpy(owner.wire, s->r_owner, owner.size);
    input->generate_line = place.line;
    scan_piece(input, rz_buffer_view(&records), place.line);
    input->generate_line = 0;
    s = input->scanner;
    s->r_owner_length = owner.size; /* what follows without an owner goes on with the one before */
    memcpy(s->r_owner, owner.wire, owner.size);
}

static const struct directive {
    const char *name;
    void (*take)(struct rz_master_input *input, struct rz_str rest, struct rz_place place);
} directives[] = {
    {"$GENERATE", take_generate},
    {"$INCLUDE", rz_master_include},
    {"$ORIGIN", take_origin},
    {"$TTL", take_default_ttl},
};
#define DIRECTIVES (sizeof directives / sizeof *directives)

static void take_directive(struct rz_master_input *input, struct rz_str whole, uint32_t line)
{
    struct rz_str rest = whole, name = rz_master_word(&rest, NULL);
    const char *names[DIRECTIVES];
    for (size_t i = 0; i < DIRECTIVES; i++) {
        names[i] = directives[i].name;
        if (rz_str_equal_nocase(name, rz_str_of(names[i]))) {
            directives[i].take(input, rest,
                               rz_master_place(input, line, whole, rz_str_trim(whole)));
            return;
        }
    }
    int shown = name.size < 64 ? (int)name.size : 64;
    struct rz_diag *diag = rz_master_error(input, RZ1314, rz_master_place(input, line, whole, name),
                                           "unknown directive %.*s", shown, name.data);
    int near = rz_str_nearest(name, names, DIRECTIVES);
    if (near >= 0)
        rz_diag_hint(input->reader->diags, diag, "did you mean %s?", names[near]);
    else
        rz_diag_hint(input->reader->diags, diag, "an owner that begins with $ is written \\$");
}

void rz_master_input_read(struct rz_master_input *input)
{
    const char *at = input->text.data, *end = at + input->text.size;
    struct walk walk = {at, end, 0};
    uint32_t line = 1;
    while (at < end && !input->given_up) {
        const char *directive = next_directive(&walk, input->text.data);
        const char *stop = directive ? directive : end;
        if (stop > at)
            scan_piece(input, (struct rz_str){at, (size_t)(stop - at)}, line);
        if (!directive || input->given_up)
            return;
        line += count_lines(at, directive);
        const char *line_end = memchr(directive, '\n', (size_t)(end - directive));
        line_end = line_end ? line_end : end;
        take_directive(input, (struct rz_str){directive, (size_t)(line_end - directive)}, line);
        at = walk.at = line_end < end ? line_end + 1 : end;
        line++;
    }
}

enum rz_status rz_master_file_read(struct rz_zone *zone, const struct rz_source *source,
                                   const struct rz_master_file_options *options,
                                   struct rz_diags *diags)
{
    struct rz_master_reader reader = {
        .zone = zone, .options = options, .diags = diags, .octets = source->text.size};
    struct rz_master_input input = {
        .reader = &reader,
        .source = source,
        .path = options->path ? options->path : source->name,
        .provenance = rz_zone_file(zone, source->name),
        .scanner = rz_master_scanner_new(zone->apex.wire, NULL),
    };
    if (source->text.size > RZ_MASTER_FILE_MAX) {
        rz_master_error(&input, RZ1317, rz_place_named(source->name), "the file is over 1 GiB");
    } else {
        RZ_BUFFER_CLEANUP struct rz_buffer copy = {0};
        rz_zone_reserve(zone, source->text.size);
        input.text = rz_master_plain_text(&copy, source->text);
        rz_master_input_read(&input);
    }
    zs_deinit(input.scanner);
    free(input.scanner);
    return reader.errors ? RZ_INVALID : RZ_OK;
}
