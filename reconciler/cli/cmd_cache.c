/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cache stats, cache clear. */
#include <inttypes.h>

#include "cli/commands.h"
#include "cli/pick_provider.h"
#include "support/json_write.h"
#include "zone_cache.h"

static struct rz_zone_cache *open_cache(struct rz_cli *cli)
{
    struct rz_zone_cache *cache = rz_zone_cache_open(RZ_ZONE_CACHE_LIMIT);
    if (!cache) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9005, (struct rz_place){0},
                                            "there is no cache directory that is ours alone");
        rz_diag_hint(&cli->diags, diag,
                     "set REZONE_CACHE_DIR, XDG_CACHE_HOME or HOME to a directory of this user");
    }
    return cache;
}

int rz_command_cache_stats(struct rz_cli *cli)
{
    struct rz_zone_cache_stats stats;
    if (cli->options.given[RZ_OPT_PROVIDER])
        return rz_cli_provider_cache(cli, false);
    struct rz_zone_cache *cache = open_cache(cli);
    if (!cache)
        return RZ_EXIT_ERROR;
    rz_zone_cache_stats(cache, &stats);
    if (cli->json) {
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        rz_buffer_char(&text, '{');
        rz_json_text(&text, "directory", rz_zone_cache_directory(cache));
        rz_json_int(&text, "entries", (int64_t)stats.entries);
        rz_json_int(&text, "limit", (int64_t)stats.limit);
        rz_json_int(&text, "octets", (int64_t)stats.octets);
        rz_buffer_text(&text, "}\n");
        rz_cli_json(cli, &text);
    } else {
        rz_buffer_printf(&cli->out.text,
                         "%" PRIu64 " zones, %" PRIu64 " of at most %" PRIu64 " MiB, in ",
                         stats.entries, stats.octets >> 20, stats.limit >> 20);
        rz_buffer_visible(&cli->out.text, rz_str_of(rz_zone_cache_directory(cache)));
        rz_buffer_char(&cli->out.text, '\n');
    }
    rz_zone_cache_close(cache);
    return RZ_EXIT_DONE;
}

int rz_command_cache_clear(struct rz_cli *cli)
{
    if (cli->options.given[RZ_OPT_PROVIDER])
        return rz_cli_provider_cache(cli, true);
    struct rz_zone_cache *cache = open_cache(cli);
    if (!cache)
        return RZ_EXIT_ERROR;
    uint64_t removed = rz_zone_cache_clear(cache);
    if (cli->json) {
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        rz_buffer_printf(&text, "{\"removed\":%" PRIu64 "}\n", removed);
        rz_cli_json(cli, &text);
    } else {
        rz_buffer_printf(&cli->out.text, "%" PRIu64 " zones removed\n", removed);
    }
    rz_zone_cache_close(cache);
    return RZ_EXIT_DONE;
}
