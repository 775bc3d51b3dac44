/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Receivers: webhooks, Slack, e-mail, commands. */
#include "notify/sink.h"

#include <inttypes.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "secret.h"
#include "support/alloc.h"
#include "support/json_write.h"
#include "transport/http.h"
#include "transport/mail.h"

#define REPLY_MAX ((size_t)64 << 10)
#define OUTPUT_MAX ((size_t)1000)

/* ---- opening ---- */

static bool resolve(struct rz_secret **secret, const char *text, struct rz_place place,
                    struct rz_diags *diags)
{
    struct rz_diags trouble = {0};
    if (!text || rz_secret_resolve(secret, text, place, &trouble) == RZ_OK) {
        rz_diags_free(&trouble);
        return true;
    }
    struct rz_diag *diag = rz_diags_add(diags, RZ5302, place,
                                        "nobody is told by this entry of `notify`: %s",
                                        trouble.items[0].message);
    if (trouble.items[0].hint)
        rz_diag_hint(diags, diag, "%s", trouble.items[0].hint);
    rz_diags_free(&trouble);
    return false;
}

/* "https://host:port" is the client's, the rest the path of each request. */
static bool open_client(struct rz_sink *sink, struct rz_diags *diags)
{
    const struct rz_sink_settings *settings = sink->settings;
    const char *url = sink->url ? rz_secret_text(sink->url) : settings->url;
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    size_t base_size = (size_t)(host - url) + strcspn(host, "/?#");
    RZ_CLEANUP(rz_free_pointer) char *base = rz_strndup(url, base_size);
    const char *rest = url + base_size;
    sink->path = rz_alloc(strlen(rest) + 2);
    sprintf(sink->path, "%s%.*s", *rest == '/' ? "" : "/", (int)strcspn(rest, "#"), rest);
    struct rz_http_options options = {.url = base,
                                      .ca_file = settings->ca_file,
                                      .connect_timeout_ms = settings->timeout * 1000,
                                      .timeout_ms = settings->timeout * 1000,
                                      .response_limit = REPLY_MAX,
                                      .once = true};
    struct rz_diags trouble = {0};
    bool good = rz_http_client_open(&sink->client, &options, &sink->context, settings->place,
                                    &trouble)
                == RZ_OK;
    if (!good)
        rz_diags_add(diags, RZ5302, settings->place, "nobody is told by this entry of `notify`: %s",
                     trouble.items[0].message);
    rz_diags_free(&trouble);
    snprintf(sink->shown, sizeof sink->shown, "%s",
             settings->kind == RZ_SINK_SLACK || sink->url
                 ? (settings->kind == RZ_SINK_SLACK ? "slack" : "webhook")
                 : settings->url);
    return good;
}

bool rz_sink_open(struct rz_sink *sink, const struct rz_sink_settings *settings,
                  struct rz_context *context, struct rz_diags *diags)
{
    *sink = (struct rz_sink){.settings = settings,
                             .context = {.now = context->now,
                                         .ticks = context->ticks,
                                         .sleep_ms = context->sleep_ms,
                                         .random = context->random,
                                         .user = context->user,
                                         .trace = context->trace,
                                         .project_dir = context->project_dir,
                                         .jobs = 1,
                                         .version = context->version}};
    bool secret_url = settings->url && strncmp(settings->url, "${secret:", 9) == 0;
    bool good = resolve(&sink->url, secret_url ? settings->url : NULL, settings->place, diags);
    good = good && resolve(&sink->secret, settings->secret, settings->place, diags);
    good = good && resolve(&sink->password, settings->password, settings->place, diags);
    if (settings->kind == RZ_SINK_EXEC)
        snprintf(sink->shown, sizeof sink->shown, "%s", settings->command.items[0]);
    else if (settings->kind == RZ_SINK_EMAIL)
        snprintf(sink->shown, sizeof sink->shown, "%s", settings->to.items[0]);
    else
        good = good && open_client(sink, diags);
    if (!good)
        rz_sink_close(sink);
    return good;
}

void rz_sink_close(struct rz_sink *sink)
{
    rz_http_client_close(sink->client);
    rz_secret_close(sink->url);
    rz_secret_close(sink->secret);
    rz_secret_close(sink->password);
    free(sink->path);
    sink->client = NULL;
    sink->url = sink->secret = sink->password = NULL;
    sink->path = NULL;
}

/* ---- webhooks ---- */

/* Hex of the HMAC-SHA256 over "TIME.BODY": the time is signed too, so that nothing can be played back
 * later. */
static void sign(char text[65], const struct rz_secret *key, int64_t time, struct rz_str body)
{
    RZ_BUFFER_CLEANUP struct rz_buffer signed_text = {0};
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    rz_buffer_printf(&signed_text, "%" PRId64 ".", time);
    rz_buffer_str(&signed_text, body);
    HMAC(EVP_sha256(), rz_secret_text(key), (int)rz_secret_size(key),
         (const unsigned char *)signed_text.data, signed_text.size, mac, &size);
    for (unsigned i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", mac[i]);
}

static enum rz_status judge_reply(struct rz_sink *sink, enum rz_status status,
                                  struct rz_http_response *response, struct rz_diags *diags,
                                  struct rz_buffer *why)
{
    int code = response->status;
    if (status == RZ_OK && (code < 200 || code > 299)) {
        rz_buffer_printf(why, "it answers with status %d", code);
        status = code == 429 || code >= 500 ? RZ_NETWORK : RZ_REJECTED;
    } else if (status != RZ_OK) {
        if (diags->count)
            rz_buffer_text(why, diags->items[diags->count - 1].message);
        /* A second delivery has the same id: better twice than never. */
        status = status == RZ_UNKNOWN ? RZ_NETWORK : status;
    }
    (void)sink;
    rz_buffer_free(&response->body);
    rz_diags_free(diags);
    return status;
}

static enum rz_status post(struct rz_sink *sink, struct rz_str body, const char *const *headers,
                           struct rz_buffer *why)
{
    struct rz_http_response response;
    struct rz_diags diags = {0};
    struct rz_http_request request = {.method = "POST",
                                      .path = sink->path,
                                      .body = body,
                                      .headers = headers,
                                      .secret_path = sink->url != NULL};
    enum rz_status status = rz_http_send(sink->client, &request, &response, &diags);
    return judge_reply(sink, status, &response, &diags, why);
}

static enum rz_status send_webhook(struct rz_sink *sink, const struct rz_message *message,
                                   struct rz_buffer *why)
{
    char signature[96], event[64], id[64], stamp[64], mac[65];
    const char *headers[5] = {event, id, stamp, NULL, NULL};
    struct rz_str body = rz_buffer_view(&message->json);
    int64_t now = sink->context.now(sink->context.user);
    snprintf(event, sizeof event, "X-Rezone-Event: %s", rz_event_words[message->event]);
    snprintf(id, sizeof id, "X-Rezone-Delivery: %s", message->id);
    snprintf(stamp, sizeof stamp, "X-Rezone-Timestamp: %" PRId64, now);
    if (sink->secret) {
        sign(mac, sink->secret, now, body);
        snprintf(signature, sizeof signature, "X-Rezone-Signature: sha256=%s", mac);
        headers[3] = signature;
    }
    return post(sink, body, headers, why);
}

/* The three characters that Slack's messages give a meaning to. */
static void add_slack_text(struct rz_buffer *out, struct rz_str text)
{
    for (size_t i = 0; i < text.size; i++)
        switch (text.data[i]) {
        case '&': rz_buffer_text(out, "&amp;"); break;
        case '<': rz_buffer_text(out, "&lt;"); break;
        case '>': rz_buffer_text(out, "&gt;"); break;
        default: rz_buffer_char(out, text.data[i]);
        }
}

static enum rz_status send_slack(struct rz_sink *sink, const struct rz_message *message,
                                 struct rz_buffer *why)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer body = {0};
    add_slack_text(&text, rz_str_trim(rz_buffer_view(&message->text)));
    rz_buffer_char(&body, '{');
    rz_json_text(&body, "text", rz_buffer_view(&text).data);
    rz_buffer_char(&body, '}');
    return post(sink, rz_buffer_view(&body), NULL, why);
}

/* ---- e-mail and commands ---- */

static enum rz_status send_email(struct rz_sink *sink, const struct rz_message *message,
                                 struct rz_buffer *why)
{
    const struct rz_sink_settings *settings = sink->settings;
    struct rz_mail mail = {.server = settings->smtp,
                           .starttls = settings->starttls,
                           .ca_file = settings->ca_file,
                           .username = settings->username,
                           .password = sink->password,
                           .from = settings->from,
                           .to = settings->to,
                           .id = message->id,
                           .time = message->time,
                           .subject = rz_buffer_view(&message->subject),
                           .text = rz_buffer_view(&message->text),
                           .timeout_ms = (int64_t)settings->timeout * 1000,
                           .context = &sink->context};
    return rz_mail_send(&mail, why);
}

static enum rz_status run_command(struct rz_sink *sink, const struct rz_message *message,
                                  struct rz_buffer *why)
{
    struct rz_command command = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer output = {.limit = OUTPUT_MAX};
    for (size_t i = 0; i < sink->settings->command.count; i++)
        rz_command_add(&command, sink->settings->command.items[i]);
    struct rz_command_options options = {.directory = sink->context.project_dir,
                                         .timeout_ms = (int64_t)sink->settings->timeout * 1000,
                                         .input = rz_buffer_view(&message->json),
                                         .context = &sink->context};
    enum rz_command_result result = rz_command_run_with(&command, &options, &output);
    rz_command_free(&command);
    if (result == RZ_COMMAND_OK)
        return RZ_OK;
    rz_command_quote(why, &output);
    return result == RZ_COMMAND_FAILED ? RZ_NETWORK : RZ_REJECTED;
}

enum rz_status rz_sink_send(struct rz_sink *sink, const struct rz_message *message,
                            struct rz_buffer *why)
{
    switch (sink->settings->kind) {
    case RZ_SINK_WEBHOOK: return send_webhook(sink, message, why);
    case RZ_SINK_SLACK: return send_slack(sink, message, why);
    case RZ_SINK_EMAIL: return send_email(sink, message, why);
    default: return run_command(sink, message, why);
    }
}
