/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RRsets of zone documents and templates: owners, values, options. */
#include <stdlib.h>

#include "dns/rdata_fields.h"
#include "language/builders.h"
#include "language/document_internal.h"
#include "support/alloc.h"

/* Options of an RRset's map that are no fields of its type. */
static bool is_rrset_option(struct rz_str key)
{
    return rz_str_is(key, "ttl") || rz_str_is(key, "comment");
}

/* The key that gives a record's data or an RRset's values stands beside options only. */
static void expect_alone(struct rz_document *document, const struct rz_node *map, const char *data)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const struct rz_node *key = map->pairs[i].key;
        if (rz_str_is(rz_node_str(key), data) || is_rrset_option(rz_node_str(key)))
            continue;
        struct rz_diag *diag = rz_document_error(
            document, RZ1004, key, "unknown key `%.60s` beside `%s`", key->text, data);
        rz_diag_hint(document->diags, diag, "known keys: %s, ttl, comment", data);
    }
}

static void add_strings(struct rz_document *document, struct rz_record_target *target,
                        const struct rz_node *strings)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {.limit = 4 * RZ_RDATA_MAX};
    for (uint32_t i = 0; strings->kind == RZ_NODE_LIST && i < strings->count; i++) {
        if (strings->items[i]->kind == RZ_NODE_LIST || strings->items[i]->kind == RZ_NODE_MAP) {
            rz_document_error(document, RZ1005, strings->items[i], "a character string is text");
            return;
        }
        rz_buffer_text(&text, i ? " " : "");
        rz_rdata_quote(&text, rz_node_str(strings->items[i]));
    }
    if (text.size == 0)
        rz_document_error(document, RZ1005, strings,
                          "`strings` is a list of texts of at most 255 octets");
    else
        rz_document_add(document, target, strings, rz_buffer_view(&text));
}

/* One record: text, or a map of fields. */
static void add_value(struct rz_document *document, struct rz_record_target *target,
                      const struct rz_node *value)
{
    bool text = rz_rtype_flags(target->type) & RZ_RTYPE_TEXT;
    if (value->kind == RZ_NODE_SCALAR) {
        if (text)
            rz_document_add_text(document, target, value, rz_node_str(value));
        else
            rz_document_add(document, target, value, rz_node_str(value));
        return;
    }
    if (value->kind != RZ_NODE_MAP) {
        struct rz_diag *diag = rz_document_error(document, RZ1005, value,
                                                 "a record is text or a map of fields, not %s",
                                                 rz_node_kind_text(value));
        if (value->kind == RZ_NODE_NULL && text)
            rz_diag_hint(document->diags, diag, "write \"\" for an empty text");
        return;
    }
    const struct rz_node *rdata = rz_node_get(value, "rdata");
    const struct rz_node *strings = text ? rz_node_get(value, "strings") : NULL;
    if (rdata && rdata->kind == RZ_NODE_SCALAR) {
        expect_alone(document, value, "rdata");
        rz_document_add(document, target, rdata, rz_node_str(rdata));
    } else if (strings) {
        expect_alone(document, value, "strings");
        add_strings(document, target, strings);
    } else {
        rz_document_add_fields(document, target, value, is_rrset_option);
    }
}

/* {values: […], ttl: …, comment: …}: only those keys. */
static const struct rz_node *read_options(struct rz_document *document,
                                          struct rz_record_target *target,
                                          const struct rz_node *map)
{
    const struct rz_node *ttl = rz_node_get(map, "ttl"), *values = rz_node_get(map, "values");
    if (ttl && rz_document_ttl(document, ttl, &target->ttl))
        target->default_ttl = false;
    if (!values)
        return map;
    expect_alone(document, map, "values");
    return values;
}

/* The TTL is of the RRset: one that stands in a single value of several would be lost. */
static void refuse_ttl(struct rz_document *document, const struct rz_node *value)
{
    for (uint32_t i = 0; value->kind == RZ_NODE_MAP && i < value->count; i++) {
        const struct rz_node *key = value->pairs[i].key;
        if (!rz_str_is(rz_node_str(key), "ttl"))
            continue;
        struct rz_diag *diag = rz_document_error(document, RZ1004, key,
                                                 "a value of a list has no TTL of its own");
        rz_diag_hint(document->diags, diag,
                     "all records of an RRset share one: write {values: […], ttl: …}");
    }
}

static struct rz_layer_op *add_op(struct rz_document *document, const uint8_t *owner, uint16_t type,
                                  const struct rz_node *at)
{
    size_t size = rz_name_size(owner);
    uint8_t *kept = rz_arena_bytes(&document->nodes, size);
    memcpy(kept, owner, size);
    document->ops = rz_grow(document->ops, &document->op_capacity, document->op_count + 1,
                            sizeof *document->ops);
    struct rz_layer_op *op = &document->ops[document->op_count++];
    *op = (struct rz_layer_op){.owner = kept, .type = type, .at = at};
    return op;
}

/* {add: […], remove: […]}: adjusts what a template gave. */
static bool take_adjustment(struct rz_document *document, const struct rz_record_target *target,
                            const struct rz_node *map)
{
    const struct rz_node *add = rz_node_get(map, "add"), *remove = rz_node_get(map, "remove");
    if (!add && !remove)
        return false;
    struct rz_layer_op *op = add_op(document, target->owner, target->type, map);
    op->add = add;
    op->remove = remove;
    op->ttl = target->ttl;
    op->has_ttl = !target->default_ttl;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct rz_node *key = map->pairs[i].key;
        struct rz_str word = rz_node_str(key);
        if (rz_str_is(word, "ttl"))
            op->has_ttl = rz_document_ttl(document, map->pairs[i].value, &op->ttl);
        else if (!rz_str_is(word, "add") && !rz_str_is(word, "remove")
                 && !rz_str_is(word, "comment"))
            rz_diag_hint(document->diags,
                         rz_document_error(document, RZ1004, key, "unknown key `%.60s`", key->text),
                         "beside `add` and `remove` there may be `ttl` and `comment`");
    }
    return true;
}

void rz_document_load_rrset(struct rz_document *document, struct rz_record_target *target,
                            const struct rz_node *value)
{
    if (rz_rtype_is_signing(target->type)) {
        struct rz_diag *diag = rz_document_error(document, RZ6001, value,
                                                 "how a zone is signed is no record");
        rz_diag_hint(document->diags, diag, "write `dnssec:` at the top of the file");
        return;
    }
    if (value->kind == RZ_NODE_NULL) {
        add_op(document, target->owner, target->type, value);
        return;
    }
    if (value->kind == RZ_NODE_MAP && take_adjustment(document, target, value))
        return;
    if (value->kind == RZ_NODE_MAP)
        value = read_options(document, target, value);
    if (value->kind != RZ_NODE_LIST) {
        add_value(document, target, value);
        return;
    }
    for (uint32_t i = 0; i < value->count; i++) {
        refuse_ttl(document, value->items[i]);
        add_value(document, target, value->items[i]);
    }
    if (value->count == 0) {
        struct rz_diag *diag = rz_document_error(document, RZ1005, value,
                                                 "an RRset needs at least one value");
        rz_diag_hint(document->diags, diag, "write `null` to have no RRset here");
    }
}

/* Types are upper case; what is lower case must be an option of the owner. */
static bool is_owner_option(struct rz_document *document, const struct rz_node *key)
{
    if (key->text[0] < 'a' || key->text[0] > 'z')
        return false;
    if (is_rrset_option(rz_node_str(key)) || rz_builder_find(rz_node_str(key)))
        return true;
    uint16_t type;
    if (rz_rtype_parse(&type, rz_node_str(key), false))
        return false; /* rz_document_type says to write it in upper case */
    struct rz_diag *diag = rz_document_error(document, RZ1004, key, "unknown key `%.60s`",
                                             key->text);
    size_t builders = 0;
    while (rz_builder_keys()[builders])
        builders++;
    int nearest = rz_str_nearest(rz_node_str(key), rz_builder_keys(), builders);
    if (rz_str_is(rz_node_str(key), "type") || rz_str_is(rz_node_str(key), "value")
        || rz_str_is(rz_node_str(key), "values"))
        rz_diag_hint(document->diags, diag,
                     "write `TYPE: VALUE`, such as `A: 192.0.2.1`; OctoDNS's files are read with "
                     "`sources: [{directory: …, format: octodns}]`");
    else if (nearest >= 0)
        rz_diag_hint(document->diags, diag, "did you mean `%s`?", rz_builder_keys()[nearest]);
    else
        rz_diag_hint(document->diags, diag,
                     "an owner has record types in upper case, builders such as `spf`, `ttl` and "
                     "`comment`");
    return true;
}

void rz_document_load_owner(struct rz_document *document, const struct rz_node *key,
                            const struct rz_node *value)
{
    struct rz_name owner;
    if (!rz_document_owner(document, key, &owner))
        return;
    if (value->kind == RZ_NODE_NULL) {
        add_op(document, owner.wire, 0, value);
        return;
    }
    if (value->kind != RZ_NODE_MAP) {
        struct rz_diag *diag = rz_document_error(document, RZ1005, value,
                                                 "an owner has a map of types, not %s",
                                                 rz_node_kind_text(value));
        rz_diag_hint(document->diags, diag, "write `%.100s: {A: …}`", key->text);
        return;
    }
    struct rz_record_target target = {
        .owner = owner.wire, .ttl = document->ttl, .default_ttl = !document->has_ttl};
    const struct rz_node *ttl = rz_node_get(value, "ttl");
    if (ttl && rz_document_ttl(document, ttl, &target.ttl))
        target.default_ttl = false;
    struct rz_owner_builds builds = {0};
    rz_document_build(document, owner.wire, value, &builds);
    for (uint32_t i = 0; i < value->count; i++) {
        struct rz_record_target rrset = target;
        const struct rz_node *type = value->pairs[i].key;
        if (is_owner_option(document, type)
            || !rz_document_type(document, type, rz_node_str(type), &rrset.type))
            continue;
        rrset.first = true;
        rz_document_load_rrset(document, &rrset, value->pairs[i].value);
        rz_document_join_built(document, &builds, &rrset, value->pairs[i].value);
    }
    rz_document_add_built(document, &builds, &target);
}

/* Nodes of an entry are dropped with the next one, unless an operation on the layers below has kept
 * some. */
static void drop_scratch(struct rz_document *document, size_t ops_before)
{
    if (document->op_count > ops_before)
        rz_arena_absorb(&document->nodes, &document->scratch);
    else
        rz_arena_reset(&document->scratch);
}

void rz_document_load_entry(struct rz_document *document, const struct rz_pair *entry)
{
    struct rz_arena *arena = document->evaluation->arena;
    size_t ops = document->op_count;
    document->evaluation->arena = &document->scratch;
    document->scope.failed = false;
    struct rz_node map = {.kind = RZ_NODE_MAP,
                          .count = 1,
                          .pairs = entry,
                          .line = entry->key->line,
                          .column = entry->key->column};
    const struct rz_node *expanded = rz_scope_expand(&document->scope, &map);
    if (document->scope.failed)
        document->failed = true;
    else
        rz_document_load_owner(document, expanded->pairs[0].key, expanded->pairs[0].value);
    document->evaluation->arena = arena;
    drop_scratch(document, ops);
}

void rz_document_load_records(struct rz_document *document, const struct rz_node *map)
{
    if (!map || map->kind == RZ_NODE_NULL)
        return;
    if (map->kind != RZ_NODE_MAP) {
        rz_document_error(document, RZ1005, map, "`records` is a map of owners, not %s",
                          rz_node_kind_text(map));
        return;
    }
    for (uint32_t i = 0; i < map->count; i++)
        rz_document_load_entry(document, &map->pairs[i]);
}
