/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plan files: JSON by schemas/plan.schema.json, closed by a SHA-256 over its canonical form: keys
 * sorted, nothing between them, without the members `digest` and `signatures`. */
#ifndef RZ_PLAN_PLAN_FILE_H
#define RZ_PLAN_PLAN_FILE_H

#include "plan/plan.h"

#define RZ_PLAN_SCHEMA 1 /* the version of the form */

/* Appends the whole document, digest included. RDATA are in presentation form. `diags` (NULL: none)
 * go with it for whoever reads the file; rz_plan_file_read ignores them. */
void rz_plan_file_write(struct rz_buffer *out, const struct rz_plan *plan,
                        void (*write_diags)(struct rz_buffer *out, const struct rz_diags *diags),
                        const struct rz_diags *diags);

/* Signs the text of a plan file as rz_plan_file_write wrote it: the signature comes behind the digest and
 * others. RZ_INVALID with a diagnostic. */
enum rz_status rz_plan_file_sign(struct rz_buffer *text, const char *key_path,
                                 struct rz_diags *diags);

/* Appends one change as an object of the array it is in; `text` is scratch. */
void rz_plan_change_json(struct rz_buffer *out, const struct rz_plan_change *change,
                         struct rz_buffer *text);

/* Reads what rz_plan_file_write wrote; the text may come from a stranger (≤ 1 GiB, depth bounded).
 * RZ_REFUSED where the digest does not match or the schema version is another; RZ_INVALID where it
 * is no plan. */
enum rz_status rz_plan_file_read(struct rz_plan *plan, struct rz_str text, const char *name,
                                 struct rz_diags *diags);

/* Before anything is sent: expired (`now`), or the inputs differ (`sources_digest` of the working
 * tree; NULL: not checked). RZ_REFUSED with the way out. */
enum rz_status rz_plan_file_check(const struct rz_plan *plan, int64_t now,
                                  const char *sources_digest, struct rz_diags *diags);

/* Whether the live RRsets named in the plan are exactly its `before`. RZ_REFUSED with each
 * difference; other live changes since are counted into `*unrelated`. */
enum rz_status rz_plan_stale(const struct rz_zone_plan *plan, const struct rz_zone *live,
                             bool *unrelated, struct rz_diags *diags);

#endif
