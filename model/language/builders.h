/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builders as keys of an owner's map: `spf: {…}` gives the TXT record that the function spf() makes.
 * What a builder takes is in the table of functions, since each is a function as well. */
#ifndef RZ_LANGUAGE_BUILDERS_H
#define RZ_LANGUAGE_BUILDERS_H

#include "language/expression.h"

/* One RRset that a builder makes. */
struct rz_built {
    uint16_t type;
    /* Labels that stand before the owner in whose map the key is: "_dmarc", "s1._domainkey",
     * "_443._tcp"; "" for the owner itself. An owner that begins with these labels already gets them
     * no second time: `_dmarc: {dmarc: …}` and `"@": {dmarc: …}` are the same. */
    struct rz_str prefix;
    struct rz_value values; /* a list of strings: plain text for TXT, else presentation form */
};

/* Keys: spf, dmarc, caa, dkim, tlsa, sshfp, mta_sts, tls_rpt, svcb, https, loc. */
bool rz_builder_find(struct rz_str key);
/* All keys; ends in NULL. For hints. */
const char *const *rz_builder_keys(void);

/* What the key's value, its expressions replaced, makes. A list is one value for spf, caa, sshfp,
 * tls_rpt and loc; for the others each item makes a record, and records of one prefix make one RRset.
 * `dkim` takes `selector`, `tlsa` takes `port` and `protocol` (tcp) for the prefix, which is empty
 * without them. False, with a diagnostic at evaluation->place, where the value is wrong. `*built`
 * lives in evaluation->arena. */
bool rz_builder_apply(struct rz_evaluation *evaluation, const struct rz_bindings *bindings,
                      struct rz_str key, const struct rz_value *value, struct rz_built **built,
                      size_t *count);

#endif
