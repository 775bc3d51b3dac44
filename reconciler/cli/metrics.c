/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Request metrics in a file that is replaced whole, as collectors of text files want it. */
#include "cli/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "support/file.h"
#include "support/json_write.h"
#include "transport/http_metrics.h"

void rz_cli_metrics_open(struct rz_cli *cli)
{
    bool shows = cli->json && cli->command->options & RZ_OPT(HTTP_METRICS);
    if (shows || cli->options.given[RZ_OPT_HTTP_METRICS]
        || strcmp(cli->command->name, "health") == 0)
        cli->context.metrics = rz_http_metrics_open();
}

void rz_cli_requests_json(struct rz_cli *cli, struct rz_buffer *json)
{
    RZ_BUFFER_CLEANUP struct rz_buffer requests = {0};
    if (!cli->context.metrics || !rz_str_ends_with(rz_buffer_view(json), "}\n"))
        return;
    rz_http_metrics_json(&requests, cli->context.metrics);
    if (requests.size <= 2) /* [] */
        return;
    json->size -= 2;
    rz_json_key(json, "requests");
    rz_buffer_str(json, rz_buffer_view(&requests));
    rz_buffer_text(json, "}\n");
}

/* The directory may be anywhere: collectors have one of their own. */
static bool replace(struct rz_cli *cli, const char *path, struct rz_str text)
{
    const char *slash = strrchr(path, '/');
    const char *directory = !slash ? "."
                            : slash == path
                                ? "/"
                                : rz_arena_printf(&cli->arena, "%.*s", (int)(slash - path), path);
    int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = dir >= 0 && rz_file_replace(dir, slash ? slash + 1 : path, text, 0644) == RZ_OK;
    int error = errno;
    if (dir >= 0)
        close(dir);
    errno = error;
    return good;
}

bool rz_cli_metrics_write(struct rz_cli *cli)
{
    const char *path = cli->options.last[RZ_OPT_HTTP_METRICS];
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (!path || !cli->context.metrics)
        return true;
    if (rz_str_ends_with(rz_str_of(path), ".json")) {
        rz_buffer_text(&text, "{\"requests\":");
        rz_http_metrics_json(&text, cli->context.metrics);
        rz_json_time(&text, "time", cli->context.now(cli->context.user));
        rz_buffer_text(&text, "}\n");
    } else {
        rz_http_metrics_prometheus(&text, cli->context.metrics);
    }
    if (replace(cli, path, rz_buffer_view(&text)))
        return true;
    rz_diags_add(&cli->diags, RZ9002, rz_place_named(path), "cannot write: %s", strerror(errno));
    return false;
}
