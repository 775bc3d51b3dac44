/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `checks:` of zones and templates: what must work once a zone is as its files say. Read here, carried
 * out by the reconciler. */
#ifndef RZ_LANGUAGE_CHECK_H
#define RZ_LANGUAGE_CHECK_H

#include "dns/name.h"
#include "language/fields.h"

enum rz_check_kind { RZ_CHECK_HTTP, RZ_CHECK_TCP, RZ_CHECK_TLS, RZ_CHECK_DNS, RZ_CHECK_EXEC };
enum rz_check_when { RZ_CHECK_ALWAYS, RZ_CHECK_AFTER_APPLY, RZ_CHECK_ON_VERIFY };

/* One check. Texts live where the zone's settings do. */
struct rz_check {
    int kind;            /* enum rz_check_kind */
    const char *subject; /* URL; `host:port`; `OWNER TYPE`, absolute; NULL for commands */
    struct rz_strings command;
    struct rz_strings expect;   /* HTTP statuses; none: 200 to 299 */
    struct rz_strings contains; /* texts of the body; records of the answer, in canonical form */
    struct rz_strings equals;   /* all records of the answer, in canonical form */
    struct rz_strings via;      /* resolvers; none: the zone's authoritative servers */
    bool resolve;               /* hosts of the zone are found in it, not by the resolver */
    const char *ca_file;        /* below the project; NULL: the system's */
    const char *name;           /* that the certificate must have; NULL: the host */
    uint64_t days;              /* that it must still be good for */
    uint64_t timeout, retries;  /* seconds of one try; tries after the first */
    int when;                   /* enum rz_check_when */
    const char *file;           /* where it is written */
    uint32_t line, column;
};

struct rz_checks {
    struct rz_check *items;
    size_t count, capacity;
};

/* "http", "tcp", "tls", "dns", "exec"; "always", "after-apply", "verify". Both end in NULL. */
extern const char *const rz_check_kinds[];
extern const char *const rz_check_moments[];
/* The keys of a check. */
extern const struct rz_field rz_check_fields[];

/* Whether the check is for apply (else for `verify`). */
bool rz_check_is_due(const struct rz_check *check, bool apply);
/* "http https://www.example.com/", "exec ./check example.com", for people. */
void rz_check_print(struct rz_buffer *out, const struct rz_check *check);
/* Whether two checks ask the same, wherever they are written. */
bool rz_check_equal(const struct rz_check *a, const struct rz_check *b);
/* A copy whose texts are in the arena. */
struct rz_check rz_check_copy(struct rz_arena *arena, const struct rz_check *check);
/* `host:port` or `[2001:db8::1]:port` in two; false where it is neither. `host` has room for 256. */
bool rz_check_split(const char *text, char host[256], uint16_t *port);

#endif
