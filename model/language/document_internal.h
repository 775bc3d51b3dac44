/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the loaders of zone documents share: names, TTLs and values with their diagnostics. */
#ifndef RZ_LANGUAGE_DOCUMENT_INTERNAL_H
#define RZ_LANGUAGE_DOCUMENT_INTERNAL_H

#include "dns/rtype.h"
#include "language/check.h"
#include "language/template.h"
#include "language/variables.h"
#include "language/zone_document.h"

/* A name in RDATA without a final dot that ends like a public name. */
struct rz_suspect {
    const uint8_t *target;
    const char *text;
    const struct rz_source *source;
    uint32_t line;
    uint16_t column;
};

/* Where records of one RRset go. */
struct rz_record_target {
    const uint8_t *owner;
    uint16_t type;
    uint32_t ttl;
    bool default_ttl;
    bool first; /* no record of the RRset has been added yet */
};

/* What a layer does to the RRsets of the layers below it: removes (`add` and `remove` NULL) or
 * adjusts. */
struct rz_layer_op {
    const uint8_t *owner;
    uint16_t type; /* 0: all of the owner */
    const struct rz_node *at, *add, *remove;
    uint32_t ttl;
    bool has_ttl;
};

/* One document being loaded: a zone's own, or a template applied to it. */
struct rz_document {
    struct rz_zone *zone;
    struct rz_zone_settings *settings;
    const struct rz_source *source;
    const struct rz_zone_document_options *options;
    struct rz_diags *diags;
    struct rz_rdata_reader *reader;
    uint32_t file; /* provenance */
    bool failed;
    struct rz_arena nodes; /* nodes that outlive their entry */
    struct rz_suspect *suspects;
    size_t suspect_count, suspect_capacity;
    struct rz_pair *deferred; /* entries with variables */
    size_t deferred_count, deferred_capacity;
    /* expressions and inheritance */
    struct rz_evaluation *evaluation; /* of the zone */
    struct rz_scope scope;
    const struct rz_bindings
        *project;            /* the bindings of rezone.yaml, which template defaults hide */
    const char *chain;       /* through which templates; NULL: the zone's own document */
    struct rz_arena scratch; /* nodes of the entry under way */
    struct rz_layer_op *ops;
    size_t op_count, op_capacity;
    uint32_t ttl; /* of a template's records that set none */
    bool has_ttl;
    struct rz_checks *checks; /* of all layers */
    struct rz_arena *check_arena;
};

/* RRsets of an owner, after expansion: adds records, or operations on the layers below. */
void rz_document_load_owner(struct rz_document *document, const struct rz_node *key,
                            const struct rz_node *value);
/* An RRset's value: text, list, map. */
void rz_document_load_rrset(struct rz_document *document, struct rz_record_target *target,
                            const struct rz_node *value);
/* Expands one entry of `records` in the document's scope and loads it. */
void rz_document_load_entry(struct rz_document *document, const struct rz_pair *entry);
/* A whole map of records, and a list of loops. NULL is fine. */
void rz_document_load_records(struct rz_document *document, const struct rz_node *map);
void rz_document_load_each(struct rz_document *document, const struct rz_node *list);
/* `forwarding`, expanded in the document's scope: FORWARD records. NULL is fine. */
void rz_document_load_forwarding(struct rz_document *document, const struct rz_node *rules);
/* `dnssec`, expanded in the document's scope: DNSSEC and DNSSECKEY records. NULL is fine. */
void rz_document_load_dnssec(struct rz_document *document, const struct rz_node *node);
/* document_checks.c: adds the checks of a list, expanded in the document's scope. NULL is fine. */
void rz_document_load_checks(struct rz_document *document, const struct rz_node *list);
/* `nameservers` and `soa`, expanded in the document's scope. */
void rz_document_load_apex(struct rz_document *document, const struct rz_node *nameservers,
                           const struct rz_node *soa);
/* `vars`, each seeing those before it, as bindings inside `outer`; while they are evaluated those of
 * `over` (NULL: none) hide them. */
const struct rz_bindings *rz_document_bind(struct rz_document *document, const struct rz_node *vars,
                                           const struct rz_bindings *outer,
                                           const struct rz_bindings *over);
void rz_document_free(struct rz_document *document);

/* One RRset that a builder of an owner's map made. */
struct rz_owner_build {
    struct rz_name owner; /* with the builder's prefix */
    uint16_t type;
    bool added;
    const struct rz_node *key;
    struct rz_value values;
};
struct rz_owner_builds {
    struct rz_owner_build *items;
    size_t count, capacity;
};
/* document_builders.c: whether an owner's map has builders; what they make; those of one RRset, which the
 * map may write out too (`value`); the others, with the owner's TTL. The last frees the list. */
bool rz_document_has_builders(const struct rz_node *owner);
void rz_document_build(struct rz_document *document, const uint8_t *owner,
                       const struct rz_node *map, struct rz_owner_builds *builds);
void rz_document_join_built(struct rz_document *document, struct rz_owner_builds *builds,
                            struct rz_record_target *target, const struct rz_node *value);
void rz_document_add_built(struct rz_document *document, struct rz_owner_builds *builds,
                           const struct rz_record_target *like);

/* layers.c: applies the templates and puts under the document's own RRsets what they give. */
void rz_document_extend(struct rz_document *document, const struct rz_node *extends);

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
