/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Templates and their users, for the `template` commands. */
#include "cli/templates.h"

#include <errno.h>
#include <stdlib.h>

#include "language/yaml.h"
#include "support/alloc.h"
#include "support/file.h"

static bool add_zone(struct rz_cli *cli, struct rz_template_view *view,
                     const struct rz_zone_entry *entry)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    char zone[RZ_NAME_TEXT_MAX];
    if (entry->format != RZ_FORMAT_NATIVE)
        return true; /* only native documents extend */
    if (rz_file_read(cli->context.project_dir, entry->path, RZ_YAML_SIZE_MAX, &text) != RZ_OK) {
        rz_diags_add(&cli->diags, RZ1008, rz_place_named(entry->path), "cannot read %s: %s",
                     entry->path, strerror(errno));
        return false;
    }
    struct rz_source source = {entry->path, rz_buffer_view(&text)};
    rz_name_text_plain(zone, entry->apex.wire);
    return rz_template_uses_of_zone(&view->uses, &view->project.templates, &source, zone,
                                    &cli->diags)
           == RZ_OK;
}

bool rz_template_view_open(struct rz_cli *cli, struct rz_template_view *view)
{
    *view = (struct rz_template_view){0};
    bool good = rz_cli_open(cli, &view->project, &view->zones, NULL);
    const struct rz_templates *templates = &view->project.templates;
    rz_template_uses_of_templates(&view->uses, templates);
    for (size_t i = 0; good && i < view->zones.count; i++)
        good &= add_zone(cli, view, &view->zones.items[i]);
    view->zone_counts = rz_alloc_zero(templates->count + 1, sizeof *view->zone_counts);
    rz_template_uses_count(&view->uses, templates, view->zone_counts);
    return good;
}

void rz_template_view_close(struct rz_template_view *view)
{
    free(view->zone_counts);
    rz_template_uses_free(&view->uses);
    rz_zone_list_free(&view->zones);
    rz_project_free(&view->project);
}

const struct rz_template *rz_template_view_find(struct rz_cli *cli,
                                                const struct rz_template_view *view,
                                                const char *request, bool single)
{
    const struct rz_templates *templates = &view->project.templates;
    struct rz_str wanted = rz_str_of(request);
    const struct rz_template *template = rz_templates_find(templates, wanted);
    if (!template) {
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ1403, (struct rz_place){0},
                                            "there is no template `%.*s`", RZ_STR_ARG(wanted));
        const char *nearest = rz_templates_nearest(templates, wanted);
        if (nearest)
            rz_diag_hint(&cli->diags, diag, "did you mean `%s`?", nearest);
        else
            rz_diag_hint(&cli->diags, diag, "`rezone template list` shows those there are");
        return NULL;
    }
    size_t versions = 0;
    for (size_t i = 0; i < templates->count; i++)
        versions += strcmp(templates->items[i].name, template->name) == 0;
    if (!single || versions < 2 || memchr(wanted.data, '@', wanted.size))
        return template;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        "there are %zu versions of template %s", versions,
                                        template->name);
    rz_diag_hint(&cli->diags, diag, "say which, such as `%s`", rz_template_label(cli, template));
    return NULL;
}

const char *rz_template_label(struct rz_cli *cli, const struct rz_template *template)
{
    return rz_arena_printf(&cli->arena, "%s@%llu", template->name,
                           (unsigned long long)template->version);
}

const char *rz_template_use_place(struct rz_cli *cli, const struct rz_template_use *use)
{
    return rz_arena_printf(&cli->arena, "%s:%u:%u", use->path, use->line, use->column);
}

const char *rz_template_groups(struct rz_cli *cli, const struct rz_template *template)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    const struct rz_node *groups = template->groups;
    for (uint32_t i = 0; groups && groups->kind == RZ_NODE_MAP && i < groups->count; i++)
        rz_buffer_printf(&text, "%s%s", i ? ", " : "", groups->pairs[i].key->text);
    return rz_arena_str(&cli->arena, rz_buffer_view(&text)).data;
}
