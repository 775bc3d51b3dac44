/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests to the API and its replies, which tell errors in several ways. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "dnsservices/dnsservices.h"

#define ERROR_TEXT_MAX 600
#define SAMPLE_MAX 120

void rz_dnsservices_reply_free(struct rz_dnsservices_reply *reply)
{
    json_decref(reply->json);
    rz_buffer_free(&reply->error);
    *reply = (struct rz_dnsservices_reply){0};
}

/* A text, a list of texts, or a list of lists of texts, joined. */
static void join(struct rz_buffer *text, const json_t *value, int depth)
{
    size_t index;
    json_t *item;
    if (json_is_string(value)) {
        rz_buffer_text(text, text->size ? "; " : "");
        rz_buffer_append(text, json_string_value(value), json_string_length(value));
    } else if (json_is_array(value) && depth < 3) {
        json_array_foreach(value, index, item) join(text, item, depth + 1);
    }
}

static bool is_false(const json_t *value)
{
    const char *text = json_string_value(value);
    return json_is_false(value) || (json_is_integer(value) && json_integer_value(value) == 0)
           || (text && (strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0));
}

bool rz_dnsservices_is_error(struct rz_buffer *text, const json_t *json)
{
    const json_t *error = json_object_get(json, "error");
    const json_t *success = json_object_get(json, "success");
    bool failed = success && is_false(success);
    join(text, error, 0);
    failed |= text->size > 0 || json_is_true(error);
    if (!failed)
        return false;
    if (!text->size)
        join(text, json_object_get(json, "info"), 0);
    if (!text->size)
        join(text, json_object_get(json, "message"), 0);
    return true;
}

bool rz_dnsservices_number(int64_t *number, const json_t *value)
{
    char *end;
    const char *text = json_string_value(value);
    if (json_is_integer(value)) {
        *number = json_integer_value(value);
        return true;
    }
    if (!text || !*text || isspace((unsigned char)*text))
        return false;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return *end == '\0' && errno == 0;
}

bool rz_dnsservices_id(char id[RZ_DNSSERVICES_ID_MAX], const json_t *value)
{
    const char *text = json_string_value(value);
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        snprintf(id, RZ_DNSSERVICES_ID_MAX, "%lld", (long long)json_integer_value(value));
        return true;
    }
    /* It goes into URLs: digits and nothing else. */
    if (!text || !*text || strlen(text) >= RZ_DNSSERVICES_ID_MAX
        || strspn(text, "0123456789") != strlen(text))
        return false;
    memcpy(id, text, strlen(text) + 1);
    return true;
}

/* Text of strangers, without secrets, cut, fit for a terminal. */
static void show(struct rz_buffer *out, struct rz_str text, size_t most)
{
    RZ_BUFFER_CLEANUP struct rz_buffer redacted = {0};
    rz_secret_redact(&redacted, rz_str_trim(text));
    struct rz_str shown = rz_buffer_view(&redacted);
    bool cut = shown.size > most;
    if (cut)
        shown.size = most;
    rz_buffer_visible(out, shown);
    rz_buffer_text(out, cut ? "…" : "");
}

enum rz_status rz_dnsservices_refused(const struct rz_dnsservices *ds, enum rz_code code,
                                      enum rz_status status, const char *what,
                                      const struct rz_dnsservices_reply *reply,
                                      struct rz_diags *diags)
{
    const char *words = reply->error.size ? reply->error.data : "it does not say why";
    rz_diags_add(diags, code, rz_place_named(ds->base.name), "%s: DNS.services answers %d: %s",
                 what, reply->status, words);
    return status;
}

enum rz_status rz_dnsservices_malformed(const struct rz_dnsservices *ds, const char *what,
                                        struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ3510, rz_place_named(ds->base.name), "%s", what);
    rz_diag_hint(diags, diag,
                 "check that base_url names DNS.services; --trace shows the whole reply");
    return RZ_NETWORK;
}

static bool changes(const char *method)
{
    return strcmp(method, "GET") != 0;
}

/* The reply is no JSON: an error page, half a reply. Whether a change was made is then open. */
static enum rz_status unreadable(const struct rz_dnsservices *ds, const char *method,
                                 const char *path, const struct rz_http_response *response,
                                 const char *why, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer sample = {0};
    show(&sample, rz_buffer_view(&response->body), SAMPLE_MAX);
    struct rz_diag *diag = rz_diags_add(
        diags, RZ3510, rz_place_named(ds->base.name),
        "%s /api%s: the reply (status %d) is not the API's JSON: %s: `%s`", method, path,
        response->status, why, rz_buffer_view(&sample).data);
    rz_diag_hint(diags, diag,
                 "check that base_url names DNS.services and that nothing stands between");
    return changes(method) ? RZ_UNKNOWN : RZ_NETWORK;
}

static enum rz_status too_many(const struct rz_dnsservices *ds, const char *method,
                               const char *path, const struct rz_http_response *response,
                               struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ3511, rz_place_named(ds->base.name),
                                        "%s /api%s: too many requests", method, path);
    if (response->retry_after)
        rz_diag_hint(diags, diag,
                     "the service asks to wait %ld seconds; set `rate:` for fewer requests "
                     "a second",
                     response->retry_after);
    else
        rz_diag_hint(diags, diag, "wait a while, and set `rate:` for fewer requests a second");
    return RZ_LIMIT;
}

static enum rz_status redirected(const struct rz_dnsservices *ds, const char *method,
                                 const char *path, int status, struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ3510, rz_place_named(ds->base.name),
                                        "%s /api%s: the reply (status %d) leads to another address",
                                        method, path, status);
    rz_diag_hint(diags, diag,
                 "it is not followed, since the password would go along: set base_url to "
                 "where the API is");
    return RZ_NETWORK;
}

/* What a whole reply means. */
static enum rz_status judge(const struct rz_dnsservices *ds, const char *method, const char *path,
                            const struct rz_http_response *response,
                            struct rz_dnsservices_reply *reply, struct rz_diags *diags)
{
    json_error_t error;
    struct rz_str body = rz_str_trim(rz_buffer_view(&response->body));
    int status = response->status;
    RZ_BUFFER_CLEANUP struct rz_buffer words = {0};
    reply->status = status;
    reply->date = response->date;
    if (status >= 300 && status <= 399)
        return redirected(ds, method, path, status, diags);
    if (status == 429)
        return too_many(ds, method, path, response, diags);
    reply->json = body.size ? json_loadb(body.data, body.size, 0, &error) : NULL;
    bool failed = rz_dnsservices_is_error(&words, reply->json);
    show(&reply->error, rz_buffer_view(&words), ERROR_TEXT_MAX);
    if (status >= 500)
        return unreadable(ds, method, path, response, "the server failed", diags);
    if (status >= 400)
        return status == 404 ? RZ_NOT_FOUND : RZ_REJECTED;
    if (body.size && !reply->json)
        return unreadable(ds, method, path, response, error.text, diags);
    return failed ? RZ_REJECTED : RZ_OK;
}

static enum rz_status send(struct rz_dnsservices *ds, struct rz_http_request *request,
                           struct rz_dnsservices_reply *reply, struct rz_diags *diags)
{
    struct rz_http_response response;
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    const char *bare = request->path;
    rz_buffer_printf(&path, "/api%s", bare);
    request->path = path.data;
    request->accept = "application/json";
    enum rz_status status = rz_http_send(ds->http, request, &response, diags);
    if (status == RZ_OK)
        status = judge(ds, request->method, bare, &response, reply, diags);
    if (request->confidential && response.body.data)
        explicit_bzero(response.body.data, response.body.size);
    rz_buffer_free(&response.body);
    request->path = bare;
    return status;
}

enum rz_status rz_dnsservices_call_open(struct rz_dnsservices *ds, const char *path,
                                        struct rz_str body, const struct rz_secret *token,
                                        struct rz_dnsservices_reply *reply, struct rz_diags *diags)
{
    struct rz_http_request request = {.method = "POST",
                                      .path = path,
                                      .body = body,
                                      .confidential = true,
                                      .secret = token,
                                      .secret_header = token ? "Authorization" : NULL,
                                      .secret_prefix = "Bearer "};
    *reply = (struct rz_dnsservices_reply){0};
    return send(ds, &request, reply, diags);
}

/* Some servers tell a token's end with status 200 and words. */
static bool says_ended(const struct rz_dnsservices_reply *reply)
{
    static const char *const words[] = {"token expired", "expired token", "invalid token",
                                        "unauthorized", "unauthenticated"};
    if (reply->status == 401)
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (reply->error.size && reply->status == 200 && strcasestr(reply->error.data, words[i]))
            return true;
    return false;
}

enum rz_status rz_dnsservices_call(struct rz_dnsservices *ds, const char *method, const char *path,
                                   struct rz_str body, struct rz_dnsservices_reply *reply,
                                   struct rz_diags *diags)
{
    unsigned generation = 0;
    struct rz_http_request request = {.method = method,
                                      .path = path,
                                      .body = body,
                                      .secret_header = "Authorization",
                                      .idempotent = strcmp(method, "POST") != 0};
    *reply = (struct rz_dnsservices_reply){0};
    for (int attempt = 0;; attempt++) {
        enum rz_status status = rz_dnsservices_authorize(
            ds, &request.secret, &request.secret_prefix, &generation, diags);
        if (status != RZ_OK)
            return status;
        rz_dnsservices_reply_free(reply);
        status = send(ds, &request, reply, diags);
        if (changes(method) && strcmp(path, "/domain/lookup") != 0)
            rz_dnsservices_cache_drop(ds, path);
        if (status != RZ_REJECTED || !says_ended(reply))
            return status;
        if (attempt > 0 || ds->settings.auth_type == RZ_DNSSERVICES_BASIC) {
            struct rz_diag *diag = rz_diags_add(
                diags, RZ3504, rz_place_named(ds->base.name),
                "%s /api%s: DNS.services refuses %s: %s", method, path,
                attempt > 0 ? "a new token as well" : "the user name and password",
                rz_buffer_view(&reply->error).data);
            rz_diag_hint(diags, diag, "see `rezone auth status`");
            return RZ_AUTH;
        }
        status = rz_dnsservices_renew(ds, generation, diags);
        if (status != RZ_OK)
            return status;
    }
}
