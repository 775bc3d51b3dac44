/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits of requests that processes share through the journal's database: what rz_rate_share
 * (context.h) asks. The database is opened when the first provider with a limit sends something. */
#ifndef RZ_JOURNAL_RATE_BUDGET_H
#define RZ_JOURNAL_RATE_BUDGET_H

#include "context.h"
#include "support/diag.h"

struct rz_rate_budget;

/* NULL: a journal of this kind shares nothing, and each process goes by itself. Sets context->share. */
struct rz_rate_budget *rz_rate_budget_open(const char *state, struct rz_context *context);
/* What went wrong comes behind `diags`, as a warning. */
void rz_rate_budget_close(struct rz_rate_budget *budget, struct rz_diags *diags);

#endif
