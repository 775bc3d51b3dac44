/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPF records (RFC 7208) as text: their terms, and what is wrong with them. */
#ifndef RZ_LINT_LINT_SPF_H
#define RZ_LINT_LINT_SPF_H

#include "dns/zone.h"

/* Whether the text is an SPF record at all: `v=spf1`, then a blank or nothing (§4.5). */
bool rz_spf_is(struct rz_str text);

struct rz_spf_term {
    struct rz_str text;  /* as written */
    char qualifier;      /* + - ~ ?, 0: a modifier */
    struct rz_str name;  /* "include", "redirect" */
    struct rz_str value; /* behind `:` or `=`, or the `/…` of a prefix; size 0: none */
};
/* Takes the next term off `rest`, which begins behind `v=spf1`; false at the end. */
bool rz_spf_next(struct rz_str *rest, struct rz_spf_term *term);
bool rz_spf_term_is(const struct rz_spf_term *term, const char *name);
/* NULL where the term is well formed, else what is wrong: "is no mechanism of SPF" (§12). */
const char *rz_spf_fault(const struct rz_spf_term *term);
/* `include=…` for `include:…`: read as a modifier that nobody knows, so it does nothing. */
bool rz_spf_is_slip(const struct rz_spf_term *term);

/* Look-ups that checking the record may cause, those of records in `zone` that it includes with
 * them (§4.6.4). Counting stops behind `limit`. */
unsigned rz_spf_lookups(const struct rz_zone *zone, struct rz_str text, unsigned limit);

#endif
