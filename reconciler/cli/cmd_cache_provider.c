/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cache stats and cache clear with --provider: replies that a provider keeps. */
#include "cache.h"
#include "cli/commands.h"
#include "cli/pick_provider.h"
#include "support/json_write.h"

static bool has_cache(const struct rz_provider_ops *ops)
{
    return ops->cache != NULL;
}

static void report(struct rz_cli *cli, const struct rz_cache_stats *stats, const char *provider)
{
    uint64_t asked = stats->hits + stats->misses;
    unsigned share = asked ? (unsigned)(100 * stats->hits / asked) : 0;
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_buffer_char(&json, '{');
    rz_json_int(&json, "entries", (int64_t)stats->entries);
    rz_json_int(&json, "hit_percent", share);
    rz_json_int(&json, "hits", (int64_t)stats->hits);
    rz_json_int(&json, "lifetime_seconds", (int64_t)stats->lifetime);
    rz_json_int(&json, "misses", (int64_t)stats->misses);
    rz_json_int(&json, "octets", (int64_t)stats->octets);
    rz_json_text(&json, "provider", provider);
    rz_buffer_text(&json, "}\n");
    if (cli->json) {
        rz_cli_json(cli, &json);
        return;
    }
    rz_buffer_printf(
        &cli->out.text, "%s: %llu replies, %llu octets; %llu of %llu reads answered (%u%%)\n",
        provider, (unsigned long long)stats->entries, (unsigned long long)stats->octets,
        (unsigned long long)stats->hits, (unsigned long long)asked, share);
}

int rz_cli_provider_cache(struct rz_cli *cli, bool clear)
{
    struct rz_project project;
    struct rz_provider *provider;
    struct rz_cache_stats stats;
    enum rz_status status = RZ_INVALID;
    if (rz_cli_open(cli, &project, NULL, NULL))
        status = rz_cli_pick_provider(cli, &project, has_cache, "has a cache", &provider);
    if (status == RZ_OK && clear)
        status = provider->ops->cache->clear(provider, &cli->diags);
    if (status == RZ_OK)
        status = provider->ops->cache->stats(provider, &stats, &cli->diags);
    if (status == RZ_OK)
        report(cli, &stats, provider->name);
    rz_project_free(&project);
    return rz_cli_exit(status);
}
