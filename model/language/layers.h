/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What templates give a zone, one layer over the other, until the zone's own document closes them. */
#ifndef RZ_LANGUAGE_LAYERS_H
#define RZ_LANGUAGE_LAYERS_H

#include "language/document_internal.h"
#include "support/map.h"

/* One template applied once. */
struct rz_application {
    const struct rz_template *template;
    struct rz_zone zone;         /* its records, not finished */
    struct rz_document document; /* over that zone */
    const char *chain;           /* "in template web@3 (…), extended at …" */
    const char *key;             /* template and arguments: equal ones are applied once */
    bool override;               /* may replace what unrelated templates gave */
    size_t *ancestors;           /* applications that build on this one, directly or not */
    size_t ancestor_count, ancestor_capacity;
};

struct rz_application_list {
    struct rz_application **items; /* in the order of layers */
    size_t count, capacity;
};

/* Applies what `extends` names, depth first, in the document's scope. */
void rz_applications_make(struct rz_application_list *list, struct rz_document *document,
                          const struct rz_node *extends);
void rz_applications_free(struct rz_application_list *list);

#endif
