/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ways of editing an RRset of a zone document. */
#include "language/edit.h"

#include <stdlib.h>
#include <string.h>

#include "dns/rtype.h"
#include "language/document_internal.h"
#include "language/edit_internal.h"
#include "language/yaml.h"

static bool fail(struct rz_editor *editor, const char *why)
{
    editor->why = why;
    return false;
}

bool rz_editor_splice(struct rz_editor *editor, size_t from, size_t to, const char *text)
{
    if (editor->count == RZ_SPLICES_MAX || from > to || to > editor->text.size)
        return fail(editor, "too much of it differs");
    editor->splices[editor->count++] = (struct rz_splice){from, to,
                                                          rz_arena_strdup(&editor->arena, text)};
    return true;
}

size_t rz_editor_line_start(const struct rz_editor *editor, size_t at)
{
    while (at > 0 && editor->text.data[at - 1] != '\n')
        at--;
    return at;
}

size_t rz_editor_line_end(const struct rz_editor *editor, size_t at)
{
    const char *end = memchr(editor->text.data + at, '\n', editor->text.size - at);
    return end ? (size_t)(end - editor->text.data) + 1 : editor->text.size;
}

size_t rz_editor_indent(const struct rz_editor *editor, size_t at)
{
    size_t start = rz_editor_line_start(editor, at), blanks = 0;
    while (start + blanks < at && editor->text.data[start + blanks] == ' ')
        blanks++;
    if (start + blanks == at)
        return blanks;
    /* the item of a list */
    return start + blanks + 2 <= at && editor->text.data[start + blanks] == '-'
                   && strspn(editor->text.data + start + blanks + 1, " ") == at - start - blanks - 1
               ? blanks
               : SIZE_MAX;
}

bool rz_editor_add_line(struct rz_editor *editor, size_t at, const char *line)
{
    size_t end = rz_editor_line_end(editor, at > 0 ? at - 1 : 0);
    bool open = end == editor->text.size && end > 0 && editor->text.data[end - 1] != '\n';
    return rz_editor_splice(editor, end, end,
                            rz_arena_printf(&editor->arena, "%s%s\n", open ? "\n" : "", line));
}

/* The owner's own entry, and in it the RRset's. Keys with expressions name what nobody knows here. */
static void find(struct rz_editor *editor)
{
    char type[RZ_RTYPE_TEXT_MAX];
    const struct rz_edit *edit = editor->edit;
    editor->records = rz_edit_get(editor->root, "records");
    const struct rz_edit_node *records = editor->records;
    for (size_t i = 0; records && records->kind == RZ_NODE_MAP && i + 1 < records->count; i += 2) {
        struct rz_name owner;
        const char *why;
        struct rz_edit_node *key = records->items[i];
        if (key->alias || !key->text || strstr(key->text, "${")
            || rz_name_parse(&owner, (struct rz_str){key->text, key->size}, edit->apex.wire, &why)
                   != RZ_OK
            || !rz_name_equal(owner.wire, edit->owner))
            continue;
        editor->owner_key = key;
        editor->owner = records->items[i + 1];
    }
    rz_rtype_text(type, edit->type);
    const struct rz_edit_node *owner = editor->owner;
    for (size_t i = 0; owner && owner->kind == RZ_NODE_MAP && i + 1 < owner->count; i += 2)
        if (owner->items[i]->text && strcmp(owner->items[i]->text, type) == 0) {
            editor->type_key = owner->items[i];
            editor->value = owner->items[i + 1];
        }
    bool apex = rz_name_equal(edit->owner, edit->apex.wire);
    if (!editor->value && apex && edit->type == RZ_TYPE_NS)
        editor->value = rz_edit_get(editor->root, "nameservers");
}

static bool replace_value(struct rz_editor *editor, bool with_ttl)
{
    struct rz_edit_node *value = editor->value;
    if (!value)
        return fail(editor, "it is not written in the zone's own `records:`");
    if (!editor->edit->is) {
        if (!editor->type_key)
            return fail(editor, "`nameservers:` cannot be empty");
        return rz_editor_splice(editor, value->start, value->end, "null");
    }
    return rz_editor_splice(editor, value->start, value->end, rz_editor_value(editor, with_ttl));
}

/* What stands behind `TYPE:` in an override. */
static const char *override_text(struct rz_editor *editor, bool with_ttl)
{
    return editor->edit->is ? rz_editor_value(editor, with_ttl) : "null";
}

static bool add_to_owner(struct rz_editor *editor, const char *entry)
{
    struct rz_edit_node *owner = editor->owner;
    if (owner->alias)
        return fail(editor,
                    "the owner's map is an alias: what changes there changes elsewhere too");
    if (owner->kind != RZ_NODE_MAP || (owner->count == 0 && !owner->flow))
        return fail(editor, "the owner has no map of types in the zone's own `records:`");
    if (owner->flow)
        return rz_editor_splice(
            editor, owner->end - 1, owner->end - 1,
            rz_arena_printf(&editor->arena, "%s%s", owner->count ? ", " : "", entry));
    size_t indent = rz_editor_indent(editor, owner->items[0]->start);
    if (indent == SIZE_MAX)
        return fail(editor, "the owner's map is laid out in a way that is not edited");
    return rz_editor_add_line(editor, owner->end,
                              rz_arena_printf(&editor->arena, "%*s%s", (int)indent, "", entry));
}

static const char *owner_text(struct rz_editor *editor)
{
    char name[RZ_NAME_TEXT_MAX];
    struct rz_buffer text = {0};
    const struct rz_edit *edit = editor->edit;
    if (rz_document_repeats_apex(edit->owner, &edit->apex))
        rz_name_text(name, edit->owner);
    else
        rz_name_text_relative(name, edit->owner, edit->apex.wire);
    rz_yaml_print_scalar(&text, rz_str_of(name), true);
    const char *kept = rz_arena_str(&editor->arena, rz_buffer_view(&text)).data;
    rz_buffer_free(&text);
    return kept;
}

/* A new owner, behind the others. */
static bool add_owner(struct rz_editor *editor, const char *entry)
{
    struct rz_edit_node *records = editor->records, *root = editor->root;
    const char *owner = owner_text(editor);
    if (records && records->flow)
        return rz_editor_splice(editor, records->end - 1, records->end - 1,
                                rz_arena_printf(&editor->arena, "%s%s: {%s}",
                                                records->count ? ", " : "", owner, entry));
    if (records && records->kind == RZ_NODE_MAP) {
        size_t indent = rz_editor_indent(editor, records->items[0]->start);
        if (indent == SIZE_MAX || records->alias)
            return fail(editor, "`records:` is laid out in a way that is not edited");
        return rz_editor_add_line(editor, records->end,
                                  rz_arena_printf(&editor->arena, "%*s%s:\n%*s%s", (int)indent, "",
                                                  owner, (int)indent + 2, "", entry));
    }
    if (root->kind != RZ_NODE_MAP || root->flow || root->count == 0 || records)
        return fail(editor, "the document has no map of `records:` to add it to");
    return rz_editor_add_line(
        editor, root->end,
        rz_arena_printf(&editor->arena, "records:\n  %s:\n    %s", owner, entry));
}

static bool add_override(struct rz_editor *editor, bool with_ttl)
{
    char type[RZ_RTYPE_TEXT_MAX];
    if (editor->type_key)
        return fail(editor, "it is written in the zone's own `records:` already");
    if (!editor->edit->is && with_ttl)
        return fail(editor, "what is not there has no TTL");
    const char *entry = rz_arena_printf(&editor->arena, "%s: %s",
                                        rz_rtype_text(type, editor->edit->type),
                                        override_text(editor, with_ttl));
    return editor->owner ? add_to_owner(editor, entry) : add_owner(editor, entry);
}

static int compare_splices(const void *left, const void *right)
{
    const struct rz_splice *a = left, *b = right;
    return (a->from > b->from) - (a->from < b->from);
}

/* The text with all pieces put in; false where two of them overlap. */
static bool put_together(struct rz_buffer *out, struct rz_editor *editor)
{
    size_t at = 0, start = out->size;
    qsort(editor->splices, editor->count, sizeof *editor->splices, compare_splices);
    for (size_t i = 0; i < editor->count; i++) {
        const struct rz_splice *splice = &editor->splices[i];
        if (splice->from < at) {
            out->size = start;
            return fail(editor, "the edits overlap");
        }
        rz_buffer_append(out, editor->text.data + at, splice->from - at);
        rz_buffer_text(out, splice->text);
        at = splice->to;
    }
    rz_buffer_append(out, editor->text.data + at, editor->text.size - at);
    return true;
}

static bool go(struct rz_editor *editor, enum rz_edit_way way)
{
    if (!editor->root)
        return fail(editor, "the document cannot be read");
    find(editor);
    switch (way) {
    case RZ_EDIT_IN_PLACE: return rz_edit_in_place(editor);
    case RZ_EDIT_REPLACE: return replace_value(editor, false);
    case RZ_EDIT_REPLACE_TTL:
        return editor->edit->is ? replace_value(editor, true)
                                : fail(editor, "what is not there has no TTL");
    case RZ_EDIT_OVERRIDE: return add_override(editor, false);
    default: return add_override(editor, true);
    }
}

bool rz_zone_document_edit(struct rz_buffer *out, struct rz_str text, const struct rz_edit *edit,
                           enum rz_edit_way way, const char **why)
{
    struct rz_editor *editor = calloc(1, sizeof *editor);
    *why = "memory is out";
    if (!editor)
        return false;
    editor->text = text;
    editor->edit = edit;
    editor->why = "it cannot be told from others";
    editor->root = rz_edit_tree(text, &editor->arena);
    bool good = go(editor, way) && editor->count && put_together(out, editor);
    *why = editor->why;
    rz_arena_free(&editor->arena);
    free(editor);
    return good;
}
