/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edits in place: the values and the TTL where they stand, each comment beside the line it is of. */
#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "language/edit_internal.h"
#include "language/fields.h"
#include "language/yaml.h"
#include "language/zone_document.h"
#include "support/alloc.h"

static bool fail(struct rz_editor *editor, const char *why)
{
    editor->why = why;
    return false;
}

static const char *keep(struct rz_editor *editor, struct rz_buffer *text)
{
    const char *kept = rz_arena_str(&editor->arena, rz_buffer_view(text)).data;
    rz_buffer_free(text);
    return kept;
}

static const char *double_quoted(struct rz_editor *editor, struct rz_str text)
{
    struct rz_buffer out = {0};
    rz_buffer_char(&out, '"');
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            rz_buffer_char(&out, '\\');
        rz_buffer_char(&out, text.data[i]);
    }
    rz_buffer_char(&out, '"');
    return keep(editor, &out);
}

/* Whether the plain scalar may stand in brackets. */
static bool is_flow_safe(const char *text)
{
    return !text[strcspn(text, ",[]{}#&*!|>'\"%@`?\\ ")] && text[0] != '-' && text[0] != ':'
           && text[strlen(text) - 1] != ':';
}

const char *rz_editor_record(struct rz_editor *editor, const uint8_t *wire, uint16_t size,
                             bool flow, const struct rz_edit_node *like)
{
    struct rz_buffer out = {0};
    rz_zone_document_write_value(&out, &editor->edit->apex, editor->edit->type, wire, size);
    const char *text = keep(editor, &out);
    if (!*text || *text == '"' || *text == '{' || *text == '\'')
        return text;
    char quote = like && like->end > like->start && !like->block ? editor->text.data[like->start]
                                                                 : '\0';
    if (quote == '\'' && !strchr(text, '\''))
        return rz_arena_printf(&editor->arena, "'%s'", text);
    return quote == '"' || (flow && !is_flow_safe(text)) ? double_quoted(editor, rz_str_of(text))
                                                         : text;
}

const char *rz_editor_ttl(struct rz_editor *editor, uint32_t ttl, const struct rz_edit_node *like)
{
    struct rz_buffer out = {0};
    bool number = like && like->text && like->size
                  && strspn(like->text, "0123456789") == like->size;
    if (number)
        rz_buffer_uint(&out, ttl);
    else
        rz_duration_print(&out, ttl);
    return keep(editor, &out);
}

const char *rz_editor_value(struct rz_editor *editor, bool with_ttl)
{
    struct rz_buffer out = {0};
    const struct rz_rrset *is = editor->edit->is;
    bool several = is->rdata_count > 1, first = true;
    rz_buffer_text(&out, with_ttl ? "{values: " : "");
    rz_buffer_text(&out, several ? "[" : "");
    for (struct rz_rdata_cursor c = rz_rrset_rdata(is); rz_rdata_next(&c); first = false)
        rz_buffer_printf(&out, "%s%s", first ? "" : ", ",
                         rz_editor_record(editor, c.wire, c.size, several || with_ttl, NULL));
    rz_buffer_text(&out, several ? "]" : "");
    if (with_ttl)
        rz_buffer_printf(&out, ", ttl: %s}", rz_editor_ttl(editor, is->ttl, NULL));
    return keep(editor, &out);
}

/* The items of a list, and the records that are new. */
struct matching {
    bool *stays;              /* one an item */
    struct rz_rdata *missing; /* records that no item gives */
    size_t missing_count;
    size_t gone;
};

static bool gives(struct rz_editor *editor, struct rz_rdata_reader *reader,
                  const struct rz_edit_node *item, struct rz_rdata *rdata)
{
    const char *why;
    uint16_t type = editor->edit->type;
    struct rz_str text = {item->text, item->size};
    if (item->kind != RZ_NODE_SCALAR || item->alias || strstr(item->text, "${"))
        return false;
    return rz_rtype_flags(type) & RZ_RTYPE_TEXT
               ? rz_rdata_from_text(reader, text, rdata, &why) == RZ_OK
               : rz_rdata_read(reader, type, text, editor->edit->apex.wire, rdata, &why) == RZ_OK;
}

/* Items that cannot be read here stay: the proof tells whether that was right. */
static void match(struct rz_editor *editor, const struct rz_edit_node *list,
                  struct matching *matching)
{
    const struct rz_rrset *is = editor->edit->is;
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    bool *given = rz_arena_zero(&editor->arena, is->rdata_count + 1u);
    matching->stays = rz_arena_zero(&editor->arena, list->count + 1);
    matching->missing = rz_arena_alloc(&editor->arena,
                                       (is->rdata_count + 1u) * sizeof *matching->missing);
    for (size_t i = 0; i < list->count; i++) {
        struct rz_rdata rdata;
        size_t at = 0;
        matching->stays[i] = !gives(editor, reader, list->items[i], &rdata);
        for (struct rz_rdata_cursor c = rz_rrset_rdata(is);
             !matching->stays[i] && rz_rdata_next(&c); at++)
            if (c.size == rdata.size && memcmp(c.wire, rdata.wire, c.size) == 0)
                matching->stays[i] = given[at] = true;
        matching->gone += !matching->stays[i];
    }
    size_t at = 0;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(is); rz_rdata_next(&c); at++)
        if (!given[at])
            matching->missing[matching->missing_count++] = (struct rz_rdata){c.wire, c.size};
    rz_rdata_reader_free(reader);
}

/* An item goes: its lines, or what is between the commas. */
static bool drop_item(struct rz_editor *editor, const struct rz_edit_node *list, size_t index)
{
    const struct rz_edit_node *item = list->items[index];
    if (!list->flow) {
        if (rz_editor_indent(editor, item->start) == SIZE_MAX)
            return fail(editor, "the list is laid out in a way that is not edited");
        return rz_editor_splice(editor, rz_editor_line_start(editor, item->start),
                                rz_editor_line_end(editor, item->end - 1), "");
    }
    bool last = index + 1 == list->count;
    size_t from = last && index > 0 ? list->items[index - 1]->end : item->start;
    size_t to = last ? item->end : list->items[index + 1]->start;
    return rz_editor_splice(editor, from, to, "");
}

static bool add_item(struct rz_editor *editor, const struct rz_edit_node *list,
                     struct rz_rdata record)
{
    const struct rz_edit_node *last = list->items[list->count - 1];
    const char *text = rz_editor_record(editor, record.wire, record.size, list->flow, last);
    if (list->flow)
        return rz_editor_splice(editor, last->end, last->end,
                                rz_arena_printf(&editor->arena, ", %s", text));
    size_t indent = rz_editor_indent(editor, last->start);
    if (indent == SIZE_MAX)
        return fail(editor, "the list is laid out in a way that is not edited");
    return rz_editor_add_line(editor, last->end,
                              rz_arena_printf(&editor->arena, "%*s- %s", (int)indent, "", text));
}

static bool edit_list(struct rz_editor *editor, const struct rz_edit_node *list)
{
    struct matching matching = {0};
    size_t next = 0;
    if (list->count == 0 || list->anchored)
        return fail(editor, "the list has an anchor: what changes there changes elsewhere too");
    match(editor, list, &matching);
    for (size_t i = 0; i < list->count; i++) {
        const struct rz_edit_node *item = list->items[i];
        if (matching.stays[i])
            continue;
        if (next < matching.missing_count) {
            struct rz_rdata record = matching.missing[next++];
            if (!rz_editor_splice(
                    editor, item->start, item->end,
                    rz_editor_record(editor, record.wire, record.size, list->flow, item)))
                return false;
        } else if (!drop_item(editor, list, i)) {
            return false;
        }
    }
    for (; next < matching.missing_count; next++)
        if (!add_item(editor, list, matching.missing[next]))
            return false;
    return true;
}

/* The values at `node`: a list, or one record. */
static bool edit_values(struct rz_editor *editor, const struct rz_edit_node *node)
{
    const struct rz_rrset *is = editor->edit->is;
    if (node->kind == RZ_NODE_LIST)
        return edit_list(editor, node);
    if (node->alias || node->anchored)
        return fail(editor, "the value has an anchor or is an alias");
    if (is->rdata_count != 1)
        return rz_editor_splice(editor, node->start, node->end, rz_editor_value(editor, false));
    struct rz_rdata_cursor c = rz_rrset_rdata(is);
    rz_rdata_next(&c);
    bool flow = editor->owner && (editor->owner->flow || editor->value->flow);
    return rz_editor_splice(editor, node->start, node->end,
                            rz_editor_record(editor, c.wire, c.size, flow, node));
}

/* Block list: `ttl:` and `values:` come above it, and its lines go two blanks to the right. */
static bool wrap_block_list(struct rz_editor *editor, const struct rz_edit_node *list)
{
    size_t first = rz_editor_line_start(editor, list->items[0]->start);
    size_t end = rz_editor_line_end(editor, list->end - 1);
    size_t indent = rz_editor_indent(editor, list->items[0]->start);
    size_t key = rz_editor_indent(editor, editor->type_key->start);
    if (indent == SIZE_MAX || key == SIZE_MAX)
        return fail(editor, "the list is laid out in a way that is not edited");
    size_t map = indent > key ? indent : key + 2, shift = map + 2 - indent;
    for (size_t at = first; at < end; at = rz_editor_line_end(editor, at))
        if (editor->text.data[at] != '\n'
            && !rz_editor_splice(editor, at, at,
                                 rz_arena_printf(&editor->arena, "%*s", (int)shift, "")))
            return false;
    const char *head = rz_arena_printf(&editor->arena, "%*sttl: %s\n%*svalues:\n", (int)map, "",
                                       rz_editor_ttl(editor, editor->edit->is->ttl, NULL), (int)map,
                                       "");
    struct rz_splice *piece = &editor->splices[0];
    for (size_t i = 0; i < editor->count; i++)
        if (editor->splices[i].from == first) {
            piece = &editor->splices[i];
            break;
        }
    piece->text = rz_arena_printf(&editor->arena, "%s%s", head, piece->text);
    return true;
}

/* A TTL where there was none. */
static bool add_ttl(struct rz_editor *editor)
{
    struct rz_edit_node *value = editor->value;
    const char *ttl = rz_editor_ttl(editor, editor->edit->is->ttl, NULL);
    if (!editor->type_key || value->alias || value->anchored || value->block)
        return fail(editor, "the value cannot be given a TTL where it stands");
    if (value->kind == RZ_NODE_MAP && value->flow)
        return rz_editor_splice(editor, value->end - 1, value->end - 1,
                                rz_arena_printf(&editor->arena, ", ttl: %s", ttl));
    if (value->kind == RZ_NODE_MAP) {
        size_t indent = rz_editor_indent(editor, value->items[0]->start);
        return indent != SIZE_MAX
               && rz_editor_add_line(
                   editor, value->end,
                   rz_arena_printf(&editor->arena, "%*sttl: %s", (int)indent, "", ttl));
    }
    if (value->kind == RZ_NODE_LIST && !value->flow)
        return wrap_block_list(editor, value);
    return rz_editor_splice(editor, value->start, value->start, "{values: ")
           && rz_editor_splice(editor, value->end, value->end,
                               rz_arena_printf(&editor->arena, ", ttl: %s}", ttl));
}

/* The lines of the RRset go, and the owner's with its last. */
static bool remove_entry(struct rz_editor *editor)
{
    struct rz_edit_node *map = editor->owner, *key = editor->type_key, *value = editor->value;
    size_t at = 0, types = 0;
    if (!key)
        return fail(editor, "it is not written in the zone's own `records:`");
    for (size_t i = 0; i + 1 < map->count; i += 2) {
        types += map->items[i]->text && map->items[i]->text[0] >= 'A'
                 && map->items[i]->text[0] <= 'Z';
        at = map->items[i] == key ? i : at;
    }
    if (types == 1 && map->count <= 4) {
        map = editor->records;
        key = editor->owner_key;
        value = editor->owner;
        for (size_t i = 0; i + 1 < map->count; i += 2)
            at = map->items[i] == key ? i : at;
    }
    if (key->anchored || value->anchored)
        return fail(editor, "it has an anchor: others need it");
    if (!map->flow) {
        if (rz_editor_line_start(editor, key->start) + rz_editor_indent(editor, key->start)
            != key->start)
            return fail(editor, "it is laid out in a way that is not edited");
        return rz_editor_splice(editor, rz_editor_line_start(editor, key->start),
                                rz_editor_line_end(editor, value->end - 1), "");
    }
    bool last = at + 2 >= map->count;
    size_t from = last && at > 0 ? map->items[at - 1]->end : key->start;
    return rz_editor_splice(editor, from, last ? value->end : map->items[at + 2]->start, "");
}

static bool same_records(const struct rz_edit *edit)
{
    return edit->was && edit->is && rz_rrset_same_rdata(edit->was, edit->is);
}

bool rz_edit_in_place(struct rz_editor *editor)
{
    const struct rz_edit *edit = editor->edit;
    struct rz_edit_node *value = editor->value;
    const struct rz_edit_node *soa = rz_edit_get(editor->root, "soa");
    if (edit->type == RZ_TYPE_SOA && soa && edit->is && edit->was)
        return rz_edit_soa(editor, soa);
    if (!edit->is)
        return remove_entry(editor);
    if (!value)
        return fail(editor, "it is not written in the zone's own `records:`");
    if (value->alias)
        return fail(editor, "the value is an alias: what changes there changes elsewhere too");
    if (rz_edit_get(value, "add") || rz_edit_get(value, "remove"))
        return fail(editor, "it adjusts what a template gives");
    struct rz_edit_node *values = rz_edit_get(value, "values"), *ttl = rz_edit_get(value, "ttl");
    bool moved = !edit->was || edit->was->ttl != edit->is->ttl;
    if (!same_records(edit) && value->kind == RZ_NODE_MAP && !values && (ttl || moved))
        return fail(editor, "its fields are written as a map");
    if (!same_records(edit) && !edit_values(editor, values ? values : value))
        return false;
    if (!moved)
        return true;
    if (ttl && (ttl->alias || ttl->anchored || ttl->kind != RZ_NODE_SCALAR))
        return fail(editor, "the TTL has an anchor or is an alias");
    if (ttl)
        return rz_editor_splice(editor, ttl->start, ttl->end,
                                rz_editor_ttl(editor, edit->is->ttl, ttl));
    if (editor->count)
        return fail(editor, "values and TTL change together");
    return add_ttl(editor);
}

static uint32_t number_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* One field of `soa:`. */
static bool edit_soa_field(struct rz_editor *editor, const struct rz_edit_node *soa,
                           const char *key, const char *text)
{
    const struct rz_edit_node *node = rz_edit_get(soa, key);
    if (node && (node->alias || node->anchored || node->kind != RZ_NODE_SCALAR))
        return fail(editor, "a field of `soa:` has an anchor or is an alias");
    if (node)
        return rz_editor_splice(editor, node->start, node->end, text);
    if (soa->flow)
        return rz_editor_splice(
            editor, soa->end - 1, soa->end - 1,
            rz_arena_printf(&editor->arena, "%s%s: %s", soa->count ? ", " : "", key, text));
    size_t indent = soa->count ? rz_editor_indent(editor, soa->items[0]->start) : SIZE_MAX;
    return indent != SIZE_MAX
           && rz_editor_add_line(
               editor, soa->end,
               rz_arena_printf(&editor->arena, "%*s%s: %s", (int)indent, "", key, text));
}

bool rz_edit_soa(struct rz_editor *editor, const struct rz_edit_node *soa)
{
    static const char *const times[] = {"refresh", "retry", "expire", "minimum"};
    char text[RZ_NAME_TEXT_MAX];
    const struct rz_edit *edit = editor->edit;
    struct rz_rdata_cursor was = rz_rrset_rdata(edit->was), is = rz_rrset_rdata(edit->is);
    bool good = soa->kind == RZ_NODE_MAP && !soa->alias && rz_rdata_next(&was)
                && rz_rdata_next(&is);
    size_t was_serial = good ? rz_soa_serial_offset(was.wire, was.size) : 0;
    size_t is_serial = good ? rz_soa_serial_offset(is.wire, is.size) : 0;
    if (!was_serial || !is_serial)
        return fail(editor, "`soa:` is no map");
    size_t was_rname = rz_name_size(was.wire), is_rname = rz_name_size(is.wire);
    if (!rz_name_equal(was.wire, is.wire))
        good &= edit_soa_field(editor, soa, "mname", rz_name_text(text, is.wire));
    if (!rz_name_equal(was.wire + was_rname, is.wire + is_rname))
        good &= edit_soa_field(editor, soa, "rname", rz_name_text(text, is.wire + is_rname));
    for (size_t i = 0; i < 4; i++) {
        uint32_t now = number_at(is.wire + is_serial + 4 + 4 * i);
        if (now != number_at(was.wire + was_serial + 4 + 4 * i))
            good &= edit_soa_field(editor, soa, times[i],
                                   rz_editor_ttl(editor, now, rz_edit_get(soa, times[i])));
    }
    if (edit->was->ttl != edit->is->ttl)
        good &= edit_soa_field(editor, soa, "ttl",
                               rz_editor_ttl(editor, edit->is->ttl, rz_edit_get(soa, "ttl")));
    return good;
}
