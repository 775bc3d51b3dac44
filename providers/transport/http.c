/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTP clients: what is checked when one is opened, its pool of handles, its rate. */
#include "transport/http.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/alloc.h"
#include "transport/http_internal.h"

#define CA_FILE_MAX ((size_t)16 << 20)
#define CONNECT_TIMEOUT_MS 10000
#define TIMEOUT_MS 120000
#define RESPONSE_LIMIT ((size_t)1 << 30)
#define RETRIES 4

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        rz_out_of_memory(); /* only out of memory, or a TLS library that cannot start */
}

void rz_http_start(void)
{
    pthread_once(&curl_once, start_curl);
}

static enum rz_status refuse(struct rz_diags *diags, enum rz_code code, struct rz_place place,
                             const char *message, const char *hint)
{
    struct rz_diag *diag = rz_diags_add(diags, code, place, "%s", message);
    rz_diag_hint(diags, diag, "%s", hint);
    return RZ_INVALID;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;
    curl_free(text);
    return has;
}

static bool has_scheme(CURLU *url, const char *scheme)
{
    char *text = NULL;
    bool same = curl_url_get(url, CURLUPART_SCHEME, &text, 0) == CURLUE_OK
                && strcmp(text, scheme) == 0;
    curl_free(text);
    return same;
}

static enum rz_status check_parts(CURLU *url, const char *text, struct rz_place place,
                                  struct rz_diags *diags)
{
    CURLUcode code = curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
    if (code != CURLUE_OK) {
        RZ_BUFFER_CLEANUP struct rz_buffer message = {0};
        rz_buffer_printf(&message, "not a URL: %s", curl_url_strerror(code));
        return refuse(diags, RZ3001, place, message.data,
                      "write it whole, such as https://dns.example.net:8443");
    }
    if (!has_scheme(url, "http") && !has_scheme(url, "https"))
        return refuse(diags, RZ3001, place, "the URL is neither http nor https",
                      "write it whole, such as https://dns.example.net:8443");
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD)) {
        enum rz_status status = refuse(diags, RZ3001, place, "the URL has credentials in it",
                                       "take them out, and give them by reference to a secret");
        diags->items[diags->count - 1].excerpt = NULL; /* the line shows them */
        return status;
    }
    if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
        return refuse(diags, RZ3001, place, "the URL has a query or a fragment",
                      "write the base of the API, without `?` and `#`");
    return RZ_OK;
}

static enum rz_status check_url(const char *text, struct rz_place place, struct rz_diags *diags)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c == 0x7F)
            return refuse(diags, RZ3001, place, "the URL has a space or a control character",
                          "write it whole, such as https://dns.example.net:8443");
    CURLU *url = curl_url();
    if (!url)
        rz_out_of_memory();
    enum rz_status status = check_parts(url, text, place, diags);
    curl_url_cleanup(url);
    return status;
}

static bool read_whole(int fd, struct rz_buffer *content)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return false;
    if (!S_ISREG(st.st_mode) || st.st_size > (off_t)CA_FILE_MAX) {
        errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
        return false;
    }
    for (;;) {
        char *room = rz_buffer_reserve(content, 65536);
        ssize_t got = read(fd, room, 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || content->size > CA_FILE_MAX)
            return got == 0;
        content->size += (size_t)got;
    }
}

/* Read once, so that it is checked here and cannot change under a run. */
enum rz_status rz_http_read_ca(const struct rz_context *context, const char *path,
                               struct rz_buffer *ca, struct rz_place place, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer message = {0};
    int fd = openat(context->project_dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool good = fd >= 0 && read_whole(fd, ca);
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (!good) {
        rz_buffer_printf(&message, "cannot read the file of CA certificates %s: %s", path,
                         strerror(error));
        return refuse(diags, RZ3002, place, message.data,
                      "name a file of certificates in PEM form that rezone may read");
    }
    static const char mark[] = "-----BEGIN ";
    if (memmem(rz_buffer_view(ca).data, ca->size, mark, sizeof mark - 1))
        return RZ_OK;
    rz_buffer_printf(&message, "%s has no certificate in it", path);
    return refuse(diags, RZ3002, place, message.data,
                  "a CA file is in PEM form, with lines such as -----BEGIN CERTIFICATE-----");
}

struct curl_slist *rz_http_list_add(struct curl_slist *list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(list, text);
    if (!longer)
        rz_out_of_memory();
    return longer;
}

struct curl_slist *rz_http_resolve(const char *host, unsigned port, const char *address)
{
    RZ_BUFFER_CLEANUP struct rz_buffer line = {0};
    rz_buffer_printf(&line, "%s:%u:%s", host, port, address);
    return rz_http_list_add(NULL, line.data);
}

/* The base was checked before. */
static struct curl_slist *resolve_base(const char *base, const char *address)
{
    CURLU *url = curl_url();
    char *host = NULL, *port = NULL;
    struct curl_slist *list = NULL;
    if (url && curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK
        && curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK
        && curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
        list = rz_http_resolve(host, (unsigned)strtoul(port, NULL, 10), address);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(url);
    if (!list) /* without it the name would be looked up */
        rz_out_of_memory();
    return list;
}

enum rz_status rz_http_client_open(struct rz_http_client **client,
                                   const struct rz_http_options *options,
                                   struct rz_context *context, struct rz_place place,
                                   struct rz_diags *diags)
{
    rz_http_start();
    *client = NULL;
    enum rz_status status = check_url(options->url, place, diags);
    if (status != RZ_OK)
        return status;
    struct rz_http_client *made = rz_alloc_zero(1, sizeof *made);
    made->context = context;
    made->base = rz_strdup(options->url);
    for (size_t size = strlen(made->base); size && made->base[size - 1] == '/'; size--)
        made->base[size - 1] = '\0';
    made->connect_timeout_ms = options->connect_timeout_ms ? options->connect_timeout_ms
                                                           : CONNECT_TIMEOUT_MS;
    made->timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS;
    made->response_limit = options->response_limit ? options->response_limit : RESPONSE_LIMIT;
    made->unverified = options->unverified;
    made->retries = options->once ? 0 : options->retries ? options->retries : RETRIES;
    if (options->address)
        made->resolve = resolve_base(made->base, options->address);
    made->interval_ms = options->rate > 0 ? 1000 / options->rate : 0;
    pthread_mutex_init(&made->lock, NULL);
    if (options->ca_file)
        status = rz_http_read_ca(context, options->ca_file, &made->ca, place, diags);
    if (status != RZ_OK) {
        rz_http_client_close(made);
        return status;
    }
    *client = made;
    return RZ_OK;
}

void rz_http_client_close(struct rz_http_client *client)
{
    if (!client)
        return;
    for (size_t i = 0; i < client->idle_count; i++)
        curl_easy_cleanup(client->idle[i]);
    free(client->idle);
    pthread_mutex_destroy(&client->lock);
    curl_slist_free_all(client->resolve);
    rz_buffer_free(&client->ca);
    free(client->base);
    free(client);
}

CURL *rz_http_take(struct rz_http_client *client)
{
    CURL *curl = NULL;
    pthread_mutex_lock(&client->lock);
    if (client->idle_count)
        curl = client->idle[--client->idle_count]; /* the last used has the warmest connection */
    pthread_mutex_unlock(&client->lock);
    if (!curl)
        curl = curl_easy_init();
    if (!curl)
        rz_out_of_memory();
    return curl;
}

void rz_http_give_back(struct rz_http_client *client, CURL *curl, bool broken)
{
    if (broken) { /* libcurl 7.88 takes no buffer size any more after a name that did not resolve */
        curl_easy_cleanup(curl);
        return;
    }
    curl_easy_reset(curl); /* keeps connections, forgets the request and its headers */
    pthread_mutex_lock(&client->lock);
    client->idle = rz_grow(client->idle, &client->idle_capacity, client->idle_count + 1,
                           sizeof(CURL *));
    client->idle[client->idle_count++] = curl;
    pthread_mutex_unlock(&client->lock);
}

/* So long after it is due a reserved request may still be sent: who comes later asks anew. */
#define RESERVED_MS 200
#define RESERVED_MOST 32 /* requests, and no more than half a second brings */

/* As many again as were used up in time, so that the others are seldom asked and little is left unused. */
static size_t reserve_count(const struct rz_http_client *client)
{
    double most = 500 / client->interval_ms;
    size_t wanted = client->reserved_last * 2;
    if (wanted > RESERVED_MOST)
        wanted = RESERVED_MOST;
    if ((double)wanted > most)
        wanted = (size_t)most;
    return wanted ? wanted : 1;
}

/* Milliseconds to wait for a request of what all processes together may send; false: they cannot be
 * asked. The caller holds the lock. */
static bool pace_shared(struct rz_http_client *client, double *wait)
{
    struct rz_context *context = client->context;
    double now = (double)context->ticks(context->user);
    if (client->reserved && now > client->reserved_due + RESERVED_MS)
        client->reserved = client->reserved_last = 0;
    if (!client->reserved) {
        int64_t first = 0;
        struct rz_rate_request request = {.name = client->base,
                                          .rate = 1000 / client->interval_ms,
                                          .wanted = reserve_count(client)};
        if (!context->share->reserve(context->share->user, &request, &first))
            return false;
        now = (double)context->ticks(context->user);
        client->reserved = client->reserved_last = request.wanted;
        client->reserved_due = now + (double)first;
    }
    *wait = client->reserved_due - now;
    client->reserved_due += client->interval_ms;
    client->reserved--;
    return true;
}

/* A token bucket that holds what one second brings, at least one request: this process's own. The caller
 * holds the lock. */
static double pace_alone(struct rz_http_client *client)
{
    double depth = client->interval_ms < 1000 ? 1000 - client->interval_ms : 0;
    double now = (double)client->context->ticks(client->context->user);
    if (client->due < now)
        client->due = now;
    double wait = client->due - now - depth;
    client->due += client->interval_ms;
    return wait;
}

void rz_http_pace(struct rz_http_client *client)
{
    double wait;
    if (client->interval_ms <= 0)
        return;
    pthread_mutex_lock(&client->lock);
    if (!client->context->share || !pace_shared(client, &wait))
        wait = pace_alone(client);
    pthread_mutex_unlock(&client->lock);
    if (wait > 0)
        client->context->sleep_ms(client->context, (int64_t)wait + 1);
}
