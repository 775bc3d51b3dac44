/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the state's URL; libpq does most of it. */
#include "journal/postgresql_url.h"

#include <libpq-fe.h>
#include <stdlib.h>

#include "journal/postgresql_internal.h"
#include "language/fields.h"
#include "support/alloc.h"

#define LEASE_LEAST 1
#define LEASE_MOST 3600

/* Appends the URL with each `${secret:…}` replaced: by its value, percent-encoded, or by `stand_in`.
 * RZ_INVALID where a reference does not end. */
static enum rz_status substitute(struct rz_buffer *out, const char *state, const char *stand_in,
                                 struct rz_diags *diags)
{
    for (const char *start; (start = strstr(state, "${"));) {
        const char *end = strchr(start, '}');
        if (!end)
            return RZ_INVALID;
        rz_buffer_append(out, state, (size_t)(start - state));
        state = end + 1;
        if (stand_in) {
            rz_buffer_text(out, stand_in);
            continue;
        }
        struct rz_secret *secret;
        RZ_CLEANUP(rz_free_pointer)
        char *reference = rz_strndup(start, (size_t)(state - start));
        enum rz_status status = rz_secret_resolve(&secret, reference, rz_place_named("state"),
                                                  diags);
        if (status != RZ_OK)
            return status;
        /* It stays registered, so that messages of the server are redacted, to the process's end. */
        for (size_t i = 0; i < rz_secret_size(secret); i++)
            rz_buffer_printf(out, "%%%02X", (unsigned char)rz_secret_text(secret)[i]);
    }
    rz_buffer_text(out, state);
    return RZ_OK;
}

/* Takes `lease=DURATION` out of the query; false where it is no duration. */
static bool take_lease(struct rz_buffer *url, uint64_t *seconds)
{
    static const char key[] = "lease=";
    *seconds = RZ_PG_LEASE_DEFAULT;
    char *query = strchr(url->data, '?');
    char *at = query ? strstr(query, key) : NULL;
    if (!at || (at[-1] != '?' && at[-1] != '&'))
        return true;
    char *value = at + sizeof key - 1;
    size_t length = strcspn(value, "&");
    if (!rz_duration_parse(seconds, (struct rz_str){value, length}) || *seconds < LEASE_LEAST
        || *seconds > LEASE_MOST)
        return false;
    char *rest = value + length; /* with its `&`, or the end */
    if (*rest == '&')
        memmove(at, rest + 1, strlen(rest + 1) + 1);
    else
        at[-1] = '\0';
    url->size = strlen(url->data);
    return true;
}

/* A password in plain text, before the host or as a parameter. */
static bool has_literal_password(const char *state)
{
    static const char parameter[] = "password=";
    const char *authority = strstr(state, "://");
    const char *query = strchr(state, '?');
    const char *at = authority ? strrchr(authority, '@') : NULL;
    const char *colon = at && (!query || at < query) ? strchr(authority + 3, ':') : NULL;
    if (colon && colon + 1 < at && colon[1] != '$')
        return true;
    const char *given = query ? strstr(query, parameter) : NULL;
    return given && given[sizeof parameter - 1] && given[sizeof parameter - 1] != '$';
}

const char *rz_pg_url_check(const char *state, struct rz_buffer *scratch, const char **hint)
{
    RZ_BUFFER_CLEANUP struct rz_buffer url = {0};
    uint64_t lease;
    char *error = NULL;
    if (has_literal_password(state)) {
        *hint = "write ${secret:env:NAME} or ${secret:file:PATH} in its place, or use PGPASSFILE";
        return "it holds a password, and secrets do not belong in files under version control";
    }
    *hint = "write postgresql://USER:${secret:env:NAME}@HOST:PORT/DATABASE";
    if (substitute(&url, state, "***", NULL) != RZ_OK)
        return "a `${` has no `}`";
    if (!take_lease(&url, &lease)) {
        *hint = "write a duration from 1s to 1h, such as lease=30s";
        return "`lease` is no duration that a lock can be held for";
    }
    PQconninfoOption *options = PQconninfoParse(url.data, &error);
    PQconninfoFree(options);
    if (options)
        return NULL;
    rz_buffer_text(scratch, error ? error : "it cannot be read");
    while (scratch->size && scratch->data[scratch->size - 1] == '\n')
        scratch->data[--scratch->size] = '\0';
    PQfreemem(error);
    return scratch->data;
}

static const char *option(const PQconninfoOption *options, const char *keyword)
{
    for (; options && options->keyword; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val ? options->val : "";
    return "";
}

/* What may be shown. */
static char *make_name(const char *state)
{
    RZ_BUFFER_CLEANUP struct rz_buffer url = {0};
    struct rz_buffer name = {0};
    uint64_t lease;
    substitute(&url, state, "***", NULL);
    take_lease(&url, &lease);
    PQconninfoOption *options = PQconninfoParse(url.data, NULL);
    const char *user = option(options, "user"), *port = option(options, "port");
    rz_buffer_printf(&name, "postgresql://%s%s%s%s%s/%s", user, *user ? "@" : "",
                     option(options, "host"), *port ? ":" : "", port, option(options, "dbname"));
    PQconninfoFree(options);
    return name.data;
}

enum rz_status rz_pg_url_open(struct rz_pg_url *url, const char *state, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer why = {0}, text = {0};
    const char *hint;
    *url = (struct rz_pg_url){.name = rz_strdup("state")};
    const char *wrong = rz_pg_url_check(state, &why, &hint);
    if (wrong) {
        struct rz_diag *diag = rz_diags_add(diags, RZ2013, rz_place_named("state"), "%s", wrong);
        rz_diag_hint(diags, diag, "%s", hint);
        return RZ_INVALID;
    }
    text.limit = (size_t)64 << 10;
    rz_buffer_reserve(&text, text.limit - 1); /* growing would leave copies of the secret */
    enum rz_status status = substitute(&text, state, NULL, diags);
    if (status == RZ_OK && !text.overflow && take_lease(&text, &url->lease))
        url->url = rz_secret_keep(rz_buffer_view(&text));
    if (text.data)
        explicit_bzero(text.data, text.size);
    if (status != RZ_OK)
        return status;
    if (!url->url) {
        rz_diags_add(diags, RZ2013, rz_place_named("state"), "the URL is too long");
        return RZ_LIMIT;
    }
    free(url->name);
    url->name = make_name(state);
    return RZ_OK;
}
