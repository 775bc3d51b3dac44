/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds what many zones share and proposes templates for it. Pure: finished zones in, texts out; the
 * caller loads the texts back and compares before it trusts them. */
#ifndef RZ_LANGUAGE_EXTRACT_H
#define RZ_LANGUAGE_EXTRACT_H

#include "dns/zone.h"
#include "support/buffer.h"

#define RZ_EXTRACT_TEMPLATES_MAX 32

struct rz_extracted_template {
    char name[32];         /* "base", "shared-2" */
    struct rz_buffer text; /* of templates/NAME.yaml */
    size_t rrsets;         /* that it gives, those with a parameter included */
    size_t params;
    size_t zones; /* that extend it */
};

struct rz_extracted_zone {
    struct rz_buffer text; /* of the zone's document; empty: the zone extends nothing */
    uint32_t templates;    /* bit i: extends templates[i] */
    size_t own;            /* RRsets left in the document */
};

struct rz_extraction {
    struct rz_extracted_template templates[RZ_EXTRACT_TEMPLATES_MAX];
    size_t template_count;
    struct rz_extracted_zone *zones; /* beside the zones given */
    size_t zone_count;
};

/* `zones` are finished, and in the order that is to decide between equals (sort them by name for the
 * same result whatever the order they were read in). Time grows with the number of RRsets. */
void rz_extract(struct rz_extraction *extraction, const struct rz_zone *const *zones, size_t count);
void rz_extraction_free(struct rz_extraction *extraction);

#endif
