/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the extraction share: RRsets as relative text, and who has them. */
#ifndef RZ_LANGUAGE_EXTRACT_INTERNAL_H
#define RZ_LANGUAGE_EXTRACT_INTERNAL_H

#include "language/extract.h"
#include "support/arena.h"
#include "support/map.h"

#define RZ_EXTRACT_LEAST 3 /* zones that must share something */
#define RZ_EXTRACT_NONE UINT32_MAX

/* One zone's RRset. */
struct rz_extract_use {
    uint32_t zone, rrset;
};

/* An owner, relative to the apex, and a type. */
struct rz_extract_place {
    const char *owner;
    uint16_t type;
    uint32_t templates;          /* bit i: template i gives an RRset here */
    uint32_t choice;             /* item of the template under way */
    struct rz_extract_use *uses; /* zones rising */
    size_t use_count, use_capacity;
};

/* An RRset as many zones may have it. A value is its text in the language, behind a mark: '=' for a
 * plain value, '!' for presentation form of a type that is written as plain text. Of an SOA the values
 * are its fields without the serial. */
struct rz_extract_item {
    uint32_t place;
    uint32_t ttl;
    const char **values;
    size_t value_count;
    uint32_t *zones; /* rising; those where no template gives it yet */
    size_t zone_count, zone_capacity;
    bool spent; /* was tried as the start of a template in vain */
};

/* An RRset of a template in which one value is a parameter. */
struct rz_extract_param {
    uint32_t place, ttl;
    const char **values; /* the others; the last is NULL */
    size_t value_count;
    bool required; /* no zone may go without: its value stands in a list or beside a TTL */
    char *name;
    struct rz_extract_use *uses; /* zones rising; `hole` says which value is passed */
    uint16_t *holes;
    size_t use_count, use_capacity;
};

struct rz_extract_template {
    uint32_t *items;
    size_t item_count, item_capacity;
    struct rz_extract_param *params;
    size_t param_count, param_capacity;
    uint32_t *zones;
    size_t zone_count;
};

struct rz_extract_zone {
    const struct rz_zone *zone;
    uint32_t *items;    /* by RRset; RZ_EXTRACT_NONE: cannot be shared */
    bool *given;        /* by RRset: a template gives it */
    uint32_t templates; /* bit i: extends template i */
};

struct rz_extract {
    struct rz_arena arena;
    struct rz_extract_zone *zones;
    size_t zone_count;
    struct rz_extract_place *places;
    size_t place_count, place_capacity;
    struct rz_extract_item *items;
    size_t item_count, item_capacity;
    struct rz_extract_template templates[RZ_EXTRACT_TEMPLATES_MAX];
    size_t template_count;
};

/* extract_index.c */
void rz_extract_index(struct rz_extract *extract, const struct rz_zone *const *zones, size_t count);
/* The zone's RRset at the place; RZ_EXTRACT_NONE. */
uint32_t rz_extract_at(const struct rz_extract_place *place, uint32_t zone);
/* extract_pick.c: RRsets that are alike; extract_params.c: those that differ in one value. */
void rz_extract_pick(struct rz_extract *extract);
void rz_extract_params(struct rz_extract *extract);
/* extract_write.c */
/* The most common TTL of what the zones have alike; the smallest of equally common ones. */
uint32_t rz_extract_ttl(const struct rz_extract *extract,
                        const struct rz_extract_template *template);
void rz_extract_write_template(struct rz_buffer *out, const struct rz_extract *extract,
                               size_t number);
void rz_extract_write_zone(struct rz_extracted_zone *out, const struct rz_extract *extract,
                           uint32_t number, const struct rz_extracted_template *templates);

#endif
