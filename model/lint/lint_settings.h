/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `lint:` of rezone.yaml and of zone documents. */
#ifndef RZ_LINT_LINT_SETTINGS_H
#define RZ_LINT_LINT_SETTINGS_H

#include "language/fields.h"
#include "lint/lint.h"

/* The words of a level, ending in NULL: error, warning, note, off. */
extern const char *const rz_lint_level_words[];
/* A zone's `lint: {allow: [RZ1203, …], reason: …}` as its field table reads it. */
struct rz_lint_zone_keys {
    const struct rz_node *allow;
    const char *reason;
};
extern const struct rz_field rz_lint_zone_fields[];

/* Reads `{RZ2101: error, …}` of rezone.yaml; NULL: nothing is set. RZ_INVALID when an error was
 * added. */
enum rz_status rz_lint_levels_load(struct rz_lint_settings *settings, const struct rz_node *map,
                                   const struct rz_field_reader *reader);

/* What the keys come to, in reader->arena. RZ_INVALID when an error was added. */
struct rz_lint_allowed {
    const enum rz_code *codes;
    size_t count;
    const char *reason;
};
enum rz_status rz_lint_allowed_load(struct rz_lint_allowed *allowed,
                                    const struct rz_lint_zone_keys *keys,
                                    const struct rz_field_reader *reader);

#endif
