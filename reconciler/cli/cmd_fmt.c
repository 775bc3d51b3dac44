/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fmt: the canonical layout of the project's YAML files. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "language/format.h"
#include "language/yaml.h"
#include "support/file.h"
#include "support/json_write.h"

struct formatting {
    struct rz_cli *cli;
    struct rz_buffer json;
    size_t files, changed, failed;
};

static bool is_yaml(const char *path)
{
    return rz_str_ends_with(rz_str_of(path), ".yaml") || rz_str_ends_with(rz_str_of(path), ".yml");
}

static mode_t mode_of(struct rz_cli *cli, const char *path)
{
    struct stat there;
    return fstatat(cli->context.project_dir, path, &there, AT_SYMLINK_NOFOLLOW) == 0
               ? there.st_mode & 0777
               : 0644;
}

static void note_change(struct formatting *formatting, const char *path)
{
    struct rz_cli *cli = formatting->cli;
    formatting->changed++;
    if (cli->json) {
        rz_json_comma(&formatting->json);
        rz_json_string(&formatting->json, rz_str_of(path));
        return;
    }
    rz_buffer_text(&cli->out.text, cli->options.given[RZ_OPT_CHECK] ? "would change " : "changed ");
    rz_buffer_visible(&cli->out.text, rz_str_of(path));
    rz_buffer_char(&cli->out.text, '\n');
}

static enum rz_status format_file(void *user, const char *path)
{
    struct formatting *formatting = user;
    struct rz_cli *cli = formatting->cli;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0}, formatted = {0};
    if (!is_yaml(path))
        return RZ_OK;
    formatting->files++;
    if (rz_file_read(cli->context.project_dir, path, RZ_YAML_SIZE_MAX, &text) != RZ_OK) {
        rz_diags_add(&cli->diags, RZ1008, rz_place_named(path), "cannot read %s: %s", path,
                     strerror(errno));
        formatting->failed++;
        return RZ_OK;
    }
    struct rz_source source = {path, rz_buffer_view(&text)};
    if (rz_yaml_format(&formatted, &source, &cli->diags) != RZ_OK) {
        formatting->failed++;
        return RZ_OK;
    }
    if (rz_str_equal(rz_buffer_view(&text), rz_buffer_view(&formatted)))
        return RZ_OK;
    if (!cli->options.given[RZ_OPT_CHECK]
        && rz_file_replace(cli->context.project_dir, path, rz_buffer_view(&formatted),
                           mode_of(cli, path))
               != RZ_OK) {
        rz_diags_add(&cli->diags, RZ9002, rz_place_named(path), "cannot be written: %s",
                     strerror(errno));
        formatting->failed++;
        return RZ_OK;
    }
    note_change(formatting, path);
    return RZ_OK;
}

static void format_path(struct formatting *formatting, const char *path)
{
    struct rz_cli *cli = formatting->cli;
    struct stat there;
    if (fstatat(cli->context.project_dir, path, &there, 0) != 0) {
        rz_diags_add(&cli->diags, RZ1008, rz_place_named(path), "cannot read %s: %s", path,
                     strerror(errno));
        formatting->failed++;
    } else if (S_ISDIR(there.st_mode)) {
        rz_file_walk(cli->context.project_dir, path, format_file, formatting);
    } else {
        format_file(formatting, path);
    }
}

/* rezone.yaml, the directories of native and OctoDNS zones, the templates. */
static void format_project(struct formatting *formatting)
{
    struct rz_cli *cli = formatting->cli;
    struct rz_project project;
    struct stat there;
    if (rz_cli_open(cli, &project, NULL, NULL)) {
        format_file(formatting, project.source.name);
        for (size_t i = 0; i < project.source_count; i++)
            if (project.sources[i].format != RZ_FORMAT_ZONEFILE)
                format_path(formatting, project.sources[i].directory);
        if (fstatat(cli->context.project_dir, "templates", &there, 0) == 0)
            format_path(formatting, "templates");
    }
    rz_project_free(&project);
}

int rz_command_fmt(struct rz_cli *cli)
{
    struct formatting formatting = {.cli = cli};
    rz_buffer_text(&formatting.json, "{\"changed\":[");
    if (cli->argument_count == 0)
        format_project(&formatting);
    for (size_t i = 0; i < cli->argument_count; i++)
        format_path(&formatting, cli->arguments[i]);
    if (cli->json) {
        rz_buffer_text(&formatting.json, "],\"diagnostics\":");
        rz_report_diags_json(&formatting.json, &cli->diags);
        rz_buffer_printf(&formatting.json, ",\"files\":%zu}\n", formatting.files);
        rz_cli_json(cli, &formatting.json);
    } else {
        rz_buffer_printf(
            &cli->out.text, "%zu files, %zu %s, %zu failed\n", formatting.files, formatting.changed,
            cli->options.given[RZ_OPT_CHECK] ? "to change" : "changed", formatting.failed);
    }
    rz_buffer_free(&formatting.json);
    if (cli->diags.errors)
        return RZ_EXIT_ERROR;
    return cli->options.given[RZ_OPT_CHECK] && formatting.changed ? RZ_EXIT_CHANGES : RZ_EXIT_DONE;
}
