/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layering: a later layer replaces an RRset whole, removes it, or adjusts it. */
#include "language/layers.h"

#include <stdlib.h>

#include "support/alloc.h"

#define DOCUMENT SIZE_MAX /* as the number of a layer */

/* One RRset as it stands after some layers. */
struct slot {
    const uint8_t *owner;
    uint16_t type;
    struct rz_rrset *records; /* one record each */
    size_t count;
    size_t layer;
    const char *file, *chain;
    bool gone;
};

struct layers {
    struct rz_document *document;
    struct rz_application_list *applications;
    struct rz_arena arena;
    struct rz_map map;
    struct slot **slots;
    size_t count, capacity;
};

/* Owner and type as one key; `key` has room for both. */
static struct rz_str key_of(uint8_t key[RZ_NAME_MAX + 2], const uint8_t *owner, uint16_t type)
{
    size_t size = rz_name_size(owner);
    memcpy(key, owner, size);
    memcpy(key + size, &type, sizeof type);
    return (struct rz_str){(const char *)key, size + sizeof type};
}

static struct slot *find_slot(struct layers *layers, const uint8_t *owner, uint16_t type)
{
    uint8_t key[RZ_NAME_MAX + 2];
    return rz_map_get(&layers->map, key_of(key, owner, type));
}

static struct slot *make_slot(struct layers *layers, const uint8_t *owner, uint16_t type)
{
    uint8_t key[RZ_NAME_MAX + 2];
    struct rz_str text = key_of(key, owner, type);
    struct slot *slot = rz_map_get(&layers->map, text);
    if (slot)
        return slot;
    slot = rz_arena_zero(&layers->arena, sizeof *slot);
    struct rz_str kept = rz_arena_str(&layers->arena, text);
    slot->owner = (const uint8_t *)kept.data;
    slot->type = type;
    slot->gone = true;
    rz_map_set(&layers->map, kept, slot);
    layers->slots = rz_grow(layers->slots, &layers->capacity, layers->count + 1,
                            sizeof *layers->slots);
    layers->slots[layers->count++] = slot;
    return slot;
}

static struct rz_explanation_place keep_place(struct rz_explanations *all,
                                              struct rz_explanation_place place)
{
    place.file = place.file ? rz_arena_strdup(&all->arena, place.file) : NULL;
    place.chain = place.chain ? rz_arena_strdup(&all->arena, place.chain) : NULL;
    return place;
}

static void explain(struct layers *layers, const struct slot *slot, enum rz_explanation_kind kind,
                    struct rz_explanation_place by)
{
    struct rz_explanations *all = layers->document->options->explanations;
    bool there = !slot->gone && slot->count;
    if (!all || (!there && kind != RZ_EXPLAIN_ADJUSTED))
        return;
    struct rz_explanation_place lost = {0};
    if (there)
        lost = (struct rz_explanation_place){slot->file, slot->chain, slot->records[0].line};
    all->items = rz_grow(all->items, &all->capacity, all->count + 1, sizeof *all->items);
    struct rz_explanation *item = &all->items[all->count++];
    *item = (struct rz_explanation){.type = slot->type,
                                    .kind = (uint8_t)kind,
                                    .lost = keep_place(all, lost),
                                    .by = keep_place(all, by)};
    rz_name_copy(&item->owner, slot->owner);
}

static struct rz_explanation_place place_in(const struct rz_document *document, uint32_t line)
{
    return (struct rz_explanation_place){document->source->name, document->chain, line};
}

/* Whether layer `over` builds on layer `under`. */
static bool builds_on(const struct layers *layers, size_t over, size_t under)
{
    const struct rz_application *application = layers->applications->items[under];
    for (size_t i = 0; i < application->ancestor_count; i++)
        if (application->ancestors[i] == over)
            return true;
    return false;
}

static void check_conflict(struct layers *layers, const struct slot *slot, size_t layer,
                           const struct rz_rrset *record)
{
    struct rz_application *application = layers->applications->items[layer];
    if (slot->gone || slot->layer == layer || application->override
        || builds_on(layers, layer, slot->layer))
        return;
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    struct rz_document *document = layers->document;
    struct rz_place place = {
        .source = &application->template->source, .line = record->line, .column = record->column};
    struct rz_diag *diag = rz_diags_add(
        document->diags, RZ1405, place, "templates %s and %s both give %s %s",
        layers->applications->items[slot->layer]->template->name, application->template->name,
        rz_name_text_relative(owner, slot->owner, document->zone->apex.wire),
        rz_rtype_text(type, slot->type));
    rz_diag_related(document->diags, diag, "%s; and %s", application->chain,
                    layers->applications->items[slot->layer]->chain);
    rz_diag_hint(document->diags, diag,
                 "write `{%s: {…}, override: true}` where it is meant to win",
                 application->template->name);
    document->failed = true;
}

/* The records [first, end) of a layer's zone are one RRset. */
static void put_rrset(struct layers *layers, size_t layer, size_t first, size_t end)
{
    const struct rz_application *application = layers->applications->items[layer];
    struct rz_rrset *records = application->zone.rrsets;
    struct slot *slot = make_slot(layers, records[first].owner, records[first].type);
    check_conflict(layers, slot, layer, &records[first]);
    size_t kept = !slot->gone && slot->layer == layer ? slot->count : 0;
    if (!kept)
        explain(layers, slot, RZ_EXPLAIN_REPLACED,
                place_in(&application->document, records[first].line));
    /* Twice in one layer: both are kept, and finishing the zone says so. */
    struct rz_rrset *all = rz_arena_alloc(&layers->arena, (kept + end - first) * sizeof *all);
    if (kept)
        memcpy(all, slot->records, kept * sizeof *all);
    memcpy(all + kept, records + first, (end - first) * sizeof *all);
    slot->records = all;
    slot->count = kept + end - first;
    slot->layer = layer;
    slot->file = application->template->path;
    slot->chain = application->chain;
    slot->gone = false;
}

static void remove_owner(struct layers *layers, const uint8_t *owner,
                         struct rz_explanation_place by)
{
    for (size_t i = 0; i < layers->count; i++) {
        struct slot *slot = layers->slots[i];
        if (slot->gone || !rz_name_equal(slot->owner, owner))
            continue;
        explain(layers, slot, RZ_EXPLAIN_REMOVED, by);
        slot->gone = true;
    }
}

static void remove_rrset(struct layers *layers, const uint8_t *owner, uint16_t type,
                         enum rz_explanation_kind kind, struct rz_explanation_place by)
{
    struct slot *slot = find_slot(layers, owner, type);
    if (!slot || slot->gone)
        return;
    explain(layers, slot, kind, by);
    slot->gone = true;
}

/* Values of `add` or `remove`, read into a zone of their own. */
static void read_values(struct rz_document *document, struct rz_zone *into,
                        const struct rz_layer_op *op, const struct rz_node *values)
{
    struct rz_zone *zone = document->zone;
    struct rz_record_target target = {.owner = op->owner,
                                      .type = op->type,
                                      .ttl = op->ttl,
                                      .default_ttl = !op->has_ttl,
                                      .first = true};
    rz_zone_init(into, zone->apex.wire);
    document->zone = into;
    if (values && values->kind != RZ_NODE_NULL)
        rz_document_load_rrset(document, &target, values);
    document->zone = zone;
}

static bool same_record(const struct rz_rrset *a, const struct rz_rrset *b)
{
    return a->rdata_size == b->rdata_size && memcmp(a->rdata, b->rdata, a->rdata_size) == 0;
}

static void take_out(struct rz_document *document, struct slot *slot, const struct rz_zone *values,
                     const struct rz_layer_op *op)
{
    for (size_t i = 0; i < values->count; i++) {
        size_t kept = 0, before = slot->count;
        for (size_t k = 0; k < slot->count; k++)
            if (!same_record(&slot->records[k], &values->rrsets[i]))
                slot->records[kept++] = slot->records[k];
        slot->count = kept;
        if (kept == before)
            rz_diag_hint(document->diags,
                         rz_document_error(document, RZ1409, op->remove,
                                           "no template gave what is to be removed"),
                         "`rezone render --explain` shows what each template gave");
    }
}

/* Copies go to the arena of the layers, since the zone they were read into goes away. */
static void put_in(struct layers *layers, struct slot *slot, const struct rz_zone *values)
{
    size_t total = slot->count + values->count;
    struct rz_rrset *all = rz_arena_alloc(&layers->arena, (total + 1) * sizeof *all);
    if (slot->count)
        memcpy(all, slot->records, slot->count * sizeof *all);
    for (size_t i = 0; i < values->count; i++) {
        all[slot->count + i] = *rz_rrset_copy(&layers->arena, &values->rrsets[i]);
        all[slot->count + i].flags &= (uint16_t)~RZ_RRSET_FIRST;
        if (slot->count) { /* one RRset, one TTL: the inherited one unless the adjustment says another */
            all[slot->count + i].ttl = all[0].ttl;
            all[slot->count + i].flags |= all[0].flags & RZ_RRSET_DEFAULT_TTL;
        }
    }
    slot->records = all;
    slot->count = total;
    if (total)
        all[0].flags |= RZ_RRSET_FIRST;
}

static void adjust(struct layers *layers, struct rz_document *document, size_t layer,
                   const struct rz_layer_op *op)
{
    struct rz_zone added, removed;
    struct slot *slot = make_slot(layers, op->owner, op->type);
    explain(layers, slot, RZ_EXPLAIN_ADJUSTED, place_in(document, op->at->line));
    if (slot->gone) {
        slot->count = 0;
        slot->layer = layer == DOCUMENT ? 0 : layer;
        slot->file = document->source->name;
        slot->chain = document->chain;
    }
    read_values(document, &removed, op, op->remove);
    read_values(document, &added, op, op->add);
    take_out(document, slot, &removed, op);
    put_in(layers, slot, &added);
    for (size_t i = 0; op->has_ttl && i < slot->count; i++) {
        slot->records[i].ttl = op->ttl;
        slot->records[i].flags &= (uint16_t)~RZ_RRSET_DEFAULT_TTL;
    }
    slot->gone = slot->count == 0;
    rz_zone_free(&added);
    rz_zone_free(&removed);
}

static void operate(struct layers *layers, struct rz_document *document, size_t layer)
{
    for (size_t i = 0; i < document->op_count; i++) {
        const struct rz_layer_op *op = &document->ops[i];
        if (op->add || op->remove)
            adjust(layers, document, layer, op);
        else if (op->type)
            remove_rrset(layers, op->owner, op->type, RZ_EXPLAIN_REMOVED,
                         place_in(document, op->at->line));
        else
            remove_owner(layers, op->owner, place_in(document, op->at->line));
    }
}

static void add_layer(struct layers *layers, size_t layer)
{
    struct rz_application *application = layers->applications->items[layer];
    const struct rz_zone *zone = &application->zone;
    operate(layers, &application->document, layer);
    for (size_t first = 0, end; first < zone->count; first = end) {
        for (end = first + 1; end < zone->count && !(zone->rrsets[end].flags & RZ_RRSET_FIRST);)
            end++;
        put_rrset(layers, layer, first, end);
    }
}

/* The document's own RRsets hide those below. */
static void close_layers(struct layers *layers)
{
    struct rz_zone *zone = layers->document->zone;
    size_t own = zone->count;
    operate(layers, layers->document, DOCUMENT);
    for (size_t i = 0; i < own; i++)
        if (zone->rrsets[i].flags & RZ_RRSET_FIRST)
            remove_rrset(layers, zone->rrsets[i].owner, zone->rrsets[i].type, RZ_EXPLAIN_REPLACED,
                         place_in(layers->document, zone->rrsets[i].line));
    for (size_t i = 0; i < layers->count; i++) {
        const struct slot *slot = layers->slots[i];
        if (slot->gone)
            continue;
        uint32_t file = rz_zone_file_chain(zone, slot->file, slot->chain);
        for (size_t k = 0; k < slot->count; k++) {
            const struct rz_rrset *record = &slot->records[k];
            struct rz_rdata_cursor c = rz_rrset_rdata(record);
            rz_rdata_next(&c);
            struct rz_record_origin origin = {file, record->line, record->column, record->flags};
            rz_zone_add(zone, slot->owner, slot->type, record->ttl,
                        (struct rz_rdata){c.wire, c.size}, origin);
        }
    }
}

/* What looked suspicious in a template is looked at in the whole zone, with the others. */
static void take_suspects(struct rz_document *document, const struct rz_document *from)
{
    for (size_t i = 0; i < from->suspect_count; i++) {
        document->suspects = rz_grow(document->suspects, &document->suspect_capacity,
                                     document->suspect_count + 1, sizeof *document->suspects);
        struct rz_suspect *suspect = &document->suspects[document->suspect_count++];
        *suspect = from->suspects[i];
        size_t size = rz_name_size(suspect->target);
        uint8_t *target = rz_arena_bytes(&document->zone->arena, size);
        memcpy(target, suspect->target, size);
        suspect->target = target;
        suspect->text = rz_arena_strdup(&document->zone->arena, suspect->text);
    }
}

void rz_document_extend(struct rz_document *document, const struct rz_node *extends)
{
    struct rz_application_list applications = {0};
    struct layers layers = {.document = document, .applications = &applications};
    if (extends && extends->kind != RZ_NODE_NULL)
        rz_applications_make(&applications, document, extends);
    for (size_t i = 0; i < applications.count; i++) {
        document->failed |= applications.items[i]->document.failed;
        take_suspects(document, &applications.items[i]->document);
        add_layer(&layers, i);
    }
    close_layers(&layers);
    for (size_t i = 0; i < applications.count; i++)
        document->failed |= applications.items[i]->document.failed;
    rz_applications_free(&applications);
    rz_map_free(&layers.map);
    rz_arena_free(&layers.arena);
    free(layers.slots);
}
