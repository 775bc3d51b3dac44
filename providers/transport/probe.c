/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections that are looked at. */
#include "transport/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/alloc.h"
#include "transport/http_internal.h"

#define BODY_MAX ((size_t)1 << 20)

static int take_progress(void *user, curl_off_t total, curl_off_t now, curl_off_t upload_total,
                         curl_off_t upload_now)
{
    (void)total, (void)now, (void)upload_total, (void)upload_now;
    return rz_context_stopped(user);
}

/* What curl is told for both kinds of connection. */
static void set_common(CURL *curl, const struct rz_probe *probe, const char *url, char *error)
{
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)probe->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)probe->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, take_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, probe->context);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

/* The certificate's end, as libcurl tells it of the first in the chain. */
static int64_t read_not_after(CURL *curl)
{
    static const char key[] = "Expire date:";
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &info) != CURLE_OK || !info
        || info->num_of_certs < 1)
        return 0;
    for (const struct curl_slist *line = info->certinfo[0]; line; line = line->next)
        if (strncmp(line->data, key, sizeof key - 1) == 0) {
            time_t time = curl_getdate(line->data + sizeof key - 1, NULL);
            return time > 0 ? (int64_t)time : 0;
        }
    return 0;
}

static void tell_trouble(struct rz_probe_answer *answer, const struct rz_probe *probe,
                         CURLcode code, const char *error)
{
    if (code == CURLE_ABORTED_BY_CALLBACK)
        rz_buffer_text(&answer->said, "stopped");
    else if (code == CURLE_OPERATION_TIMEDOUT)
        rz_buffer_printf(&answer->said, "no connection within %lld ms",
                         (long long)probe->timeout_ms);
    else
        rz_buffer_visible(&answer->said, rz_str_of(*error ? error : curl_easy_strerror(code)));
}

static void set_tls(CURL *curl, struct rz_buffer *ca)
{
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
    if (ca->size) {
        struct curl_blob blob = {ca->data, ca->size, CURL_BLOB_NOCOPY};
        curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
}

static void run(CURL *curl, const struct rz_probe *probe, struct rz_probe_answer *answer,
                const char *error)
{
    CURLcode code = curl_easy_perform(curl);
    const char *address = NULL;
    if (code != CURLE_OK) {
        tell_trouble(answer, probe, code, error);
        return;
    }
    answer->reached = true;
    answer->not_after = read_not_after(curl);
    curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &address);
    rz_buffer_printf(&answer->said, "connected to %s", address ? address : probe->host);
}

/* `host` is the URL's: the certificate's name, while the connection goes elsewhere. */
static void connect_to(const struct rz_probe *probe, const char *scheme, const char *host,
                       struct rz_buffer *ca, struct rz_probe_answer *answer)
{
    char error[CURL_ERROR_SIZE] = "";
    RZ_BUFFER_CLEANUP struct rz_buffer url = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer way = {0};
    bool v6 = strchr(host, ':') != NULL, there_v6 = strchr(probe->host, ':') != NULL;
    rz_http_start();
    CURL *curl = curl_easy_init();
    if (!curl)
        rz_out_of_memory();
    rz_buffer_printf(&url, "%s://%s%s%s:%u/", scheme, v6 ? "[" : "", host, v6 ? "]" : "",
                     probe->port);
    rz_buffer_printf(&way, "::%s%s%s:%u", there_v6 ? "[" : "", probe->host, there_v6 ? "]" : "",
                     probe->port);
    struct curl_slist *list = probe->address ? rz_http_resolve(host, probe->port, probe->address)
                                             : rz_http_list_add(NULL, way.data);
    set_common(curl, probe, url.data, error);
    curl_easy_setopt(curl, probe->address ? CURLOPT_RESOLVE : CURLOPT_CONNECT_TO, list);
    set_tls(curl, ca);
    run(curl, probe, answer, error);
    curl_slist_free_all(list);
    curl_easy_cleanup(curl);
}

bool rz_probe_has_route(const char *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(9)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
    bool is_v4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
    if (!is_v4 && inet_pton(AF_INET6, address, &v6.sin6_addr) != 1)
        return false;
    int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    /* Connecting a datagram socket sends nothing; it only looks for the way. */
    int result = is_v4 ? connect(fd, (struct sockaddr *)&v4, sizeof v4)
                       : connect(fd, (struct sockaddr *)&v6, sizeof v6);
    close(fd);
    return result == 0;
}

void rz_probe_tcp(const struct rz_probe *probe, struct rz_probe_answer *answer)
{
    struct rz_buffer none = {0};
    *answer = (struct rz_probe_answer){0};
    connect_to(probe, "http", probe->host, &none, answer);
}

/* The message of the last diagnostic. */
static void take_message(struct rz_probe_answer *answer, struct rz_diags *diags)
{
    if (diags->count)
        rz_buffer_text(&answer->said, diags->items[diags->count - 1].message);
    rz_diags_free(diags);
}

void rz_probe_tls(const struct rz_probe *probe, struct rz_probe_answer *answer)
{
    RZ_BUFFER_CLEANUP struct rz_buffer ca = {0};
    struct rz_diags diags = {0};
    *answer = (struct rz_probe_answer){0};
    if (probe->ca_file
        && rz_http_read_ca(probe->context, probe->ca_file, &ca, (struct rz_place){0}, &diags)
               != RZ_OK) {
        take_message(answer, &diags);
        return;
    }
    connect_to(probe, "https", probe->name ? probe->name : probe->host, &ca, answer);
}

static bool take_body(void *user, const char *data, size_t size)
{
    struct rz_buffer *body = user;
    size_t room = BODY_MAX - body->size;
    rz_buffer_append(body, data, size < room ? size : room);
    return size <= room;
}

/* "https://host:port" and "/path?query". */
static void split_url(const char *url, struct rz_buffer *base, struct rz_buffer *path)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    size_t authority = strcspn(host, "/?#");
    const char *rest = host + authority;
    rz_buffer_append(base, url, (size_t)(rest - url));
    if (*rest != '/')
        rz_buffer_char(path, '/');
    rz_buffer_append(path, rest, strcspn(rest, "#"));
}

void rz_probe_http(const struct rz_probe *probe, struct rz_probe_answer *answer)
{
    RZ_BUFFER_CLEANUP struct rz_buffer base = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    struct rz_http_client *client;
    struct rz_http_response response;
    struct rz_diags diags = {0};
    *answer = (struct rz_probe_answer){0};
    split_url(probe->url, &base, &path);
    struct rz_http_options options = {.url = base.data,
                                      .ca_file = probe->ca_file,
                                      .address = probe->address,
                                      .connect_timeout_ms = (uint64_t)probe->timeout_ms,
                                      .timeout_ms = (uint64_t)probe->timeout_ms,
                                      .response_limit = BODY_MAX,
                                      .once = true};
    if (rz_http_client_open(&client, &options, probe->context, (struct rz_place){0}, &diags)
        != RZ_OK) {
        take_message(answer, &diags);
        return;
    }
    struct rz_http_request request = {.method = "GET",
                                      .path = path.data,
                                      .idempotent = true,
                                      .receive = take_body,
                                      .user = &answer->body};
    answer->reached = rz_http_send(client, &request, &response, &diags) == RZ_OK;
    answer->status = response.status;
    if (answer->reached && response.body.size) /* of a status that is no 2xx */
        take_body(&answer->body, response.body.data, response.body.size);
    if (answer->reached)
        rz_buffer_printf(&answer->said, "status %d", response.status);
    take_message(answer, &diags);
    rz_buffer_free(&response.body);
    rz_http_client_close(client);
}
