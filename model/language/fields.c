/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a map by its field table. */
#include "language/fields.h"

#include <stdlib.h>

#include "dns/rtype.h"

/* What one field is read with. */
struct slot {
    const struct rz_field_reader *reader;
    const struct rz_field *field;
    const struct rz_node *node;
    void *into;
};

static struct rz_diag *wrong(const struct slot *slot, enum rz_code code, const char *expected)
{
    return rz_diags_add(slot->reader->diags, code, rz_node_place(slot->reader->source, slot->node),
                        "`%s` must be %s", slot->field->key, expected);
}

static bool read_bool(const struct slot *slot, struct rz_str text)
{
    static const char *const words[] = {"true", "yes", "on", "false", "no", "off"};
    for (size_t i = 0; i < 6; i++)
        if (rz_str_equal_nocase(text, rz_str_of(words[i]))) {
            *(bool *)slot->into = i < 3;
            return true;
        }
    wrong(slot, RZ1006, "true or false");
    return false;
}

static bool in_range(const struct slot *slot, uint64_t value)
{
    const struct rz_field *field = slot->field;
    if (value >= field->minimum && (field->maximum == 0 || value <= field->maximum))
        return true;
    struct rz_diag *diag = wrong(slot, RZ1006, "within its range");
    if (field->kind == RZ_FIELD_DURATION) {
        RZ_BUFFER_CLEANUP struct rz_buffer low = {0};
        RZ_BUFFER_CLEANUP struct rz_buffer high = {0};
        rz_duration_print(&low, field->minimum);
        rz_duration_print(&high, field->maximum);
        rz_diag_hint(slot->reader->diags, diag, "write a duration from %s to %s", low.data,
                     high.data);
    } else {
        rz_diag_hint(slot->reader->diags, diag, "write a number from %llu to %llu",
                     (unsigned long long)field->minimum,
                     (unsigned long long)(field->maximum ? field->maximum : UINT64_MAX));
    }
    return false;
}

/* Decimal digits with an optional suffix of binary thousands. */
static bool parse_size(uint64_t *value, struct rz_str text, bool suffix)
{
    unsigned shift = 0;
    if (suffix && text.size) {
        static const char letters[] = "kmg";
        const char *letter = strchr(letters, text.data[text.size - 1] | 0x20);
        if (letter && *letter) {
            shift = 10u * (unsigned)(letter - letters + 1);
            text.size--;
        }
    }
    if (text.size == 0 || text.size > 18)
        return false;
    *value = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *value = *value * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (*value > UINT64_MAX >> shift)
        return false;
    *value <<= shift;
    return true;
}

static bool read_number(const struct slot *slot, struct rz_str text)
{
    uint64_t value;
    bool good = slot->field->kind == RZ_FIELD_DURATION
                    ? rz_duration_parse(&value, text)
                    : parse_size(&value, text, slot->field->kind == RZ_FIELD_SIZE);
    if (!good) {
        wrong(slot, RZ1006,
              slot->field->kind == RZ_FIELD_DURATION ? "a duration such as 90, 5m or 1h30m"
              : slot->field->kind == RZ_FIELD_SIZE   ? "a size such as 4096, 64k or 10M"
                                                     : "a whole number");
        return false;
    }
    if (!in_range(slot, value))
        return false;
    *(uint64_t *)slot->into = value;
    return true;
}

static bool read_enum(const struct slot *slot, struct rz_str text)
{
    RZ_BUFFER_CLEANUP struct rz_buffer words = {0};
    for (int i = 0; slot->field->choices[i]; i++) {
        if (rz_str_is(text, slot->field->choices[i])) {
            *(int *)slot->into = i;
            return true;
        }
        rz_buffer_printf(&words, "%s%s", i ? ", " : "", slot->field->choices[i]);
    }
    struct rz_diag *diag = wrong(slot, RZ1006, "one of the allowed words");
    rz_diag_hint(slot->reader->diags, diag, "write one of: %s", words.data);
    return false;
}

static bool read_strings(const struct slot *slot)
{
    struct rz_strings *strings = slot->into;
    const struct rz_node *node = slot->node;
    size_t count = node->kind == RZ_NODE_LIST ? node->count : 1;
    const char **items = rz_arena_alloc(slot->reader->arena, (count + 1) * sizeof *items);
    for (size_t i = 0; i < count; i++) {
        const struct rz_node *item = node->kind == RZ_NODE_LIST ? node->items[i] : node;
        if (item->kind != RZ_NODE_SCALAR) {
            wrong(slot, RZ1005, "text, or a list of texts");
            return false;
        }
        items[i] = rz_arena_str(slot->reader->arena, rz_node_str(item)).data;
    }
    *strings = (struct rz_strings){items, count};
    return true;
}

static bool read_text(const struct slot *slot)
{
    struct rz_str text = rz_node_str(slot->node);
    if (memchr(text.data, '\0', text.size)) {
        wrong(slot, RZ1006, "text without NUL characters");
        return false;
    }
    *(const char **)slot->into = rz_arena_str(slot->reader->arena, text).data;
    return true;
}

static bool read_field(const struct slot *slot)
{
    const struct rz_node *node = slot->node;
    if (slot->field->kind == RZ_FIELD_NODE) {
        *(const struct rz_node **)slot->into = node;
        return true;
    }
    if (slot->field->kind == RZ_FIELD_STRINGS)
        return read_strings(slot);
    if (slot->field->kind == RZ_FIELD_MAP) {
        if (node->kind == RZ_NODE_MAP)
            return rz_fields_load(slot->reader, node, slot->field->fields, slot->into) == RZ_OK;
        wrong(slot, RZ1005, "a map");
        return false;
    }
    if (node->kind != RZ_NODE_SCALAR) {
        wrong(slot, RZ1005, "text");
        return false;
    }
    switch (slot->field->kind) {
    case RZ_FIELD_BOOL: return read_bool(slot, rz_node_str(node));
    case RZ_FIELD_UINT:
    case RZ_FIELD_DURATION:
    case RZ_FIELD_SIZE: return read_number(slot, rz_node_str(node));
    case RZ_FIELD_ENUM: return read_enum(slot, rz_node_str(node));
    default: return read_text(slot);
    }
}

/* Defaults are written in YAML's words, so that tables and documentation share them. */
static bool read_fallback(struct slot *slot)
{
    if (slot->field->kind == RZ_FIELD_MAP) /* the defaults of its fields */
        return rz_fields_load(slot->reader, NULL, slot->field->fields, slot->into) == RZ_OK;
    if (!slot->field->fallback)
        return true;
    struct rz_node node = {.kind = RZ_NODE_SCALAR,
                           .text = slot->field->fallback,
                           .count = (uint32_t)strlen(slot->field->fallback)};
    slot->node = &node;
    return read_field(slot);
}

static size_t count_fields(const struct rz_field *fields)
{
    size_t count = 0;
    while (fields[count].key)
        count++;
    return count;
}

static bool has_records(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], "records") == 0)
            return true;
    return false;
}

/* Looks like what stands below an owner: a map that begins with a record type. */
static bool is_owner(const struct rz_node *value)
{
    uint16_t type;
    return value->kind == RZ_NODE_MAP && value->count
           && rz_rtype_parse(&type, rz_node_str(value->pairs[0].key), true);
}

static bool report_unknown(const struct rz_field_reader *reader, const struct rz_node *map,
                           const struct rz_field *fields)
{
    size_t count = count_fields(fields);
    bool good = true;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct rz_node *key = map->pairs[i].key;
        bool known = false;
        for (size_t k = 0; k < count && !known; k++)
            known = rz_str_is(rz_node_str(key), fields[k].key);
        if (known)
            continue;
        good = false;
        const char **names = rz_arena_alloc(reader->arena, (count + 1) * sizeof *names);
        RZ_BUFFER_CLEANUP struct rz_buffer list = {0};
        for (size_t k = 0; k < count; k++) {
            names[k] = fields[k].key;
            rz_buffer_printf(&list, "%s%s", k ? ", " : "", fields[k].key);
        }
        struct rz_diag *diag = rz_diags_add(reader->diags, RZ1004,
                                            rz_node_place(reader->source, key),
                                            "unknown key `%.200s`", key->text);
        int nearest = rz_str_nearest(rz_node_str(key), names, count);
        if (has_records(names, count) && is_owner(map->pairs[i].value))
            rz_diag_hint(reader->diags, diag, "owners stand below `records:`, indented");
        else if (nearest >= 0)
            rz_diag_hint(reader->diags, diag, "did you mean `%s`?", names[nearest]);
        else
            rz_diag_hint(reader->diags, diag, "known keys: %s", list.data ? list.data : "none");
    }
    return good;
}

enum rz_status rz_fields_load(const struct rz_field_reader *reader, const struct rz_node *map,
                              const struct rz_field *fields, void *into)
{
    bool good = !map || report_unknown(reader, map, fields);
    for (const struct rz_field *field = fields; field->key; field++) {
        struct slot slot = {reader, field, map ? rz_node_get(map, field->key) : NULL,
                            (char *)into + field->offset};
        if (slot.node && slot.node->kind == RZ_NODE_NULL && field->kind != RZ_FIELD_NODE)
            slot.node = NULL; /* an empty value is the default */
        if (slot.node) {
            good &= read_field(&slot);
        } else if (field->required && map) {
            rz_diags_add(reader->diags, RZ1007, rz_node_place(reader->source, map),
                         "the key `%s` is missing", field->key);
            good = false;
        } else {
            good &= read_fallback(&slot);
        }
    }
    return good ? RZ_OK : RZ_INVALID;
}
