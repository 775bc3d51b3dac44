/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether this BIND forwards by TLS, which came with 9.20. */
#ifndef RZ_NAMED_VERSION_H
#define RZ_NAMED_VERSION_H

#include "zonefile/zonefile.h"

/* Why it does not, a sentence part that lives as long as the provider; NULL: it does. By the option
 * `version`, or else by what `named-checkconf -v` says, which is asked once. */
const char *rz_named_without_tls(const struct rz_zonefile *zf);
/* Whether the text begins as a version does: "9.20". */
bool rz_named_version_is_good(const char *text);

#endif
