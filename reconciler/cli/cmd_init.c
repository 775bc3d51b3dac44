/* SPDX-License-Identifier: GPL-3.0-or-later */
/* init: a project to start from, the same as examples/quickstart. */
#include <errno.h>

#include "cli/commands.h"
#include "support/file.h"
#include "support/json_write.h"

extern const char rz_embedded_starter_project[], rz_embedded_starter_zone[];

static const struct {
    const char *path, *content;
} files[] = {
    {"rezone.yaml", rz_embedded_starter_project},
    {"zones/example.com.yaml", rz_embedded_starter_zone},
    {".gitignore", "# State and caches of rezone\n.rezone/\n"},
};
#define FILES (sizeof files / sizeof *files)

/* A project, or any of its files, may be here already: nothing of it is touched. */
static bool check_absent(struct rz_cli *cli)
{
    for (size_t i = 0; i < FILES; i++) {
        RZ_BUFFER_CLEANUP struct rz_buffer content = {0};
        bool ignorable = strcmp(files[i].path, ".gitignore") == 0;
        if (ignorable
            || rz_file_read(cli->context.project_dir, files[i].path, 1, &content) == RZ_NOT_FOUND)
            continue;
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9003, rz_place_named(files[i].path),
                                            "exists already; nothing was written");
        rz_diag_hint(&cli->diags, diag, "start in an empty directory, or go on with what is here");
    }
    return cli->diags.errors == 0;
}

static bool write_file(struct rz_cli *cli, size_t i)
{
    RZ_BUFFER_CLEANUP struct rz_buffer content = {0};
    if (strcmp(files[i].path, ".gitignore") == 0
        && rz_file_read(cli->context.project_dir, files[i].path, 1, &content) != RZ_NOT_FOUND)
        return false; /* the user's own stays */
    if (rz_file_replace(cli->context.project_dir, files[i].path, rz_str_of(files[i].content), 0644)
        == RZ_OK)
        return true;
    rz_diags_add(&cli->diags, RZ9002, rz_place_named(files[i].path), "cannot be written: %s",
                 strerror(errno));
    return false;
}

int rz_command_init(struct rz_cli *cli)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    if (!check_absent(cli))
        return RZ_EXIT_ERROR;
    rz_buffer_text(&json, "{\"written\":[");
    for (size_t i = 0; i < FILES; i++) {
        if (!write_file(cli, i))
            continue;
        rz_json_comma(&json);
        rz_json_string(&json, rz_str_of(files[i].path));
        if (!cli->json)
            rz_buffer_printf(&cli->out.text, "wrote %s\n", files[i].path);
    }
    if (cli->diags.errors)
        return RZ_EXIT_ERROR;
    rz_buffer_text(&json, "]}\n");
    if (cli->json)
        rz_cli_json(cli, &json);
    else
        rz_buffer_text(&cli->out.text, "Next: rezone plan, then rezone apply\n");
    return RZ_EXIT_DONE;
}
