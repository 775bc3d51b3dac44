/* SPDX-License-Identifier: GPL-3.0-or-later */
/* health: whether each provider can be reached and used, and how quickly it answers. */
#include <stdlib.h>

#include "cli/commands.h"
#include "session.h"
#include "support/json_write.h"
#include "transport/http_metrics.h"

/* One provider looked at. */
struct look {
    const struct rz_provider_entry *entry;
    enum rz_status status;
    bool listed;                     /* its zones were counted */
    struct rz_session_health health; /* of a provider with a session */
    struct rz_session_state state;
    int64_t milliseconds;
};

static enum rz_status count_zones(struct rz_provider *provider, struct look *look,
                                  struct rz_diags *diags)
{
    struct rz_name_list zones = {0};
    if (!provider->ops->list_zones)
        return RZ_OK;
    enum rz_status status = provider->ops->list_zones(provider, &zones, diags);
    look->listed = status == RZ_OK;
    look->health.zones = zones.count;
    free(zones.items);
    return status == RZ_UNSUPPORTED ? RZ_OK : status;
}

static void take_look(struct rz_cli *cli, struct rz_project *project, struct look *look)
{
    struct rz_provider *provider;
    struct rz_context *context = &cli->context;
    look->status = rz_project_provider(project, look->entry->name, &provider, &cli->diags);
    if (look->status != RZ_OK)
        return;
    int64_t start = context->ticks(context->user);
    const struct rz_session_ops *session = provider->ops->session;
    if (session) {
        look->status = session->health(provider, &look->health, &cli->diags);
        look->listed = look->status == RZ_OK;
        if (look->status == RZ_OK)
            look->status = session->status(provider, &look->state, &cli->diags);
    } else {
        look->status = count_zones(provider, look, &cli->diags);
    }
    look->milliseconds = context->ticks(context->user) - start;
}

static void report_session(struct rz_cli *cli, const struct look *look)
{
    struct rz_buffer *out = &cli->out.text;
    const struct rz_session_health *health = &look->health;
    RZ_BUFFER_CLEANUP struct rz_buffer life = {0};
    int64_t left = look->state.expires - cli->context.now(cli->context.user);
    rz_buffer_printf(out, "  server      %s, %s\n", look->state.server,
                     health->verified    ? "certificate checked"
                     : health->encrypted ? "CERTIFICATE NOT CHECKED"
                                         : "not encrypted");
    rz_buffer_printf(out, "  latency     %lld ms with the connection, %lld ms after\n",
                     (long long)health->connect_ms, (long long)health->request_ms);
    if (health->has_skew)
        rz_buffer_printf(out, "  clock       %lld s %s this machine's\n",
                         (long long)(health->skew < 0 ? -health->skew : health->skew),
                         health->skew < 0 ? "behind" : "ahead of");
    rz_buffer_printf(out, "  account     %s\n", look->state.account);
    if (!look->state.expires)
        return;
    rz_duration_print(&life, left > 0 ? (uint64_t)left : 0);
    rz_buffer_printf(out, "  token       good for %s\n", life.data);
}

static void report_text(struct rz_cli *cli, const struct look *look)
{
    struct rz_buffer *out = &cli->out.text;
    rz_buffer_printf(out, "%s (%s): ", look->entry->name, look->entry->kind);
    rz_output_tinted(&cli->out, look->status == RZ_OK ? RZ_TINT_GREEN : RZ_TINT_RED,
                     look->status == RZ_OK ? "healthy" : "not usable");
    if (look->listed)
        rz_buffer_printf(out, ", %zu zone%s", look->health.zones,
                         look->health.zones == 1 ? "" : "s");
    if (look->status == RZ_OK && !look->state.server)
        rz_buffer_printf(out, ", %lld ms", (long long)look->milliseconds);
    rz_buffer_char(out, '\n');
    if (look->status == RZ_OK && look->state.server)
        report_session(cli, look);
    rz_output_pulse(&cli->out);
}

static void report_json(struct rz_buffer *json, const struct look *look)
{
    const struct rz_session_health *health = &look->health;
    bool session = look->status == RZ_OK && look->state.server;
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    if (session) {
        rz_json_text(json, "account", look->state.account);
        rz_json_bool(json, "certificate_checked", health->verified);
        if (health->has_skew)
            rz_json_int(json, "clock_skew_seconds", health->skew);
        rz_json_int(json, "connect_ms", health->connect_ms);
    }
    rz_json_bool(json, "healthy", look->status == RZ_OK);
    rz_json_text(json, "kind", look->entry->kind);
    rz_json_int(json, "milliseconds", look->milliseconds);
    rz_json_text(json, "provider", look->entry->name);
    if (session) {
        rz_json_int(json, "request_ms", health->request_ms);
        rz_json_text(json, "server", look->state.server);
        rz_json_time(json, "token_expires", look->state.expires);
    }
    if (look->listed)
        rz_json_int(json, "zones", (int64_t)health->zones);
    rz_buffer_char(json, '}');
}

static bool prometheus(const struct rz_cli *cli)
{
    const char *format = cli->options.last[RZ_OPT_FORMAT];
    return format && strcmp(format, "prometheus") == 0;
}

static void report_gauge(struct rz_buffer *out, const struct look *look)
{
    rz_buffer_text(out, "rezone_provider_healthy{provider=\"");
    rz_prometheus_label(out, look->entry->name);
    rz_buffer_printf(out, "\",kind=\"%s\"} %d\n", look->entry->kind, look->status == RZ_OK);
}

static bool is_wanted(const struct rz_cli *cli, const struct rz_provider_entry *entry)
{
    const char *name = cli->options.last[RZ_OPT_PROVIDER];
    return !name || strcmp(name, entry->name) == 0;
}

static enum rz_status look_at_all(struct rz_cli *cli, struct rz_project *project,
                                  struct rz_buffer *json)
{
    size_t seen = 0;
    enum rz_status status = RZ_OK;
    for (size_t i = 0; i < project->provider_count; i++) {
        struct look look = {.entry = &project->providers[i]};
        if (!is_wanted(cli, look.entry))
            continue;
        seen++;
        take_look(cli, project, &look);
        if (look.status != RZ_OK)
            status = look.status;
        if (prometheus(cli))
            report_gauge(json, &look);
        else if (cli->json)
            report_json(json, &look);
        else
            report_text(cli, &look);
    }
    if (seen)
        return status;
    const char *name = cli->options.last[RZ_OPT_PROVIDER];
    if (name)
        rz_project_no_provider(project, RZ9001, (struct rz_place){0}, name, &cli->diags);
    else
        rz_diags_add(&cli->diags, RZ9001, rz_place_named(project->source.name),
                     "it defines no providers");
    return RZ_NOT_FOUND;
}

int rz_command_health(struct rz_cli *cli)
{
    struct rz_project project;
    enum rz_status status = RZ_INVALID;
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_buffer_text(&json, prometheus(cli) ? "" : "{\"providers\":[");
    if (rz_cli_open(cli, &project, NULL, NULL))
        status = look_at_all(cli, &project, &json);
    if (cli->json) {
        rz_buffer_text(&json, "]");
        rz_json_key(&json, "diagnostics");
        rz_report_diags_json(&json, &cli->diags);
        rz_json_key(&json, "requests");
        rz_http_metrics_json(&json, cli->context.metrics);
        rz_buffer_text(&json, "}\n");
        rz_cli_json(cli, &json);
    } else if (prometheus(cli)) {
        rz_buffer_text(&cli->out.text,
                       "# HELP rezone_provider_healthy whether the provider can be used\n"
                       "# TYPE rezone_provider_healthy gauge\n");
        rz_buffer_str(&cli->out.text, rz_buffer_view(&json));
        rz_http_metrics_prometheus(&cli->out.text, cli->context.metrics);
    }
    rz_project_free(&project);
    return rz_cli_exit(status);
}
