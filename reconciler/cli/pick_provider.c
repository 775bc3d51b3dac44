/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Choosing a provider by name or by what it can do. */
#include "cli/pick_provider.h"

static enum rz_status refuse(struct rz_cli *cli, const char *message, const char *hint)
{
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0}, "%s", message);
    rz_diag_hint(&cli->diags, diag, "%s", hint);
    return RZ_INVALID;
}

static enum rz_status check_named(struct rz_cli *cli, struct rz_project *project, const char *name,
                                  bool (*can)(const struct rz_provider_ops *ops), const char *what)
{
    RZ_BUFFER_CLEANUP struct rz_buffer message = {0};
    for (size_t i = 0; i < project->provider_count; i++) {
        const struct rz_provider_entry *entry = &project->providers[i];
        if (strcmp(entry->name, name) != 0 || can(rz_provider_find(entry->kind)))
            continue;
        rz_buffer_printf(&message, "a provider of kind %s is none that %s", entry->kind, what);
        return refuse(cli, message.data, "name another one with --provider");
    }
    return RZ_OK;
}

enum rz_status rz_cli_pick_provider(struct rz_cli *cli, struct rz_project *project,
                                    bool (*can)(const struct rz_provider_ops *ops),
                                    const char *what, struct rz_provider **provider)
{
    const char *name = cli->options.last[RZ_OPT_PROVIDER];
    RZ_BUFFER_CLEANUP struct rz_buffer message = {0};
    size_t count = 0;
    if (name) {
        enum rz_status status = check_named(cli, project, name, can, what);
        return status == RZ_OK ? rz_project_provider(project, name, provider, &cli->diags) : status;
    }
    for (size_t i = 0; i < project->provider_count; i++)
        if (can(rz_provider_find(project->providers[i].kind))) {
            name = project->providers[i].name;
            count++;
        }
    if (count == 1)
        return rz_project_provider(project, name, provider, &cli->diags);
    rz_buffer_printf(&message, "%s provider of rezone.yaml %s", count ? "more than one" : "no",
                     what);
    return refuse(cli, message.data,
                  count ? "say which with --provider NAME"
                        : "DNS.services is one: `kind: dnsservices`");
}
