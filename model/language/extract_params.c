/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RRsets that the zones of a template have at one place and that differ in one value: the template
 * gets them with a parameter. A zone without the RRset passes none, and null means no RRset. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "language/extract_internal.h"
#include "support/alloc.h"

#define HOLES_MAX 8 /* values of an RRset of which one may be the parameter */

struct finder {
    struct rz_extract *extract;
    struct rz_map map;
    struct rz_arena arena; /* of keys */
    struct rz_extract_param *found;
    size_t count, capacity;
    struct rz_buffer key;
};

static struct rz_extract_param *find_param(struct finder *finder,
                                           const struct rz_extract_item *item, size_t hole)
{
    struct rz_buffer *key = &finder->key;
    rz_buffer_reset(key);
    rz_buffer_append(key, &item->place, sizeof item->place);
    rz_buffer_append(key, &item->ttl, sizeof item->ttl);
    for (size_t i = 0; i < item->value_count; i++)
        if (i != hole)
            rz_buffer_append(key, item->values[i], strlen(item->values[i]) + 1);
    uintptr_t number = (uintptr_t)rz_map_get(&finder->map, rz_buffer_view(key));
    if (number)
        return &finder->found[number - 1];
    finder->found = rz_grow(finder->found, &finder->capacity, finder->count + 1,
                            sizeof *finder->found);
    struct rz_extract_param *param = &finder->found[finder->count++];
    *param = (struct rz_extract_param){.place = item->place,
                                       .ttl = item->ttl,
                                       .value_count = item->value_count,
                                       .required = item->value_count > 1};
    param->values = rz_arena_zero(&finder->extract->arena,
                                  item->value_count * sizeof *param->values);
    for (size_t i = 0, k = 0; i < item->value_count; i++)
        if (i != hole)
            param->values[k++] = item->values[i];
    rz_map_set(&finder->map, rz_arena_str(&finder->arena, rz_buffer_view(key)),
               (void *)(uintptr_t)finder->count);
    return param;
}

static void note_use(struct rz_extract_param *param, struct rz_extract_use use, uint16_t hole)
{
    size_t capacity = param->use_capacity;
    param->uses = rz_grow(param->uses, &param->use_capacity, param->use_count + 1,
                          sizeof *param->uses);
    param->holes = rz_grow(param->holes, &capacity, param->use_count + 1, sizeof *param->holes);
    param->holes[param->use_count] = hole;
    param->uses[param->use_count++] = use;
}

static void look_at_zone(struct finder *finder, uint32_t number)
{
    const struct rz_extract_zone *zone = &finder->extract->zones[number];
    for (uint32_t i = 0; i < zone->zone->count; i++) {
        if (zone->given[i] || zone->items[i] == RZ_EXTRACT_NONE
            || zone->zone->rrsets[i].type == RZ_TYPE_SOA)
            continue;
        const struct rz_extract_item *item = &finder->extract->items[zone->items[i]];
        for (uint16_t k = 0; item->value_count <= HOLES_MAX && k < item->value_count; k++)
            if (item->values[k][0] == '=')
                note_use(find_param(finder, item, k), (struct rz_extract_use){number, i}, k);
    }
}

static int compare_params(const void *left, const void *right)
{
    const struct rz_extract_param *a = left, *b = right;
    if (a->use_count != b->use_count)
        return a->use_count > b->use_count ? -1 : 1;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    for (size_t i = 0; i < a->value_count && i < b->value_count; i++) {
        int order = strcmp(a->values[i] ? a->values[i] : "", b->values[i] ? b->values[i] : "");
        if (order)
            return order;
    }
    return (a->value_count > b->value_count) - (a->value_count < b->value_count);
}

/* "www_a", "apex_txt", "any_mail_mx": an identifier, and no other parameter's. */
static char *name_param(struct rz_extract *extract, const struct rz_extract_template *template,
                        const struct rz_extract_place *place)
{
    char name[160], type[RZ_RTYPE_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    for (const char *at = strcmp(place->owner, "@") == 0 ? "apex" : place->owner;
         *at && text.size < 40; at++) {
        if (isalnum((unsigned char)*at))
            rz_buffer_char(&text, *at);
        else if (*at == '*')
            rz_buffer_text(&text, "any");
        else if (text.size && text.data[text.size - 1] != '_')
            rz_buffer_char(&text, '_');
    }
    rz_rtype_text(type, place->type);
    for (char *at = type; *at; at++)
        *at = (char)(isalnum((unsigned char)*at) ? tolower((unsigned char)*at) : '_');
    bool letter = text.size && isalpha((unsigned char)text.data[0]);
    snprintf(name, sizeof name, "%s%s_%s", letter ? "" : "at_", text.data ? text.data : "", type);
    size_t size = strlen(name), other = 2;
    for (size_t i = 0; i < template->param_count; i++)
        if (strcmp(template->params[i].name, name) == 0) {
            snprintf(name + size, sizeof name - size, "_%zu", other++);
            i = SIZE_MAX; /* from the beginning */
        }
    return rz_arena_strdup(&extract->arena, name);
}

static bool is_wanted(const struct rz_extract *extract, const struct rz_extract_template *template,
                      struct rz_extract_param *param, uint32_t used)
{
    param->required |= param->ttl != rz_extract_ttl(extract, template);
    size_t least = param->required ? template->zone_count : (template->zone_count + 1) / 2;
    return param->use_count >= RZ_EXTRACT_LEAST && param->use_count >= least
           && !(extract->places[param->place].templates & used);
}

static void take(struct rz_extract *extract, size_t number, const struct rz_extract_param *param)
{
    struct rz_extract_template *template = &extract->templates[number];
    template->params = rz_grow(template->params, &template->param_capacity,
                               template->param_count + 1, sizeof *template->params);
    struct rz_extract_param *kept = &template->params[template->param_count];
    *kept = *param;
    kept->name = name_param(extract, template, &extract->places[param->place]);
    kept->uses = rz_arena_alloc(&extract->arena, param->use_count * sizeof *kept->uses);
    kept->holes = rz_arena_alloc(&extract->arena, param->use_count * sizeof *kept->holes);
    memcpy(kept->uses, param->uses, param->use_count * sizeof *kept->uses);
    memcpy(kept->holes, param->holes, param->use_count * sizeof *kept->holes);
    template->param_count++;
    extract->places[param->place].templates |= UINT32_C(1) << number;
    for (size_t i = 0; i < param->use_count; i++)
        extract->zones[param->uses[i].zone].given[param->uses[i].rrset] = true;
}

static void find_of_template(struct rz_extract *extract, size_t number)
{
    struct finder finder = {.extract = extract};
    const struct rz_extract_template *template = &extract->templates[number];
    uint32_t used = 0;
    for (size_t i = 0; i < template->zone_count; i++) {
        used |= extract->zones[template->zones[i]].templates;
        look_at_zone(&finder, template->zones[i]);
    }
    if (finder.count)
        qsort(finder.found, finder.count, sizeof *finder.found, compare_params);
    for (size_t i = 0; i < finder.count; i++) {
        if (is_wanted(extract, template, &finder.found[i], used))
            take(extract, number, &finder.found[i]);
        free(finder.found[i].uses);
        free(finder.found[i].holes);
    }
    free(finder.found);
    rz_map_free(&finder.map);
    rz_arena_free(&finder.arena);
    rz_buffer_free(&finder.key);
}

void rz_extract_params(struct rz_extract *extract)
{
    for (size_t i = 0; i < extract->template_count; i++)
        find_of_template(extract, i);
}
