/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The extraction as a whole: index, choose, write. */
#include "language/extract.h"

#include <stdio.h>
#include <stdlib.h>

#include "language/extract_internal.h"
#include "support/alloc.h"

static void release(struct rz_extract *extract)
{
    for (size_t i = 0; i < extract->place_count; i++)
        free(extract->places[i].uses);
    for (size_t i = 0; i < extract->item_count; i++)
        free(extract->items[i].zones);
    for (size_t i = 0; i < extract->template_count; i++) {
        free(extract->templates[i].items);
        free(extract->templates[i].params);
    }
    free(extract->places);
    free(extract->items);
    rz_arena_free(&extract->arena);
}

/* The first one is `base` where at least half of the zones extend it. */
static void name_template(const struct rz_extract *extract, size_t number, char name[32])
{
    if (number == 0 && extract->templates[0].zone_count * 2 >= extract->zone_count)
        snprintf(name, 32, "base");
    else
        snprintf(name, 32, "shared-%zu", number + 1);
}

void rz_extract(struct rz_extraction *extraction, const struct rz_zone *const *zones, size_t count)
{
    struct rz_extract extract = {0};
    *extraction = (struct rz_extraction){.zone_count = count};
    extraction->zones = rz_alloc_zero(count + 1, sizeof *extraction->zones);
    rz_extract_index(&extract, zones, count);
    rz_extract_pick(&extract);
    rz_extract_params(&extract);
    extraction->template_count = extract.template_count;
    for (size_t i = 0; i < extract.template_count; i++) {
        const struct rz_extract_template *from = &extract.templates[i];
        struct rz_extracted_template *to = &extraction->templates[i];
        name_template(&extract, i, to->name);
        to->rrsets = from->item_count + from->param_count;
        to->params = from->param_count;
        to->zones = from->zone_count;
        rz_extract_write_template(&to->text, &extract, i);
    }
    for (uint32_t i = 0; i < count; i++)
        if (extract.zones[i].templates)
            rz_extract_write_zone(&extraction->zones[i], &extract, i, extraction->templates);
        else
            extraction->zones[i].own = zones[i]->count;
    release(&extract);
}

void rz_extraction_free(struct rz_extraction *extraction)
{
    for (size_t i = 0; i < extraction->template_count; i++)
        rz_buffer_free(&extraction->templates[i].text);
    for (size_t i = 0; i < extraction->zone_count; i++)
        rz_buffer_free(&extraction->zones[i].text);
    free(extraction->zones);
    *extraction = (struct rz_extraction){0};
}
