/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `state: postgresql://USER:${secret:env:NAME}@HOST/DATABASE?lease=30s`: what libpq takes, with the
 * password by reference and a duration of our own. */
#ifndef RZ_JOURNAL_POSTGRESQL_URL_H
#define RZ_JOURNAL_POSTGRESQL_URL_H

#include "secret.h"

struct rz_pg_url {
    struct rz_secret *url; /* as libpq takes it */
    char *name;            /* to show: postgresql://USER@HOST:PORT/DATABASE */
    uint64_t lease;        /* seconds */
};

/* What is wrong with the text; NULL: nothing. Reads no secret. `hint` says what to write instead. The
 * answer lives in `scratch`. */
const char *rz_pg_url_check(const char *state, struct rz_buffer *scratch, const char **hint);
/* Resolves the secrets. The caller closes `url` and frees `name`, in any case. */
enum rz_status rz_pg_url_open(struct rz_pg_url *url, const char *state, struct rz_diags *diags);

#endif
