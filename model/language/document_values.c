/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names, TTLs and values of zone documents, whatever their form. */
#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/rdata_fields.h"
#include "language/document_internal.h"
#include "support/alloc.h"

struct rz_diag *rz_document_error(struct rz_document *document, enum rz_code code,
                                  const struct rz_node *node, const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    document->failed = true;
    struct rz_diag *diag = rz_diags_add(document->diags, code,
                                        rz_node_place(document->source, node), "%s", message);
    if (document->chain)
        rz_diag_related(document->diags, diag, "%s", document->chain);
    return diag;
}

bool rz_document_repeats_apex(const uint8_t *owner, const struct rz_name *apex)
{
    unsigned depth = rz_name_labels(owner), zone = rz_name_labels(apex->wire);
    if (zone == 0 || depth < 2 * zone)
        return false;
    for (unsigned i = 0; i < depth - 2 * zone; i++)
        owner = rz_name_parent(owner);
    return memcmp(owner, apex->wire, apex->size - 1u) == 0;
}

/* Whether the name ends in a dot that no backslash escapes. */
static bool is_absolute(struct rz_str name)
{
    size_t backslashes = 0;
    if (!rz_str_ends_with(name, "."))
        return false;
    while (backslashes + 1 < name.size && name.data[name.size - 2 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 0;
}

bool rz_document_owner(struct rz_document *document, const struct rz_node *key,
                       struct rz_name *owner)
{
    const char *why;
    char apex[RZ_NAME_TEXT_MAX];
    const struct rz_name *zone = &document->zone->apex;
    if (rz_name_parse(owner, rz_node_str(key), zone->wire, &why) != RZ_OK) {
        struct rz_diag *diag = rz_document_error(document, RZ1101, key, "`%.300s` is no owner: %s",
                                                 key->text, why);
        if (!*key->text)
            rz_diag_hint(document->diags, diag, "the zone's own name is written \"@\"");
        return false;
    }
    rz_name_text_plain(apex, zone->wire);
    if (!rz_name_in(owner->wire, zone->wire)) {
        struct rz_diag *diag = rz_document_error(
            document, RZ1102, key, "`%.300s` is outside the zone %s", key->text, apex);
        rz_diag_hint(document->diags, diag,
                     "owners are relative to the zone; leave the final dot out");
        return false;
    }
    if (!is_absolute(rz_node_str(key)) && rz_document_repeats_apex(owner->wire, zone)) {
        struct rz_diag *diag = rz_document_error(document, RZ1105, key,
                                                 "`%.300s` is relative, so it means %.300s.%s.",
                                                 key->text, key->text, apex);
        rz_diag_hint(document->diags, diag,
                     "write it without the zone's name, or with a final dot: `%.300s.`", key->text);
        return false;
    }
    return true;
}

bool rz_document_type(struct rz_document *document, const struct rz_node *key, struct rz_str text,
                      uint16_t *type)
{
    if (rz_rtype_parse(type, text, true) && !(rz_rtype_flags(*type) & RZ_RTYPE_META))
        return true;
    struct rz_diag *diag = rz_document_error(document, RZ1103, key, "`%.60s` is no record type",
                                             text.data);
    uint16_t other;
    const char *const *names = rz_rtype_names();
    size_t count = 0;
    while (names[count])
        count++;
    int nearest = rz_str_nearest(text, names, count);
    char upper[RZ_RTYPE_TEXT_MAX];
    if (rz_rtype_parse(&other, text, false) && !(rz_rtype_flags(other) & RZ_RTYPE_META))
        rz_diag_hint(document->diags, diag, "write %s in upper case", rz_rtype_text(upper, other));
    else if (nearest >= 0)
        rz_diag_hint(document->diags, diag, "did you mean %s?", names[nearest]);
    else
        rz_diag_hint(document->diags, diag,
                     "a type without a name is written TYPE and its number, as in TYPE65280");
    return false;
}

bool rz_document_ttl(struct rz_document *document, const struct rz_node *node, uint32_t *ttl)
{
    if (node->kind == RZ_NODE_SCALAR && rz_ttl_parse(ttl, rz_node_str(node)))
        return true;
    struct rz_diag *diag = node->kind == RZ_NODE_SCALAR
                               ? rz_document_error(document, RZ1106, node, "`%.60s` is no TTL",
                                                   node->text)
                               : rz_document_error(document, RZ1106, node, "a TTL is text, not %s",
                                                   rz_node_kind_text(node));
    rz_diag_hint(document->diags, diag,
                 "write seconds or a duration such as 5m, 1h30m, 2d (at most 68 years)");
    return false;
}

static void add_record(struct rz_document *document, struct rz_record_target *target,
                       const struct rz_node *at, struct rz_rdata rdata)
{
    struct rz_record_origin origin = {
        .provenance = document->file,
        .line = at->line,
        .column = at->column,
        .flags = (uint16_t)((target->default_ttl ? RZ_RRSET_DEFAULT_TTL : 0)
                            | (target->first ? RZ_RRSET_FIRST : 0))};
    rz_zone_add(document->zone, target->owner, target->type, target->ttl, rdata, origin);
    target->first = false;
}

/* What the words of a value are, from the type's row: "preference exchange". */
static void hint_form(struct rz_document *document, struct rz_diag *diag, uint16_t type)
{
    const struct rz_rtype *row = rz_rtype_find(type);
    if (!row || !row->fields || row->field_count < 2)
        return;
    RZ_BUFFER_CLEANUP struct rz_buffer form = {0};
    for (size_t i = 0; i < row->field_count; i++)
        rz_buffer_printf(&form, "%s%s", i ? " " : "", row->fields[i].name);
    rz_diag_hint(document->diags, diag, "%s is written as `%s`", row->name, form.data);
}

static void report_value(struct rz_document *document, uint16_t type, const struct rz_node *at,
                         struct rz_str text, const char *why)
{
    char name[RZ_RTYPE_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer shown = {0};
    rz_buffer_visible(&shown, (struct rz_str){text.data, text.size > 80 ? 80 : text.size});
    struct rz_diag *diag = rz_document_error(
        document, RZ1104, at, "`%s%s` is no %s value: %s", shown.data ? shown.data : "",
        text.size > 80 ? "…" : "", rz_rtype_text(name, type), why);
    hint_form(document, diag, type);
}

/* Types whose values have names that people forget the final dot of. */
static bool has_names(uint16_t type)
{
    return rz_rtype_flags(type) & RZ_RTYPE_TARGET || type == RZ_TYPE_PTR || type == RZ_TYPE_DNAME
           || type == RZ_TYPE_SVCB || type == RZ_TYPE_HTTPS || type == RZ_TYPE_NAPTR;
}

static bool ends_in_public_suffix(struct rz_str word)
{
    const char *dot = memrchr(word.data, '.', word.size);
    if (memchr(word.data, '\\', word.size)) /* nobody types escapes by mistake */
        return false;
    char label[64];
    size_t size = dot ? word.size - (size_t)(dot - word.data) - 1 : 0;
    if (size == 0 || size >= sizeof label)
        return false;
    memcpy(label, dot + 1, size);
    label[size] = '\0';
    return psl_is_public_suffix2(psl_builtin(), label, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}

/* Splits off the next word. False where it is in quotes, or a parameter such as `alpn=h2`: text, not
 * a name. `*quoted` is whether a quote is open. */
static bool take_name_word(struct rz_str *text, bool *quoted, struct rz_str *word)
{
    const char *blank = memchr(text->data, ' ', text->size);
    bool is_name = !*quoted;
    *word = (struct rz_str){text->data, blank ? (size_t)(blank - text->data) : text->size};
    for (size_t i = 0; i < word->size; i++) {
        char c = word->data[i];
        if (c == '\\')
            i++;
        else if (c == '"')
            *quoted = !*quoted;
        is_name &= c != '"' && c != '=';
    }
    size_t used = word->size + (blank ? 1 : 0);
    *text = (struct rz_str){text->data + used, text->size - used};
    return is_name && word->size;
}

/* Where the word stands: in the field of a map that it is the value of, or behind `offset` octets of a
 * plain text. */
static void place_suspect(struct rz_suspect *suspect, const struct rz_node *at, struct rz_str word,
                          size_t offset)
{
    bool plain = at->kind == RZ_NODE_SCALAR && !at->quoted;
    suspect->line = at->line;
    suspect->column = (uint16_t)(at->column + (plain && offset < 1000 ? offset : 0));
    for (uint32_t i = 0; at->kind == RZ_NODE_MAP && i < at->count; i++) {
        const struct rz_node *value = at->pairs[i].value;
        if (value->kind != RZ_NODE_SCALAR || !rz_str_equal(rz_node_str(value), word))
            continue;
        suspect->line = value->line;
        suspect->column = value->column;
        return;
    }
}

static void note_suspects(struct rz_document *document, const struct rz_node *at,
                          struct rz_str text)
{
    bool quoted = false;
    const char *start = text.data;
    struct rz_str word;
    while (text.size) {
        struct rz_name name;
        const char *why;
        if (!take_name_word(&text, &quoted, &word) || word.data[word.size - 1] == '.'
            || !ends_in_public_suffix(word)
            || rz_name_parse(&name, word, document->zone->apex.wire, &why) != RZ_OK)
            continue;
        document->suspects = rz_grow(document->suspects, &document->suspect_capacity,
                                     document->suspect_count + 1, sizeof *document->suspects);
        uint8_t *target = rz_arena_bytes(&document->zone->arena, name.size);
        memcpy(target, name.wire, name.size);
        struct rz_suspect *suspect = &document->suspects[document->suspect_count++];
        *suspect = (struct rz_suspect){.target = target,
                                       .text = rz_arena_str(&document->zone->arena, word).data,
                                       .source = document->source};
        place_suspect(suspect, at, word, (size_t)(word.data - start));
    }
}

void rz_document_add(struct rz_document *document, struct rz_record_target *target,
                     const struct rz_node *at, struct rz_str text)
{
    struct rz_rdata rdata;
    const char *why;
    if (rz_rdata_read(document->reader, target->type, text, document->zone->apex.wire, &rdata, &why)
        != RZ_OK) {
        report_value(document, target->type, at, text, why);
        return;
    }
    if (text.size && has_names(target->type) && memchr(text.data, '.', text.size))
        note_suspects(document, at, text);
    add_record(document, target, at, rdata);
}

void rz_document_add_text(struct rz_document *document, struct rz_record_target *target,
                          const struct rz_node *at, struct rz_str text)
{
    struct rz_rdata rdata;
    const char *why;
    if (rz_rdata_from_text(document->reader, text, &rdata, &why) != RZ_OK) {
        report_value(document, target->type, at, text, why);
        return;
    }
    if (text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"') {
        struct rz_diag *diag = rz_diags_add(document->diags, RZ1107,
                                            rz_node_place(document->source, at),
                                            "the quotes become part of the TXT record");
        rz_diag_hint(document->diags, diag,
                     "write the text as it is, without quotes inside the value");
    }
    add_record(document, target, at, rdata);
}

/* SVCB parameters as a map: {alpn: [h2, h3], port: 443, no-default-alpn: }. */
static void print_params(struct rz_buffer *out, const struct rz_node *map)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const struct rz_node *value = map->pairs[i].value;
        rz_buffer_printf(out, "%s%s", i ? " " : "", map->pairs[i].key->text);
        if (value->kind == RZ_NODE_SCALAR) {
            rz_buffer_char(out, '=');
            rz_rdata_quote(out, rz_node_str(value));
        }
        for (uint32_t k = 0; value->kind == RZ_NODE_LIST && k < value->count; k++)
            if (value->items[k]->kind == RZ_NODE_SCALAR)
                rz_buffer_printf(out, "%s%s", k ? "," : "=", value->items[k]->text);
    }
}

void rz_document_add_fields(struct rz_document *document, struct rz_record_target *target,
                            const struct rz_node *map, bool (*skip)(struct rz_str key))
{
    char name[RZ_RTYPE_TEXT_MAX];
    const struct rz_rtype *row = rz_rtype_find(target->type);
    struct rz_rdata_field fields[16];
    const struct rz_node *nodes[16];
    size_t count = 0;
    RZ_BUFFER_CLEANUP struct rz_buffer params = {0};
    if (!row || !row->fields || map->count > 16) {
        struct rz_diag *diag = rz_document_error(document, RZ1005, map,
                                                 "%s has no fields to give as a map",
                                                 rz_rtype_text(name, target->type));
        rz_diag_hint(document->diags, diag,
                     "write the value as text, or as {rdata: \"presentation form\"}");
        return;
    }
    for (uint32_t i = 0; i < map->count; i++) {
        const struct rz_node *value = map->pairs[i].value;
        if (skip && skip(rz_node_str(map->pairs[i].key)))
            continue;
        struct rz_str text = {"", 0};
        if (value->kind == RZ_NODE_SCALAR) {
            text = rz_node_str(value);
        } else if (value->kind == RZ_NODE_MAP && !params.data) {
            print_params(&params, value);
            text = rz_buffer_view(&params);
        } else if (value->kind != RZ_NODE_NULL) {
            rz_document_error(document, RZ1005, value, "`%.60s` is one value, not %s",
                              map->pairs[i].key->text, rz_node_kind_text(value));
            return;
        }
        nodes[count] = map->pairs[i].key;
        fields[count++] = (struct rz_rdata_field){rz_node_str(map->pairs[i].key), text};
    }
    RZ_BUFFER_CLEANUP struct rz_buffer text = {.limit = 4 * RZ_RDATA_MAX};
    size_t bad;
    const char *why;
    if (rz_rdata_compose(&text, row, fields, count, &bad, &why)) {
        rz_document_add(document, target, map, rz_buffer_view(&text));
        return;
    }
    struct rz_diag *diag = bad == count ? rz_document_error(document, RZ1007, map,
                                                            "the field `%s` of %s is missing", why,
                                                            row->name)
                                        : rz_document_error(document, RZ1104, nodes[bad],
                                                            "`%.60s` of %s: %s", nodes[bad]->text,
                                                            row->name, why);
    hint_form(document, diag, target->type);
}
