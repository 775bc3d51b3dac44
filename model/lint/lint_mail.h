/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records that are lists of tags: DMARC (RFC 7489 §6.3) and DKIM keys (RFC 6376 §3.6.1). */
#ifndef RZ_LINT_LINT_MAIL_H
#define RZ_LINT_LINT_MAIL_H

#include "lint/lint_internal.h"

/* One `tag=value`, trimmed. */
struct rz_mail_tag {
    struct rz_str name, value;
};
/* Takes the next tag off the text; false at the end. A piece without `=` has an empty name. */
bool rz_mail_tag_next(struct rz_str *rest, struct rz_mail_tag *tag);

/* Whether one of the records is DMARC's. */
bool rz_dmarc_has(const struct rz_rrset *rrset);
void rz_dmarc_check_once(struct rz_lint *lint, const struct rz_rrset *rrset);
void rz_dmarc_check_form(struct rz_lint *lint, const struct rz_rrset *rrset);
void rz_dmarc_check_policy(struct rz_lint *lint, const struct rz_rrset *rrset);

void rz_dkim_check_form(struct rz_lint *lint, const struct rz_rrset *rrset);
void rz_dkim_check_once(struct rz_lint *lint, const struct rz_rrset *rrset);
void rz_dkim_check_weak(struct rz_lint *lint, const struct rz_rrset *rrset);

#endif
