/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One session for all threads and processes: taken from the token file, refreshed before it ends,
 * begun by password only where nothing else is left. */
#include <openssl/crypto.h>
#include <stdlib.h>

#include "dnsservices/dnsservices.h"
#include "dnsservices/jwt.h"
#include "support/alloc.h"
#include "support/json_write.h"

#define MARGIN_MOST 60 /* seconds before its end at which a token counts as ended */
#define SKEW_TOLD 60   /* seconds */

void rz_dnsservices_session_init(struct rz_dnsservices *ds)
{
    pthread_mutex_init(&ds->session.lock, NULL);
    ds->session.refused = RZ_OK;
}

void rz_dnsservices_session_close(struct rz_dnsservices *ds)
{
    struct rz_dnsservices_session *session = &ds->session;
    rz_token_free(&session->now);
    for (size_t i = 0; i < session->retired_count; i++)
        rz_secret_close(session->retired[i]);
    free(session->retired);
    rz_token_file_close(ds->tokens);
    pthread_mutex_destroy(&session->lock);
}

static int64_t now_of(const struct rz_dnsservices *ds)
{
    return ds->context->now(ds->context->user);
}

/* A tenth of a token's life is left for the request, a minute at most. */
static bool is_fresh(const struct rz_dnsservices *ds, const struct rz_token *token)
{
    int64_t life = token->issued ? token->expires - token->issued : 10 * MARGIN_MOST;
    int64_t margin = life / 10 < MARGIN_MOST ? life / 10 : MARGIN_MOST;
    return token->token && now_of(ds) < token->expires - margin;
}

static void retire(struct rz_dnsservices_session *session, struct rz_secret *secret)
{
    if (!secret)
        return;
    session->retired = rz_grow(session->retired, &session->retired_capacity,
                               session->retired_count + 1, sizeof *session->retired);
    session->retired[session->retired_count++] = secret;
}

static void adopt(struct rz_dnsservices *ds, const struct rz_token *token)
{
    struct rz_dnsservices_session *session = &ds->session;
    retire(session, session->now.token);
    retire(session, session->now.refresh);
    session->now = *token;
    session->generation++;
    session->refused = RZ_OK;
}

static enum rz_status malformed(const struct rz_dnsservices *ds, const char *why,
                                struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ3508, rz_place_named(ds->base.name),
                                        "the token that DNS.services gave cannot be used: %s", why);
    rz_diag_hint(diags, diag, "check base_url and public_key; the previous token is kept");
    return RZ_AUTH;
}

static void tell_skew(struct rz_dnsservices *ds, int64_t skew, struct rz_diags *diags)
{
    if ((skew < SKEW_TOLD && skew > -SKEW_TOLD) || ds->session.told_skew)
        return;
    ds->session.told_skew = true;
    struct rz_diag *diag = rz_diags_add(diags, RZ3507, rz_place_named(ds->base.name),
                                        "the server's clock is %lld seconds %s this machine's",
                                        (long long)(skew < 0 ? -skew : skew),
                                        skew < 0 ? "behind" : "ahead of");
    rz_diag_hint(diags, diag, "let NTP set the clock; tokens are used by their length meanwhile");
}

/* Reads a reply of /login or /token. Times become those of this machine's clock. */
static enum rz_status take_reply(struct rz_dnsservices *ds,
                                 const struct rz_dnsservices_reply *reply, struct rz_token *token,
                                 struct rz_diags *diags)
{
    struct rz_jwt jwt;
    const char *names[] = {"refresh", "refresh_token"}, *refresh = NULL;
    const char *text = json_string_value(json_object_get(reply->json, "token"));
    *token = (struct rz_token){0};
    if (!text)
        return malformed(ds, "the reply has none", diags);
    struct rz_str view = rz_str_of(text);
    const char *why = rz_jwt_read(&jwt, view);
    if (!why && ds->public_key.size)
        why = rz_jwt_verify(view, rz_buffer_view(&ds->public_key));
    if (why)
        return malformed(ds, why, diags);
    for (size_t i = 0; i < 2 && !refresh; i++)
        refresh = json_string_value(json_object_get(reply->json, names[i]));
    int64_t now = now_of(ds);
    int64_t theirs = jwt.issued ? jwt.issued : reply->date ? reply->date : now;
    tell_skew(ds, theirs - now, diags);
    token->issued = now;
    token->expires = now + (jwt.expires - theirs);
    if (token->expires <= now)
        return malformed(ds, "it has expired already", diags);
    token->token = rz_secret_keep(view);
    token->refresh = refresh && *refresh ? rz_secret_keep(rz_str_of(refresh)) : NULL;
    return RZ_OK;
}

static enum rz_status login_refused(struct rz_dnsservices *ds,
                                    const struct rz_dnsservices_reply *reply,
                                    struct rz_diags *diags)
{
    bool wrong = reply->status == 401;
    struct rz_diag *diag = rz_diags_add(diags, RZ3504, rz_place_named(ds->base.name),
                                        "DNS.services refuses the login of %s: %d: %s",
                                        ds->settings.username, reply->status,
                                        rz_buffer_view(&reply->error).data);
    rz_diag_hint(diags, diag, "%s",
                 wrong ? "check the user name and password"
                       : "see what it says; the panel shows whether the account is "
                         "locked");
    return RZ_AUTH;
}

/* With a password: only where nothing else is left, and never twice when it was refused. */
static enum rz_status log_in(struct rz_dnsservices *ds, struct rz_token *token,
                             struct rz_diags *diags)
{
    if (ds->session.refused != RZ_OK) {
        rz_diags_add(diags, RZ3504, rz_place_named(ds->base.name),
                     "not logged in: DNS.services refused before");
        return ds->session.refused;
    }
    struct rz_buffer body = {0};
    struct rz_dnsservices_reply reply;
    rz_buffer_char(&body, '{');
    rz_json_text(&body, "password", rz_secret_text(ds->settings.password));
    rz_json_text(&body, "username", ds->settings.username);
    rz_buffer_char(&body, '}');
    enum rz_status status = rz_dnsservices_call_open(ds, "/login", rz_buffer_view(&body), NULL,
                                                     &reply, diags);
    OPENSSL_cleanse(body.data, body.size);
    rz_buffer_free(&body);
    if (status == RZ_OK)
        status = take_reply(ds, &reply, token, diags);
    else if (status == RZ_REJECTED || status == RZ_NOT_FOUND)
        status = login_refused(ds, &reply, diags);
    else if (status == RZ_UNKNOWN)
        status = RZ_NETWORK; /* a login that may have been made changes nothing */
    if (status == RZ_AUTH || status == RZ_LIMIT)
        ds->session.refused = status;
    rz_dnsservices_reply_free(&reply);
    return status;
}

/* RZ_NOT_FOUND: there is no refresh token, or the service does not take it. */
static enum rz_status refresh_with(struct rz_dnsservices *ds, const struct rz_secret *refresh,
                                   struct rz_token *token, struct rz_diags *diags)
{
    if (!refresh)
        return RZ_NOT_FOUND;
    struct rz_buffer body = {0};
    struct rz_dnsservices_reply reply;
    rz_buffer_char(&body, '{');
    rz_json_text(&body, "refresh_token", rz_secret_text(refresh));
    rz_buffer_char(&body, '}');
    enum rz_status status = rz_dnsservices_call_open(ds, "/token", rz_buffer_view(&body), NULL,
                                                     &reply, diags);
    OPENSSL_cleanse(body.data, body.size);
    rz_buffer_free(&body);
    if (status == RZ_OK)
        status = take_reply(ds, &reply, token, diags);
    else if (status == RZ_REJECTED)
        status = RZ_NOT_FOUND;
    else if (status == RZ_UNKNOWN)
        status = RZ_NETWORK;
    if (status == RZ_OK && !token->refresh) /* not rotated: the old one stays good */
        token->refresh = rz_secret_keep(
            (struct rz_str){rz_secret_text(refresh), rz_secret_size(refresh)});
    rz_dnsservices_reply_free(&reply);
    return status;
}

static enum rz_status open_file(struct rz_dnsservices *ds, struct rz_diags *diags)
{
    struct rz_token_owner owner = {ds->settings.base_url, ds->settings.username,
                                   ds->settings.password};
    return ds->tokens ? RZ_OK
                      : rz_token_file_open(&ds->tokens, ds->settings.token_path, &owner,
                                           ds->context, diags);
}

enum how { WITH_ANY, WITH_REFRESH, WITH_PASSWORD };

static bool is_same(const struct rz_secret *a, const struct rz_secret *b)
{
    return a && b && strcmp(rz_secret_text(a), rz_secret_text(b)) == 0;
}

/* A token that serves: of the file, by refreshing, by logging in. The file is locked. `ended` is one
 * that the service does not take any more; NULL: none. */
static enum rz_status find_token(struct rz_dnsservices *ds, enum how how,
                                 const struct rz_secret *ended, struct rz_token *token,
                                 struct rz_diags *diags)
{
    struct rz_token kept = {0};
    enum rz_status status = rz_token_file_read(ds->tokens, &kept, diags);
    if (status == RZ_OK && how == WITH_ANY && is_fresh(ds, &kept) && !is_same(kept.token, ended)) {
        *token = kept;
        return RZ_OK;
    }
    if (status == RZ_OK || status == RZ_NOT_FOUND) {
        status = how == WITH_PASSWORD ? RZ_NOT_FOUND : refresh_with(ds, kept.refresh, token, diags);
        if (status == RZ_NOT_FOUND)
            status = log_in(ds, token, diags);
        if (status == RZ_OK)
            status = rz_token_file_write(ds->tokens, token, diags);
        if (status != RZ_OK)
            rz_token_free(token);
    }
    rz_token_free(&kept);
    return status;
}

/* Under session.lock. */
static enum rz_status obtain(struct rz_dnsservices *ds, enum how how, struct rz_diags *diags)
{
    struct rz_token token = {0};
    enum rz_status status = open_file(ds, diags);
    if (status == RZ_OK)
        status = rz_token_file_lock(ds->tokens, diags);
    if (status == RZ_OK)
        status = find_token(ds, how, ds->session.now.token, &token, diags);
    if (ds->tokens)
        rz_token_file_unlock(ds->tokens);
    if (status == RZ_OK)
        adopt(ds, &token);
    return status;
}

enum rz_status rz_dnsservices_authorize(struct rz_dnsservices *ds, const struct rz_secret **secret,
                                        const char **prefix, unsigned *generation,
                                        struct rz_diags *diags)
{
    struct rz_dnsservices_session *session = &ds->session;
    enum rz_status status = RZ_OK;
    if (ds->settings.auth_type == RZ_DNSSERVICES_BASIC) {
        *secret = ds->basic;
        *prefix = "Basic ";
        return RZ_OK;
    }
    pthread_mutex_lock(&session->lock);
    if (!is_fresh(ds, &session->now))
        status = obtain(ds, WITH_ANY, diags);
    *secret = session->now.token;
    *prefix = "Bearer ";
    *generation = session->generation;
    pthread_mutex_unlock(&session->lock);
    return status;
}

enum rz_status rz_dnsservices_renew(struct rz_dnsservices *ds, unsigned generation,
                                    struct rz_diags *diags)
{
    enum rz_status status = RZ_OK;
    pthread_mutex_lock(&ds->session.lock);
    if (ds->session.generation == generation) /* else another thread has done it */
        status = obtain(ds, WITH_ANY, diags);
    pthread_mutex_unlock(&ds->session.lock);
    return status;
}

/* ---- what `rezone auth` asks for */

static enum rz_status session_obtain(struct rz_provider *provider, enum how how,
                                     struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    struct rz_dnsservices_reply reply;
    if (ds->settings.auth_type == RZ_DNSSERVICES_BASIC) { /* the password itself is tried */
        enum rz_status status = rz_dnsservices_call(ds, "GET", "/details", (struct rz_str){0},
                                                    &reply, diags);
        if (status == RZ_REJECTED || status == RZ_NOT_FOUND)
            status = rz_dnsservices_refused(ds, RZ3509, status, "asking for the account", &reply,
                                            diags);
        rz_dnsservices_reply_free(&reply);
        return status;
    }
    pthread_mutex_lock(&ds->session.lock);
    enum rz_status status = obtain(ds, how, diags);
    pthread_mutex_unlock(&ds->session.lock);
    return status;
}

static enum rz_status session_login(struct rz_provider *provider, struct rz_diags *diags)
{
    return session_obtain(provider, WITH_PASSWORD, diags);
}

static enum rz_status session_refresh(struct rz_provider *provider, struct rz_diags *diags)
{
    return session_obtain(provider, WITH_REFRESH, diags);
}

static enum rz_status session_status(struct rz_provider *provider, struct rz_session_state *state,
                                     struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    bool basic = ds->settings.auth_type == RZ_DNSSERVICES_BASIC;
    *state = (struct rz_session_state){.server = ds->settings.base_url,
                                       .account = ds->settings.username,
                                       .method = basic ? "BASIC" : "JWT",
                                       .store = basic ? NULL : ds->settings.token_path,
                                       .logged_in = basic,
                                       .signature_checked = ds->public_key.size > 0};
    if (basic)
        return RZ_OK;
    struct rz_token kept = {0};
    pthread_mutex_lock(&ds->session.lock);
    enum rz_status status = open_file(ds, diags);
    if (status == RZ_OK)
        status = rz_token_file_lock(ds->tokens, diags);
    if (status == RZ_OK)
        status = rz_token_file_read(ds->tokens, &kept, diags);
    if (ds->tokens)
        rz_token_file_unlock(ds->tokens);
    pthread_mutex_unlock(&ds->session.lock);
    if (status == RZ_OK) {
        state->logged_in = now_of(ds) < kept.expires;
        state->can_refresh = kept.refresh != NULL;
        state->issued = kept.issued;
        state->expires = kept.expires;
    }
    rz_token_free(&kept);
    return status == RZ_NOT_FOUND ? RZ_OK : status;
}

/* RZ_REJECTED: the service does not take the request; then the token has ended already. */
static enum rz_status end_with(struct rz_dnsservices *ds, const char *path,
                               const struct rz_token *token, bool say_refresh,
                               struct rz_diags *diags)
{
    struct rz_buffer body = {0};
    struct rz_dnsservices_reply reply;
    if (say_refresh) {
        rz_buffer_char(&body, '{');
        rz_json_text(&body, "refresh_token", rz_secret_text(token->refresh));
        rz_buffer_char(&body, '}');
    }
    enum rz_status status = rz_dnsservices_call_open(ds, path, rz_buffer_view(&body), token->token,
                                                     &reply, diags);
    if (body.data)
        OPENSSL_cleanse(body.data, body.size);
    rz_buffer_free(&body);
    rz_dnsservices_reply_free(&reply);
    return status == RZ_NOT_FOUND ? RZ_REJECTED : status;
}

/* Both tokens where there are two, else the one. */
static enum rz_status end_session(struct rz_dnsservices *ds, const struct rz_token *token,
                                  struct rz_diags *diags)
{
    enum rz_status status = RZ_REJECTED;
    if (token->refresh)
        status = end_with(ds, "/revoke", token, true, diags);
    if (status == RZ_REJECTED)
        status = end_with(ds, "/logout", token, false, diags);
    return status == RZ_REJECTED ? RZ_OK : status;
}

static enum rz_status session_logout(struct rz_provider *provider, struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    struct rz_token kept = {0};
    if (ds->settings.auth_type == RZ_DNSSERVICES_BASIC)
        return RZ_OK;
    pthread_mutex_lock(&ds->session.lock);
    enum rz_status status = open_file(ds, diags);
    if (status == RZ_OK)
        status = rz_token_file_lock(ds->tokens, diags);
    if (status == RZ_OK)
        status = rz_token_file_read(ds->tokens, &kept, diags);
    if (status == RZ_OK)
        status = end_session(ds, &kept, diags);
    if (status == RZ_OK || status == RZ_NOT_FOUND)
        status = rz_token_file_remove(ds->tokens, diags);
    if (ds->tokens)
        rz_token_file_unlock(ds->tokens);
    adopt(ds, &(struct rz_token){0});
    pthread_mutex_unlock(&ds->session.lock);
    rz_token_free(&kept);
    return status;
}

static enum rz_status ask_account(struct rz_dnsservices *ds, struct rz_session_health *health,
                                  struct rz_diags *diags)
{
    struct rz_dnsservices_reply reply;
    enum rz_status status = rz_dnsservices_call(ds, "GET", "/details", (struct rz_str){0}, &reply,
                                                diags);
    if (status == RZ_REJECTED || status == RZ_NOT_FOUND)
        status = rz_dnsservices_refused(ds, RZ3509, status, "asking for the account", &reply,
                                        diags);
    if (status == RZ_OK && reply.date) {
        health->has_skew = true;
        health->skew = reply.date - now_of(ds);
        tell_skew(ds, health->skew, diags);
    }
    rz_dnsservices_reply_free(&reply);
    return status;
}

static enum rz_status session_health(struct rz_provider *provider, struct rz_session_health *health,
                                     struct rz_diags *diags)
{
    struct rz_dnsservices *ds = (struct rz_dnsservices *)provider;
    struct rz_context *context = ds->context;
    struct rz_name_list zones = {0};
    *health = (struct rz_session_health){.encrypted = strncmp(ds->settings.base_url, "https:", 6)
                                                      == 0};
    health->verified = health->encrypted && ds->settings.verify_ssl;
    int64_t start = context->ticks(context->user);
    enum rz_status status = ask_account(ds, health, diags);
    int64_t first = context->ticks(context->user);
    health->connect_ms = first - start;
    if (status == RZ_OK)
        status = rz_dnsservices_list(provider, &zones, diags);
    health->request_ms = context->ticks(context->user) - first;
    health->zones = zones.count;
    free(zones.items);
    return status;
}

const struct rz_session_ops rz_dnsservices_session_ops = {
    .status = session_status,
    .login = session_login,
    .refresh = session_refresh,
    .logout = session_logout,
    .health = session_health,
};
