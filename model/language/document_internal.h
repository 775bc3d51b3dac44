/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the loaders of zone documents share: names, TTLs and values with their diagnostics. */
#ifndef RZ_LANGUAGE_DOCUMENT_INTERNAL_H
#define RZ_LANGUAGE_DOCUMENT_INTERNAL_H

#include "dns/rtype.h"
#include "language/zone_document.h"

/* A name in RDATA without a final dot that ends like a public name. */
struct rz_suspect {
    const uint8_t *target;
    const char *text;
    uint32_t line;
    uint16_t column;
};

/* One document being loaded. */
struct rz_document {
    struct rz_zone *zone;
    struct rz_zone_settings *settings;
    const struct rz_source *source;
    const struct rz_zone_document_options *options;
    struct rz_diags *diags;
    struct rz_rdata_reader *reader;
    uint32_t file;        /* provenance */
    bool failed;
    struct rz_arena nodes; /* nodes that outlive their entry */
    struct rz_suspect *suspects;
    size_t suspect_count, suspect_capacity;
    struct rz_pair *deferred; /* entries with variables */
    size_t deferred_count, deferred_capacity;
};

/* Adds a diagnostic at a node and marks the document as failed. */
struct rz_diag *rz_document_error(struct rz_document *document, enum rz_code code,
                                  const struct rz_node *node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Whether the zone's name stands twice at the end of an owner in it: "www.example.com" without its
 * final dot, in example.com. */
bool rz_document_repeats_apex(const uint8_t *owner, const struct rz_name *apex);
/* An owner's name, in the zone. */
bool rz_document_owner(struct rz_document *document, const struct rz_node *key,
                       struct rz_name *owner);
/* A record type's key; reports unknown ones with the nearest. */
bool rz_document_type(struct rz_document *document, const struct rz_node *key, struct rz_str text,
                      uint16_t *type);
bool rz_document_ttl(struct rz_document *document, const struct rz_node *node, uint32_t *ttl);

/* Where records of one RRset go. */
struct rz_record_target {
    const uint8_t *owner;
    uint16_t type;
    uint32_t ttl;
    bool default_ttl;
    bool first; /* no record of the RRset has been added yet */
};
/* Reads presentation form (or plain text of TXT) and adds the record. */
void rz_document_add(struct rz_document *document, struct rz_record_target *target,
                     const struct rz_node *at, struct rz_str text);
void rz_document_add_text(struct rz_document *document, struct rz_record_target *target,
                          const struct rz_node *at, struct rz_str text);
/* A map of fields by the type's row. `skip` may name keys that are no fields. */
void rz_document_add_fields(struct rz_document *document, struct rz_record_target *target,
                            const struct rz_node *map, bool (*skip)(struct rz_str key));

void rz_document_load_native(struct rz_document *document);
void rz_document_load_octodns(struct rz_document *document);

#endif
