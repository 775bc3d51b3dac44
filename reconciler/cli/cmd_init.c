/* SPDX-License-Identifier: GPL-3.0-or-later */
/* init: a project to start from, the same as examples/quickstart, or with the zones of other files. */
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
#define EXAMPLE 1 /* the zone, which is not written where zones come from elsewhere */

/* A project, or any of its files, may be here already: nothing of it is touched. */
static bool check_absent(struct rz_cli *cli)
{
    for (size_t i = 0; i < FILES; i++) {
        RZ_BUFFER_CLEANUP struct rz_buffer content = {0};
        bool ignorable = strcmp(files[i].path, ".gitignore") == 0
                         || (i == EXAMPLE && cli->options.given[RZ_OPT_FROM]);
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

/* Live zones need a server, which only the project can name. */
static bool check_source(struct rz_cli *cli)
{
    const char *from = cli->options.last[RZ_OPT_FROM];
    struct rz_diag *diag;
    if (!from && cli->argument_count == 0)
        return true;
    if (!from) {
        diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0}, "what is in %s is not said",
                            cli->arguments[0]);
        rz_diag_hint(
            &cli->diags, diag,
            "--from octodns or --from bind; the project itself is started in this directory, "
            "or in that of -C DIR");
        return false;
    }
    if (strcmp(from, "live") != 0)
        return true;
    diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                        "live zones can be read once rezone.yaml names their server");
    rz_diag_hint(&cli->diags, diag,
                 "run `rezone init`, put the server under `providers:`, then "
                 "`rezone import --from live --provider NAME`");
    return false;
}

/* rezone.yaml and what git shall ignore, then the zones. */
static int init_from(struct rz_cli *cli)
{
    for (size_t i = 0; i < FILES; i++)
        if (i != EXAMPLE)
            write_file(cli, i);
    return cli->diags.errors ? RZ_EXIT_ERROR : rz_command_import(cli);
}

int rz_command_init(struct rz_cli *cli)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    if (!check_source(cli) || !check_absent(cli))
        return RZ_EXIT_ERROR;
    if (cli->options.given[RZ_OPT_FROM])
        return init_from(cli);
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
