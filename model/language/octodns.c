/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OctoDNS zone files: owners at the top, each one record map or a list of them. */
#include "dns/rdata_fields.h"
#include "language/document_internal.h"
#include "language/yaml.h"
#include "support/alloc.h"

#define OCTODNS_TTL 3600 /* what OctoDNS takes where a record says none */

static const char *const record_keys[] = {"type", "ttl", "value", "values", "octodns"};

/* Keys whose loss would change answers. */
static bool is_lost_feature(struct rz_str key)
{
    return rz_str_is(key, "dynamic") || rz_str_is(key, "geo");
}

/* TXT values escape semicolons, as OctoDNS asks for. */
static void add_text(struct rz_document *document, struct rz_record_target *target,
                     const struct rz_node *value)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    for (uint32_t i = 0; i < value->count; i++)
        if (!(value->text[i] == '\\' && i + 1 < value->count && value->text[i + 1] == ';'))
            rz_buffer_char(&text, value->text[i]);
    struct rz_rdata rdata;
    const char *why;
    if (rz_rdata_from_text(document->reader, rz_buffer_view(&text), &rdata, &why) != RZ_OK)
        rz_document_error(document, RZ1104, value, "the text cannot be held: %s", why);
    else
        rz_document_add_text(document, target, value, rz_buffer_view(&text));
}

static void add_value(struct rz_document *document, struct rz_record_target *target,
                      const struct rz_node *value)
{
    if (value->kind == RZ_NODE_MAP)
        rz_document_add_fields(document, target, value, NULL);
    else if (value->kind != RZ_NODE_SCALAR)
        rz_document_error(document, RZ1005, value, "a value is text or a map, not %s",
                          rz_node_kind_text(value));
    else if (rz_rtype_flags(target->type) & RZ_RTYPE_TEXT)
        add_text(document, target, value);
    else
        rz_document_add(document, target, value, rz_node_str(value));
}

static bool check_keys(struct rz_document *document, const struct rz_node *map)
{
    bool good = true;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct rz_node *key = map->pairs[i].key;
        bool known = false;
        for (size_t k = 0; k < sizeof record_keys / sizeof *record_keys; k++)
            known |= rz_str_is(rz_node_str(key), record_keys[k]);
        if (known)
            continue;
        good = false;
        struct rz_diag *diag = rz_document_error(document, RZ1004, key, "unknown key `%.60s`",
                                                 key->text);
        if (is_lost_feature(rz_node_str(key)))
            rz_diag_hint(document->diags, diag,
                         "rezone has no answers that depend on who asks; "
                         "give plain `values` instead");
        else
            rz_diag_hint(document->diags, diag, "known keys: type, ttl, value, values, octodns");
    }
    return good;
}

/* `octodns: {ignored: true}` leaves the RRset alone; everything else there steers OctoDNS itself. */
static bool is_ignored(struct rz_document *document, const struct rz_node *options)
{
    bool ignored = false;
    if (!options || options->kind == RZ_NODE_NULL)
        return false;
    for (uint32_t i = 0; options->kind == RZ_NODE_MAP && i < options->count; i++) {
        const struct rz_node *key = options->pairs[i].key, *value = options->pairs[i].value;
        if (rz_str_is(rz_node_str(key), "ignored")) {
            ignored = value->kind == RZ_NODE_SCALAR
                      && rz_str_equal_nocase(rz_node_str(value), RZ_STR("true"));
            continue;
        }
        struct rz_diag *diag = rz_diags_add(document->diags, RZ1301,
                                            rz_node_place(document->source, key),
                                            "the OctoDNS option `%.60s` is not applied", key->text);
        rz_diag_hint(document->diags, diag, "it steers OctoDNS; delete it once you have moved");
    }
    return ignored;
}

static void ignore_rrset(struct rz_document *document, const uint8_t *owner, uint16_t type)
{
    char name[RZ_NAME_TEXT_MAX];
    struct rz_zone_settings *settings = document->settings;
    struct rz_arena *arena = &document->zone->arena;
    struct rz_zone_pattern *patterns = rz_arena_alloc(arena, (settings->ignore_count + 1)
                                                                 * sizeof *patterns);
    if (settings->ignore_count)
        memcpy(patterns, settings->ignore, settings->ignore_count * sizeof *patterns);
    rz_name_text_relative(name, owner, document->zone->apex.wire);
    patterns[settings->ignore_count++] = (struct rz_zone_pattern){rz_arena_strdup(arena, name),
                                                                  type};
    settings->ignore = patterns;
}

static void load_record(struct rz_document *document, const uint8_t *owner,
                        const struct rz_node *map)
{
    if (map->kind != RZ_NODE_MAP) {
        rz_document_error(document, RZ1005, map,
                          "a record is a map with `type` and `value`, not %s",
                          rz_node_kind_text(map));
        return;
    }
    const struct rz_node *type = rz_node_get(map, "type"), *ttl = rz_node_get(map, "ttl");
    const struct rz_node *value = rz_node_get(map, "value"), *values = rz_node_get(map, "values");
    struct rz_record_target target = {.owner = owner, .ttl = OCTODNS_TTL, .first = true};
    if (!check_keys(document, map))
        return;
    if (!type || type->kind != RZ_NODE_SCALAR) {
        rz_document_error(document, RZ1007, map, "the key `type` is missing");
        return;
    }
    if (!rz_document_type(document, type, rz_node_str(type), &target.type)
        || (ttl && !rz_document_ttl(document, ttl, &target.ttl)))
        return;
    if (is_ignored(document, rz_node_get(map, "octodns"))) {
        ignore_rrset(document, owner, target.type);
        return;
    }
    const struct rz_node *list = values ? values : value;
    if (!list || list->kind == RZ_NODE_NULL) {
        rz_document_error(document, RZ1007, map, "`value` or `values` is missing");
        return;
    }
    if (list->kind != RZ_NODE_LIST) {
        add_value(document, &target, list);
        return;
    }
    for (uint32_t i = 0; i < list->count; i++)
        add_value(document, &target, list->items[i]);
}

static enum rz_yaml_keep take_owner(void *user, const struct rz_node *key,
                                    const struct rz_node *value)
{
    struct rz_document *document = user;
    struct rz_name owner;
    if (key->count == 0)
        owner = document->zone->apex;
    else if (!rz_document_owner(document, key, &owner))
        return RZ_YAML_DROP;
    if (value->kind != RZ_NODE_LIST) {
        load_record(document, owner.wire, value);
        return RZ_YAML_DROP;
    }
    for (uint32_t i = 0; i < value->count; i++)
        load_record(document, owner.wire, value->items[i]);
    return RZ_YAML_DROP;
}

void rz_document_load_octodns(struct rz_document *document)
{
    struct rz_yaml_stream stream = {.entry = take_owner, .user = document};
    const struct rz_node *root = rz_yaml_load(document->source, &document->nodes, &stream,
                                              document->diags);
    if (!root)
        document->failed = true;
    else if (root->kind != RZ_NODE_MAP && root->kind != RZ_NODE_NULL)
        rz_document_error(document, RZ1005, root, "an OctoDNS zone file is a map of owners, not %s",
                          rz_node_kind_text(root));
}
