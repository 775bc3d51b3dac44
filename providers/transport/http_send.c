/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sending a request: one attempt on libcurl, and when there is another. */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <strings.h>

#include "support/alloc.h"
#include "support/fault.h"
#include "transport/http_internal.h"
#include "transport/http_metrics.h"

#define BACKOFF_FIRST_MS 250
#define BACKOFF_MOST_MS 10000
#define RETRY_AFTER_MOST_S 120 /* a server that asks for more is told of instead */
#define DOWN_MS 10000
#define TRACE_SAMPLE 65536
#define RECEIVE_BUFFER 524288L

static size_t take_body(char *data, size_t one, size_t size, void *user)
{
    struct rz_http_attempt *attempt = user;
    const struct rz_http_request *request = attempt->request;
    long status = 0;
    (void)one;
    if (size > attempt->client->response_limit - attempt->received) {
        attempt->over_limit = true;
        return 0;
    }
    attempt->received += size;
    curl_easy_getinfo(attempt->curl, CURLINFO_RESPONSE_CODE, &status);
    if (!request->receive || status < 200 || status > 299) {
        rz_buffer_append(&attempt->response->body, data, size);
        return size;
    }
    if (attempt->client->context->trace && attempt->sample.size < TRACE_SAMPLE)
        rz_buffer_append(&attempt->sample, data, size < TRACE_SAMPLE ? size : TRACE_SAMPLE);
    attempt->streamed = true;
    attempt->stopped = !request->receive(request->user, data, size);
    return attempt->stopped ? 0 : size;
}

static size_t take_header(char *data, size_t one, size_t size, void *user)
{
    static const char date[] = "Date:";
    struct rz_http_attempt *attempt = user;
    (void)one;
    if (size > sizeof date && size < 80 && strncasecmp(data, date, sizeof date - 1) == 0) {
        char text[80];
        memcpy(text, data, size);
        text[size] = '\0';
        time_t time = curl_getdate(text + sizeof date - 1, NULL);
        attempt->response->date = time > 0 ? (int64_t)time : 0;
    }
    attempt->header_octets += size;
    attempt->header_limit = attempt->header_octets > RZ_HTTP_HEADERS_MAX;
    return attempt->header_limit ? 0 : size;
}

static int take_progress(void *user, curl_off_t total, curl_off_t now, curl_off_t upload_total,
                         curl_off_t upload_now)
{
    struct rz_http_attempt *attempt = user;
    (void)total, (void)now, (void)upload_total, (void)upload_now;
    attempt->cancelled = rz_context_stopped(attempt->client->context);
    return attempt->cancelled;
}

/* Without memory an option stays as it was: a PATCH would go out as POST. */
#define SET(option, value) set(attempt, curl_easy_setopt(attempt->curl, option, value))

static void set(struct rz_http_attempt *attempt, CURLcode code)
{
    if (attempt->result == CURLE_OK)
        attempt->result = code;
}

static void set_origin(struct rz_http_attempt *attempt, const char *url)
{
    const struct rz_http_client *client = attempt->client;
    SET(CURLOPT_URL, url);
    SET(CURLOPT_USERAGENT, "rezone"); /* some refuse a client without a name */
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L); /* credentials stay with their origin */
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, client->unverified ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, client->unverified ? 0L : 2L);
    if (client->ca.size) { /* in place of the system's, not beside them */
        struct curl_blob blob = {client->ca.data, client->ca.size, CURL_BLOB_NOCOPY};
        SET(CURLOPT_CAINFO_BLOB, &blob);
        SET(CURLOPT_CAPATH, NULL);
    }
    if (client->resolve) {
        SET(CURLOPT_RESOLVE, client->resolve);
        SET(CURLOPT_NOPROXY, "*");
    }
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)client->connect_timeout_ms);
    SET(CURLOPT_TIMEOUT_MS, (long)client->timeout_ms);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    /* Not every libcurl has HTTP/2. */
    curl_easy_setopt(attempt->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_ACCEPT_ENCODING, "");
    SET(CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
    /* libcurl repeats a request by itself when a kept connection turns out to be closed; one that
     * must not be carried out twice therefore gets a connection of its own. */
    SET(CURLOPT_FRESH_CONNECT, attempt->request->idempotent ? 0L : 1L);
}

static void set_request(struct rz_http_attempt *attempt, struct curl_slist *headers)
{
    const struct rz_http_request *request = attempt->request;
    if (request->body.size) {
        SET(CURLOPT_POSTFIELDS, request->body.data);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
    } else if (strcmp(request->method, "POST") == 0) {
        SET(CURLOPT_POSTFIELDS, "");
    } else if (strcmp(request->method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
    }
    SET(CURLOPT_CUSTOMREQUEST, request->method);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, attempt);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, attempt);
    SET(CURLOPT_XFERINFOFUNCTION, take_progress);
    SET(CURLOPT_XFERINFODATA, attempt);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_ERRORBUFFER, attempt->message);
}

static void trace(const struct rz_http_attempt *attempt, const char *kind, const char *summary,
                  struct rz_str detail)
{
    const struct rz_context *context = attempt->client->context;
    RZ_BUFFER_CLEANUP struct rz_buffer redacted = {0};
    if (attempt->request->confidential && detail.size)
        detail = RZ_STR("***");
    rz_secret_redact(&redacted, detail);
    rz_trace_write(context->trace, context, kind, rz_str_of(summary), rz_buffer_view(&redacted));
}

static void trace_request(const struct rz_http_attempt *attempt)
{
    if (!attempt->client->context->trace)
        return;
    RZ_BUFFER_CLEANUP struct rz_buffer line = {0};
    rz_buffer_printf(&line, "%s %s%s", attempt->request->method, attempt->client->base,
                     rz_http_shown_path(attempt));
    trace(attempt, "http-request", line.data, attempt->request->body);
}

static void trace_reply(const struct rz_http_attempt *attempt, int64_t milliseconds)
{
    if (!attempt->client->context->trace)
        return;
    RZ_BUFFER_CLEANUP struct rz_buffer line = {0};
    rz_buffer_printf(&line, "%s %s: ", attempt->request->method, rz_http_shown_path(attempt));
    if (attempt->result == CURLE_OK || attempt->stopped)
        rz_buffer_printf(&line, "%d", attempt->response->status);
    else
        rz_buffer_text(&line, curl_easy_strerror(attempt->result));
    rz_buffer_printf(&line, ", %zu octets in %lld ms", attempt->received, (long long)milliseconds);
    trace(attempt, "http-reply", line.data,
          attempt->streamed ? rz_buffer_view(&attempt->sample)
                            : rz_buffer_view(&attempt->response->body));
}

static void measure(const struct rz_http_attempt *attempt)
{
    curl_off_t microseconds = 0;
    int status = attempt->response->status;
    curl_easy_getinfo(attempt->curl, CURLINFO_TOTAL_TIME_T, &microseconds);
    struct rz_http_measure measure = {.server = attempt->client->base,
                                      .method = attempt->request->method,
                                      .path = attempt->request->path,
                                      .microseconds = microseconds > 0 ? (uint64_t)microseconds : 0,
                                      .failed = (attempt->result != CURLE_OK && !attempt->stopped)
                                                || status >= 400,
                                      .retry = attempt->again};
    rz_http_metrics_note(attempt->client->context->metrics, &measure);
}

void rz_http_attempt(struct rz_http_attempt *attempt, struct curl_slist *headers)
{
    struct rz_http_client *client = attempt->client;
    struct rz_context *context = client->context;
    RZ_BUFFER_CLEANUP struct rz_buffer url = {0};
    long status = 0, sent = 0;
    curl_off_t retry_after = 0;
    rz_buffer_printf(&url, "%s%s", client->base, attempt->request->path);
    attempt->curl = rz_http_take(client);
    set_origin(attempt, url.data);
    set_request(attempt, headers);
    trace_request(attempt);
    int64_t begin = context->ticks(context->user);
    RZ_FAULT("http.send");
    if (attempt->result == CURLE_OK)
        attempt->result = curl_easy_perform(attempt->curl);
    RZ_FAULT("http.answered");
    curl_easy_getinfo(attempt->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(attempt->curl, CURLINFO_REQUEST_SIZE, &sent);
    curl_easy_getinfo(attempt->curl, CURLINFO_RETRY_AFTER, &retry_after);
    attempt->response->status = (int)status;
    attempt->sent = sent > 0;
    attempt->retry_after = attempt->response->retry_after = (long)retry_after;
    measure(attempt);
    trace_reply(attempt, context->ticks(context->user) - begin);
    rz_http_give_back(client, attempt->curl, attempt->result != CURLE_OK);
    attempt->curl = NULL;
}

/* Headers whose memory is ours: libcurl's own lists would leave the secret behind in freed memory. */
struct headers {
    struct curl_slist nodes[4 + RZ_HTTP_HEADERS];
    struct rz_buffer type, accept;
    struct rz_buffer lines[RZ_HTTP_HEADERS];
    char *secret;
    size_t secret_size;
};

static void link_header(struct headers *headers, size_t *count, char *line)
{
    headers->nodes[*count] = (struct curl_slist){.data = line};
    if (*count)
        headers->nodes[*count - 1].next = &headers->nodes[*count];
    ++*count;
}

static struct curl_slist *make_headers(struct headers *headers,
                                       const struct rz_http_request *request)
{
    static char no_expect[] = "Expect:"; /* servers that do not know it make every request wait */
    size_t count = 0;
    link_header(headers, &count, no_expect);
    if (request->body.size) {
        rz_buffer_printf(&headers->type, "Content-Type: %s",
                         request->content_type ? request->content_type : "application/json");
        link_header(headers, &count, headers->type.data);
    }
    if (request->accept) {
        rz_buffer_printf(&headers->accept, "Accept: %s", request->accept);
        link_header(headers, &count, headers->accept.data);
    }
    for (size_t i = 0; request->headers && i < RZ_HTTP_HEADERS && request->headers[i]; i++) {
        rz_buffer_text(&headers->lines[i], request->headers[i]);
        link_header(headers, &count, headers->lines[i].data);
    }
    if (request->secret_header) {
        const char *prefix = request->secret_prefix ? request->secret_prefix : "";
        headers->secret_size = strlen(request->secret_header) + 2 + strlen(prefix)
                               + rz_secret_size(request->secret) + 1;
        headers->secret = rz_alloc(headers->secret_size);
        snprintf(headers->secret, headers->secret_size, "%s: %s%s", request->secret_header, prefix,
                 rz_secret_text(request->secret));
        link_header(headers, &count, headers->secret);
    }
    return headers->nodes;
}

static void free_headers(struct headers *headers)
{
    if (headers->secret)
        OPENSSL_cleanse(headers->secret, headers->secret_size);
    free(headers->secret);
    rz_buffer_free(&headers->type);
    rz_buffer_free(&headers->accept);
    for (size_t i = 0; i < RZ_HTTP_HEADERS; i++)
        rz_buffer_free(&headers->lines[i]);
}

/* A line end in a secret would smuggle headers in. */
static bool is_sound(const struct rz_secret *secret)
{
    const char *text = rz_secret_text(secret);
    for (size_t i = 0; i < rz_secret_size(secret); i++)
        if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] == 0x7F)
            return false;
    return true;
}

static bool worth_another(const struct rz_http_attempt *attempt)
{
    int status = attempt->response->status;
    /* 429 says that nothing was done (RFC 6585 §4), so that any request may come again. */
    if ((!attempt->request->idempotent && status != 429) || attempt->cancelled || attempt->stopped
        || attempt->over_limit || attempt->header_limit
        || rz_context_stopped(attempt->client->context))
        return false;
    if (attempt->streamed && !attempt->request->restart)
        return false;
    switch (attempt->result) {
    case CURLE_OK:
        return (status == 429 || (status >= 502 && status <= 504))
               && attempt->retry_after <= RETRY_AFTER_MOST_S;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return true;
    default: /* a timeout has used up the time there is; TLS does not heal */ return false;
    }
}

/* Half of it is chance, so that many clients do not come back at once. */
static int64_t backoff_ms(struct rz_context *context, unsigned tries, long retry_after)
{
    uint32_t chance;
    context->random(context->user, &chance, sizeof chance);
    int64_t most = (int64_t)BACKOFF_FIRST_MS << (tries < 10 ? tries : 10);
    if (most > BACKOFF_MOST_MS)
        most = BACKOFF_MOST_MS;
    int64_t wait = most / 2 + (int64_t)(chance % (uint32_t)(most / 2 + 1));
    return retry_after * 1000 > wait ? retry_after * 1000 : wait;
}

/* A server that was just found down is not waited for again by each of a thousand zones. */
static unsigned retries_of(struct rz_http_client *client)
{
    struct rz_context *context = client->context;
    pthread_mutex_lock(&client->lock);
    bool down = context->ticks(context->user) < client->down_until;
    pthread_mutex_unlock(&client->lock);
    return down ? 0 : client->retries;
}

static void note_down(struct rz_http_client *client)
{
    struct rz_context *context = client->context;
    pthread_mutex_lock(&client->lock);
    client->down_until = context->ticks(context->user) + DOWN_MS;
    pthread_mutex_unlock(&client->lock);
}

static void attempts(struct rz_http_attempt *attempt, struct curl_slist *headers)
{
    struct rz_http_client *client = attempt->client;
    unsigned retries = retries_of(client);
    for (unsigned tries = 0;; tries++) {
        rz_http_pace(client);
        rz_http_attempt(attempt, headers);
        if (!worth_another(attempt))
            return;
        if (tries >= retries) {
            note_down(client);
            return;
        }
        client->context->sleep_ms(client->context,
                                  backoff_ms(client->context, tries, attempt->retry_after));
        if (rz_context_stopped(client->context))
            return; /* what the last attempt gave is the answer */
        if (attempt->streamed)
            attempt->request->restart(attempt->request->user);
        struct rz_buffer sample = attempt->sample;
        rz_buffer_reset(&sample);
        rz_buffer_reset(&attempt->response->body);
        *attempt = (struct rz_http_attempt){.client = client,
                                            .request = attempt->request,
                                            .response = attempt->response,
                                            .sample = sample,
                                            .again = true};
    }
}

enum rz_status rz_http_send(struct rz_http_client *client, const struct rz_http_request *request,
                            struct rz_http_response *response, struct rz_diags *diags)
{
    *response = (struct rz_http_response){0};
    if (request->secret_header && !is_sound(request->secret)) {
        struct rz_diag *diag = rz_diags_add(diags, RZ3010, rz_place_named(client->base),
                                            "the secret for %s has a control character in it",
                                            request->secret_header);
        rz_diag_hint(diags, diag, "it must be one line, without tabs");
        return RZ_INVALID;
    }
    struct headers headers = {0};
    struct rz_http_attempt attempt = {.client = client, .request = request, .response = response};
    if (rz_context_stopped(client->context))
        attempt.cancelled = true;
    else
        attempts(&attempt, make_headers(&headers, request));
    free_headers(&headers);
    rz_buffer_free(&attempt.sample);
    if (!attempt.cancelled && (attempt.result == CURLE_OK || attempt.stopped))
        return RZ_OK;
    response->status = 0;
    return rz_http_explain(&attempt, diags);
}
