/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The server on libmicrohttpd: one thread, few connections, short waits, no bodies. */
#include "drift/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>

#include "provider.h"
#include "support/alloc.h"
#include "transport/dns.h"

#define CONNECTIONS_MAX 16u
#define CONNECTION_SECONDS 10u
#define CONNECTION_OCTETS ((size_t)16 << 10)

struct rz_listener {
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock;
    struct rz_buffer metrics, report;
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status,
                              struct rz_str body, const char *type)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body.size, (void *)(uintptr_t)body.data, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", "GET, HEAD");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* A page of another origin that makes a browser look up a name of its own for this address must not be
 * answered: only the loopback's own names are. */
static bool is_local_host(struct MHD_Connection *connection)
{
    const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
    static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; host && i < sizeof hosts / sizeof *hosts; i++) {
        size_t size = strlen(hosts[i]);
        if (strncmp(host, hosts[i], size) == 0 && (host[size] == '\0' || host[size] == ':'))
            return true;
    }
    return false;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    struct rz_listener *listener = user;
    (void)version, (void)upload, (void)state;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        *upload_size = 0;
        return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, RZ_STR("only GET and HEAD\n"),
                      "text/plain; charset=utf-8");
    }
    if (!is_local_host(connection))
        return answer(connection, MHD_HTTP_FORBIDDEN, RZ_STR("not a name of this machine\n"),
                      "text/plain; charset=utf-8");
    bool metrics = strcmp(url, "/metrics") == 0, report = strcmp(url, "/report") == 0;
    if (!metrics && !report)
        return answer(connection, MHD_HTTP_NOT_FOUND, RZ_STR("there are /metrics and /report\n"),
                      "text/plain; charset=utf-8");
    pthread_mutex_lock(&listener->lock);
    enum MHD_Result result = answer(
        connection, MHD_HTTP_OK, rz_buffer_view(metrics ? &listener->metrics : &listener->report),
        metrics ? "text/plain; version=0.0.4; charset=utf-8" : "application/json");
    pthread_mutex_unlock(&listener->lock);
    return result;
}

/* The address as MHD takes it; false where it is not of the loopback. */
static bool read_address(const char *text, struct sockaddr_storage *address)
{
    struct rz_server server;
    if (!rz_server_parse(&server, text) || server.port == 0)
        return false;
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(server.port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(server.port)};
    *address = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, server.address, &v4.sin_addr) == 1) {
        memcpy(address, &v4, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    memcpy(address, &v6, sizeof v6);
    return inet_pton(AF_INET6, server.address, &v6.sin6_addr) == 1
           && memcpy(address, &v6, sizeof v6) && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

struct rz_listener *rz_listener_open(const char *address, struct rz_diags *diags)
{
    struct sockaddr_storage at;
    if (!read_address(address, &at)) {
        struct rz_diag *diag = rz_diags_add(
            diags, RZ9001, (struct rz_place){0},
            "--listen takes an address of the loopback with a port, not `%s`", address);
        rz_diag_hint(diags, diag, "such as 127.0.0.1:9153; put a proxy before it to serve others");
        return NULL;
    }
    struct rz_listener *listener = rz_alloc_zero(1, sizeof *listener);
    pthread_mutex_init(&listener->lock, NULL);
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO
                     | (at.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0u);
    listener->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handle, listener, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at,
        MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        CONNECTION_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_OCTETS, MHD_OPTION_END);
    if (!listener->daemon) {
        rz_diags_add(diags, RZ5405, rz_place_named(address), "cannot listen there: %s",
                     strerror(errno));
        rz_listener_close(listener);
        return NULL;
    }
    return listener;
}

void rz_listener_publish(struct rz_listener *listener, struct rz_str metrics, struct rz_str report)
{
    pthread_mutex_lock(&listener->lock);
    rz_buffer_reset(&listener->metrics);
    rz_buffer_str(&listener->metrics, metrics);
    rz_buffer_reset(&listener->report);
    rz_buffer_str(&listener->report, report);
    pthread_mutex_unlock(&listener->lock);
}

void rz_listener_close(struct rz_listener *listener)
{
    if (!listener)
        return;
    if (listener->daemon)
        MHD_stop_daemon(listener->daemon);
    pthread_mutex_destroy(&listener->lock);
    rz_buffer_free(&listener->metrics);
    rz_buffer_free(&listener->report);
    free(listener);
}
