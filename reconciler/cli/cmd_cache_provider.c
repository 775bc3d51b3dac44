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

static unsigned share(uint64_t hits, uint64_t misses)
{
    return hits + misses ? (unsigned)(100 * hits / (hits + misses)) : 0;
}

static void report_json(struct rz_cli *cli, const struct rz_cache_stats *stats, uint64_t hits,
                        uint64_t misses, const char *provider)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_buffer_text(&json, "{\"endpoints\":[");
    for (size_t i = 0; i < stats->count; i++) {
        const struct rz_cache_endpoint *endpoint = &stats->endpoints[i];
        rz_json_comma(&json);
        rz_buffer_char(&json, '{');
        rz_json_text(&json, "endpoint", endpoint->name);
        rz_json_int(&json, "hit_percent", share(endpoint->hits, endpoint->misses));
        rz_json_int(&json, "hits", (int64_t)endpoint->hits);
        rz_json_int(&json, "lifetime_seconds", (int64_t)endpoint->lifetime);
        rz_json_int(&json, "misses", (int64_t)endpoint->misses);
        rz_buffer_char(&json, '}');
    }
    rz_buffer_char(&json, ']');
    rz_json_int(&json, "entries", (int64_t)stats->entries);
    rz_json_int(&json, "entries_limit", (int64_t)stats->entries_max);
    rz_json_int(&json, "hit_percent", share(hits, misses));
    rz_json_int(&json, "hits", (int64_t)hits);
    rz_json_int(&json, "lifetime_seconds", (int64_t)stats->lifetime);
    rz_json_int(&json, "misses", (int64_t)misses);
    rz_json_int(&json, "octets", (int64_t)stats->octets);
    rz_json_int(&json, "octets_limit", (int64_t)stats->octets_max);
    rz_json_text(&json, "provider", provider);
    rz_buffer_text(&json, "}\n");
    rz_cli_json(cli, &json);
}

static void report(struct rz_cli *cli, const struct rz_cache_stats *stats, const char *provider)
{
    struct rz_buffer *out = &cli->out.text;
    uint64_t hits = 0, misses = 0;
    for (size_t i = 0; i < stats->count; i++) {
        hits += stats->endpoints[i].hits;
        misses += stats->endpoints[i].misses;
    }
    if (cli->json) {
        report_json(cli, stats, hits, misses, provider);
        return;
    }
    rz_buffer_printf(out, "%s: %llu replies, %llu octets; %llu of %llu reads answered (%u%%)\n",
                     provider, (unsigned long long)stats->entries,
                     (unsigned long long)stats->octets, (unsigned long long)hits,
                     (unsigned long long)(hits + misses), share(hits, misses));
    for (size_t i = 0; i < stats->count; i++) {
        const struct rz_cache_endpoint *endpoint = &stats->endpoints[i];
        RZ_BUFFER_CLEANUP struct rz_buffer life = {0};
        rz_duration_print(&life, endpoint->lifetime);
        rz_buffer_printf(out, "  %s: %llu of %llu (%u%%), good for %s\n", endpoint->name,
                         (unsigned long long)endpoint->hits,
                         (unsigned long long)(endpoint->hits + endpoint->misses),
                         share(endpoint->hits, endpoint->misses), life.data);
    }
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
