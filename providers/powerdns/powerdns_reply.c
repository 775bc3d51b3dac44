/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests to the API, and replies that are not the hoped-for ones in words. */
#include "powerdns/powerdns.h"

#include <stdio.h>

#define ERROR_TEXT_MAX 600

char *rz_powerdns_id(char id[RZ_POWERDNS_ID_MAX], const uint8_t *apex)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    char text[RZ_NAME_TEXT_MAX], *out = id;
    rz_name_text(text, apex);
    bool root = strcmp(text, ".") == 0;
    for (const char *c = text; *c; c++)
        if (!root && strchr(plain, *c))
            *out++ = *c;
        else
            out += sprintf(out, "=%02X", (unsigned char)*c);
    *out = '\0';
    return id;
}

void rz_powerdns_path(struct rz_buffer *out, const struct rz_powerdns *pd, const uint8_t *apex,
                      const char *suffix)
{
    char id[RZ_POWERDNS_ID_MAX];
    rz_buffer_printf(out, "%s/zones/%s%s", pd->root, rz_powerdns_id(id, apex), suffix);
}

enum rz_status rz_powerdns_send(struct rz_powerdns *pd, struct rz_http_request *request,
                                struct rz_http_response *response, struct rz_diags *diags)
{
    request->secret_header = "X-API-Key";
    request->secret = pd->key;
    request->accept = "application/json";
    request->idempotent = strcmp(request->method, "GET") == 0
                          || strcmp(request->method, "PUT") == 0;
    return rz_http_send(pd->http, request, response, diags);
}

/* Finds the member `error` of the outermost object. */
struct error_finder {
    unsigned depth;
    bool is_error;
    struct rz_buffer text;
};

static bool find_error(void *user, enum rz_json_event event, struct rz_str text)
{
    struct error_finder *finder = user;
    if (event == RZ_JSON_OBJECT || event == RZ_JSON_LIST)
        finder->depth++;
    else if (event == RZ_JSON_OBJECT_END || event == RZ_JSON_LIST_END)
        finder->depth--;
    else if (event == RZ_JSON_KEY)
        finder->is_error = finder->depth == 1 && rz_str_is(text, "error");
    else if (event == RZ_JSON_STRING && finder->is_error && finder->text.size == 0)
        rz_buffer_str(&finder->text, text);
    return true;
}

static void error_of(struct rz_buffer *out, struct rz_str body)
{
    struct error_finder finder = {0};
    struct rz_json json = {.event = find_error, .user = &finder};
    bool is_json = rz_json_feed(&json, body.data, body.size) && rz_json_end(&json);
    if (is_json && finder.text.size)
        rz_buffer_str(out, rz_buffer_view(&finder.text));
    else
        rz_buffer_str(out, rz_str_trim(body));
    rz_json_free(&json);
    rz_buffer_free(&finder.text);
}

void rz_powerdns_error_text(struct rz_buffer *out, struct rz_str body)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer redacted = {0};
    error_of(&text, body);
    rz_secret_redact(&redacted, rz_buffer_view(&text));
    struct rz_str shown = rz_buffer_view(&redacted);
    bool cut = shown.size > ERROR_TEXT_MAX;
    if (cut)
        shown.size = ERROR_TEXT_MAX;
    rz_buffer_visible(out, shown);
    if (cut)
        rz_buffer_text(out, "…");
}

static const char *hint_of(int status)
{
    switch (status) {
    case 401:
    case 403: return "check that `api_key` gives the server's `api-key`";
    case 404: return "check `url` and `server`, and that the server has `api=yes`";
    case 405: return "check that `url` names the API of a PowerDNS Authoritative server 4.x";
    case 413: return "set `body_limit` to no more than the server's `webserver-max-bodysize`";
    case 429: return "the server wants fewer requests: set `rate`";
    default: break;
    }
    if (status >= 300 && status <= 399)
        return "rezone does not follow redirects, since credentials would go along: write the "
               "address they lead to in `url`";
    return status >= 500 ? "look into the server's log" : "see what the server says";
}

enum rz_status rz_powerdns_unexpected(const struct rz_powerdns *pd, const char *what,
                                      const struct rz_http_response *response,
                                      struct rz_diags *diags)
{
    int status = response->status;
    bool refused = status == 401 || status == 403;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_powerdns_error_text(&text, rz_buffer_view(&response->body));
    struct rz_diag *diag = rz_diags_add(diags, refused ? RZ3302 : RZ3303,
                                        rz_place_named(pd->base.name),
                                        "%s: PowerDNS at %s answers %d%s%s", what, pd->options.url,
                                        status, text.size ? ": " : "", rz_buffer_view(&text).data);
    rz_diag_hint(diags, diag, "%s", hint_of(status));
    return refused ? RZ_AUTH : status >= 400 && status <= 499 ? RZ_REJECTED : RZ_NETWORK;
}

enum rz_status rz_powerdns_unsure(const struct rz_powerdns *pd, const char *what,
                                  const struct rz_http_response *response, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_powerdns_error_text(&text, rz_buffer_view(&response->body));
    struct rz_diag *diag = rz_diags_add(diags, RZ3312, rz_place_named(pd->base.name),
                                        "PowerDNS answers %d to %s, which may have been made: %s",
                                        response->status, what, rz_buffer_view(&text).data);
    rz_diag_hint(diags, diag, "look into the server's log");
    return RZ_UNKNOWN;
}

bool rz_powerdns_is_missing(const struct rz_http_response *response)
{
    static const char older[] = "Could not find domain"; /* 4.1 and before, with status 422 */
    return response->status == 404
           || (response->status == 422
               && memmem(rz_buffer_view(&response->body).data, response->body.size, older,
                         sizeof older - 1));
}

enum rz_status rz_powerdns_check_server(struct rz_powerdns *pd, struct rz_diags *diags)
{
    if (atomic_load(&pd->seen))
        return RZ_OK;
    struct rz_http_request request = {.method = "GET", .path = pd->root};
    struct rz_http_response response;
    enum rz_status status = rz_powerdns_send(pd, &request, &response, diags);
    if (status == RZ_OK && response.status != 200) {
        RZ_BUFFER_CLEANUP struct rz_buffer what = {0};
        rz_buffer_printf(&what, "no server `%s` there", pd->options.server);
        status = rz_powerdns_unexpected(pd, what.data, &response, diags);
        if (status == RZ_REJECTED)
            status = RZ_NETWORK;
    } else if (status == RZ_OK) {
        atomic_store(&pd->seen, true);
    }
    rz_buffer_free(&response.body);
    return status;
}
