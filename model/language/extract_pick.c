/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Greedy choice of templates: the set of zones that saves most begins one, RRsets that most of
 * these zones have join it, and every zone that it suits extends it. */
#include <stdlib.h>

#include "language/extract_internal.h"
#include "support/alloc.h"

#define ROUNDS_MAX 100    /* keeps the time linear where little is shared */
#define RRSETS_PER_NULL 3 /* a zone takes at least so many RRsets for one that it removes */

/* RRsets that the very same zones have. */
struct block {
    uint32_t first; /* item */
    size_t count;
};

/* How a zone stands to the template under way. */
struct fit {
    uint32_t have, own; /* RRsets that are alike; that it has otherwise */
    bool in_seed, blocked;
};

struct picker {
    struct rz_extract *extract;
    struct fit *fits;
    bool base; /* the template under way is for at least half of the zones */
};

static size_t saving(const struct rz_extract *extract, const struct block *block)
{
    return (extract->items[block->first].zone_count - 1) * block->count;
}

static bool is_open(const struct rz_extract_item *item)
{
    return item->zone_count >= RZ_EXTRACT_LEAST;
}

/* The block that saves most; of equal ones the first. NULL item: none is left. */
static uint32_t find_seed(struct picker *picker)
{
    struct rz_extract *extract = picker->extract;
    struct block *blocks = rz_alloc_zero(extract->item_count + 1, sizeof *blocks);
    struct rz_map map = {0};
    size_t count = 0;
    const struct block *best = NULL;
    for (uint32_t i = 0; i < extract->item_count; i++) {
        const struct rz_extract_item *item = &extract->items[i];
        if (!is_open(item) || item->spent
            || (picker->base && item->zone_count * 2 < extract->zone_count))
            continue;
        struct rz_str key = {(const char *)item->zones, item->zone_count * sizeof *item->zones};
        struct block *block = rz_map_get(&map, key);
        if (!block) {
            block = &blocks[count++];
            block->first = i;
            rz_map_set(&map, key, block);
        }
        block->count++;
    }
    for (size_t i = 0; i < count; i++)
        if (!best || saving(extract, &blocks[i]) > saving(extract, best))
            best = &blocks[i];
    uint32_t seed = best ? best->first : RZ_EXTRACT_NONE;
    rz_map_free(&map);
    free(blocks);
    return seed;
}

/* Whether four in five zones of the seed have the RRset; those that have another one there do not count,
 * since theirs hides the template's. */
static bool joins(const struct picker *picker, const struct rz_extract_item *item, size_t seeds,
                  size_t *have)
{
    const struct rz_extract *extract = picker->extract;
    const struct rz_extract_place *place = &extract->places[item->place];
    size_t there = 0;
    *have = 0;
    for (size_t i = 0; i < item->zone_count; i++)
        *have += picker->fits[item->zones[i]].in_seed;
    if (*have < RZ_EXTRACT_LEAST || *have * 2 < seeds)
        return false;
    for (size_t i = 0; i < place->use_count; i++)
        there += picker->fits[place->uses[i].zone].in_seed;
    if (place->templates)
        for (uint32_t i = 0; i < extract->zone_count; i++)
            if (picker->fits[i].in_seed && extract->zones[i].templates & place->templates)
                return false;
    return *have * 5 >= (seeds - (there - *have)) * 4;
}

static void add_item(struct rz_extract_template *template, uint32_t item)
{
    template->items = rz_grow(template->items, &template->item_capacity, template->item_count + 1,
                              sizeof *template->items);
    template->items[template->item_count++] = item;
}

/* The items of the template, one a place: the one that most zones have. */
static void gather_items(struct picker *picker, uint32_t seed, struct rz_extract_template *template)
{
    struct rz_extract *extract = picker->extract;
    const struct rz_extract_item *start = &extract->items[seed];
    size_t *best = rz_alloc_zero(extract->place_count + 1, sizeof *best), have;
    for (size_t i = 0; i < start->zone_count; i++)
        picker->fits[start->zones[i]].in_seed = true;
    for (uint32_t i = 0; i < extract->item_count; i++) {
        const struct rz_extract_item *item = &extract->items[i];
        if (!is_open(item) || !joins(picker, item, start->zone_count, &have)
            || have <= best[item->place])
            continue;
        best[item->place] = have;
        extract->places[item->place].choice = i;
    }
    for (size_t i = 0; i < extract->place_count; i++) {
        struct rz_extract_place *place = &extract->places[i];
        if (place->choice != RZ_EXTRACT_NONE)
            add_item(template, place->choice);
        place->choice = RZ_EXTRACT_NONE;
    }
    free(best);
}

static void measure(struct picker *picker, const struct rz_extract_template *template)
{
    struct rz_extract *extract = picker->extract;
    for (size_t i = 0; i < template->item_count; i++) {
        const struct rz_extract_item *item = &extract->items[template->items[i]];
        const struct rz_extract_place *place = &extract->places[item->place];
        for (size_t k = 0; k < place->use_count; k++)
            picker->fits[place->uses[k].zone].own++;
        for (size_t k = 0; k < item->zone_count; k++) {
            picker->fits[item->zones[k]].have++;
            picker->fits[item->zones[k]].own--;
        }
        for (uint32_t k = 0; place->templates && k < extract->zone_count; k++)
            picker->fits[k].blocked |= (extract->zones[k].templates & place->templates) != 0;
    }
}

/* Whether extending the template is clearly shorter than not. */
static bool suits(const struct picker *picker, const struct fit *fit,
                  const struct rz_extract_template *template)
{
    size_t missing = template->item_count - fit->have - fit->own;
    return !fit->blocked && fit->have >= (picker->base ? 1 : 2)
           && missing * RRSETS_PER_NULL <= fit->have;
}

static void take_zone(struct rz_extract *extract, uint32_t number,
                      const struct rz_extract_template *template)
{
    struct rz_extract_zone *zone = &extract->zones[number];
    zone->templates |= UINT32_C(1) << extract->template_count;
    for (size_t i = 0; i < template->item_count; i++) {
        uint32_t item = template->items[i];
        uint32_t rrset = rz_extract_at(&extract->places[extract->items[item].place], number);
        if (rrset != RZ_EXTRACT_NONE && zone->items[rrset] == item)
            zone->given[rrset] = true;
    }
}

static void drop_given(struct rz_extract *extract, const struct rz_extract_template *template)
{
    for (size_t i = 0; i < template->item_count; i++) {
        struct rz_extract_item *item = &extract->items[template->items[i]];
        struct rz_extract_place *place = &extract->places[item->place];
        size_t kept = 0;
        place->templates |= UINT32_C(1) << extract->template_count;
        for (size_t k = 0; k < item->zone_count; k++) {
            uint32_t zone = item->zones[k];
            if (!extract->zones[zone].given[rz_extract_at(place, zone)])
                item->zones[kept++] = zone;
        }
        item->zone_count = kept;
    }
}

/* False where it is not worth a template. */
static bool make_template(struct picker *picker, uint32_t seed)
{
    struct rz_extract *extract = picker->extract;
    struct rz_extract_template *template = &extract->templates[extract->template_count];
    memset(picker->fits, 0, (extract->zone_count + 1) * sizeof *picker->fits);
    gather_items(picker, seed, template);
    measure(picker, template);
    template->zones = rz_arena_alloc(&extract->arena,
                                     (extract->zone_count + 1) * sizeof *template->zones);
    for (uint32_t i = 0; i < extract->zone_count; i++)
        if (suits(picker, &picker->fits[i], template))
            template->zones[template->zone_count++] = i;
    if (template->zone_count < RZ_EXTRACT_LEAST || (!picker->base && template->item_count < 2)) {
        free(template->items);
        *template = (struct rz_extract_template){0};
        return false;
    }
    for (size_t i = 0; i < template->zone_count; i++)
        take_zone(extract, template->zones[i], template);
    drop_given(extract, template);
    extract->template_count++;
    return true;
}

static void spend(struct rz_extract *extract, uint32_t seed)
{
    const struct rz_extract_item *start = &extract->items[seed];
    size_t size = start->zone_count * sizeof *start->zones;
    for (size_t i = 0; i < extract->item_count; i++) {
        struct rz_extract_item *item = &extract->items[i];
        item->spent |= item->zone_count == start->zone_count
                       && memcmp(item->zones, start->zones, size) == 0;
    }
}

void rz_extract_pick(struct rz_extract *extract)
{
    struct picker picker = {.extract = extract, .base = true};
    picker.fits = rz_alloc_zero(extract->zone_count + 1, sizeof *picker.fits);
    for (size_t round = 0; round < ROUNDS_MAX && extract->template_count < RZ_EXTRACT_TEMPLATES_MAX;
         round++) {
        uint32_t seed = find_seed(&picker);
        if (seed == RZ_EXTRACT_NONE && !picker.base)
            break;
        if (seed != RZ_EXTRACT_NONE && !make_template(&picker, seed))
            spend(extract, seed);
        if (seed == RZ_EXTRACT_NONE || extract->template_count)
            picker.base = false;
    }
    free(picker.fits);
}
