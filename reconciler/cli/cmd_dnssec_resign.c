/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dnssec resign: signatures that end soon are made anew, where rezone itself signs. For a timer. */
#include "cli/commands.h"
#include "dnssec.h"
#include "support/json_write.h"

struct resigning {
    struct rz_cli *cli;
    struct rz_buffer json; /* of zones */
    size_t zones;          /* signed here */
};

static void report_text(struct rz_cli *cli, const char *zone, const char *target,
                        const struct rz_resigned *result)
{
    char time[RZ_TIME_TEXT_MAX];
    rz_buffer_printf(&cli->out.text, "%s → %s: ", zone, target);
    if (result->done)
        rz_buffer_printf(&cli->out.text, "signed anew, serial %u\n", result->serial);
    else
        rz_buffer_printf(&cli->out.text, "nothing to do before %s\n",
                         rz_time_text(time, result->due));
}

static void report_json(struct rz_buffer *json, const char *zone, const char *target,
                        const struct rz_resigned *result)
{
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    rz_json_time(json, "due", result->due);
    rz_json_bool(json, "resigned", result->done);
    rz_json_int(json, "serial", result->serial);
    rz_json_text(json, "target", target);
    rz_json_text(json, "zone", zone);
    rz_buffer_char(json, '}');
}

static enum rz_status resign_at(struct resigning *r, struct rz_project *project,
                                const struct rz_zone_entry *entry, const char *target)
{
    char zone[RZ_NAME_TEXT_MAX];
    struct rz_provider *provider;
    struct rz_resigned result = {0};
    struct rz_diags *diags = &r->cli->diags;
    enum rz_status status = rz_project_provider(project, target, &provider, diags);
    if (status != RZ_OK)
        return status;
    if (!provider->ops->dnssec || !provider->ops->dnssec->resign)
        return RZ_OK;
    status = provider->ops->dnssec->resign(provider, entry->apex.wire, &result, diags);
    if (status == RZ_UNSUPPORTED)
        return RZ_OK;
    if (status != RZ_OK || !result.is_signed)
        return status;
    r->zones++;
    rz_name_text_plain(zone, entry->apex.wire);
    if (r->cli->json)
        report_json(&r->json, zone, target, &result);
    else
        report_text(r->cli, zone, target, &result);
    return RZ_OK;
}

static enum rz_status resign_all(struct resigning *r, struct rz_project *project,
                                 const struct rz_zone_list *zones)
{
    enum rz_status result = RZ_OK;
    for (size_t i = 0; i < zones->count && !rz_context_cancelled(&r->cli->context); i++) {
        const struct rz_strings *targets = &zones->items[i].rule->targets;
        for (size_t k = 0; k < targets->count; k++) {
            enum rz_status status = resign_at(r, project, &zones->items[i], targets->items[k]);
            result = status == RZ_OK ? result : status;
        }
    }
    return result;
}

int rz_command_dnssec_resign(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_strings globs = rz_cli_globs(cli);
    struct resigning r = {.cli = cli};
    enum rz_status status = RZ_INVALID;
    if (rz_cli_open(cli, &project, &zones, &globs)) {
        status = resign_all(&r, &project, &zones);
        if (cli->json && status == RZ_OK) {
            RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
            rz_buffer_printf(&json, "{\"zones\":[%s]}\n", r.json.size ? r.json.data : "");
            rz_cli_json(cli, &json);
        } else if (!cli->json && status == RZ_OK && !r.zones) {
            rz_buffer_text(&cli->out.text, "No zone is signed by rezone itself.\n");
        }
    }
    rz_buffer_free(&r.json);
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return rz_cli_exit(status);
}
