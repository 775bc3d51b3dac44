/* SPDX-License-Identifier: GPL-3.0-or-later */
/* template new, clone, rename and delete: files of templates. Nothing is overwritten, and nothing that is
 * in use goes away. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/templates.h"
#include "language/yaml.h"
#include "support/file.h"
#include "support/json_write.h"

#define USES_SHOWN 20
#define NAME_MAX_OCTETS 200

/* A name for a new template: "mail/google" or "web@2". */
struct new_name {
    struct rz_str name;
    uint64_t version; /* 0: not said */
    const char *path;
};

static bool refuse_name(struct rz_cli *cli, const char *text)
{
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        "`%.200s` is no name for a template", text);
    rz_diag_hint(&cli->diags, diag,
                 "names have letters, digits, `-` and `_`, folders by `/`, and may end in a "
                 "version: web, mail/google, web@2");
    return false;
}

static bool is_folder_name(struct rz_str name)
{
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                      || c == '_';
        bool first = i == 0 || name.data[i - 1] == '/';
        if (!letter && (first || (c != '-' && c != '/')))
            return false;
    }
    return name.size > 0 && name.size <= NAME_MAX_OCTETS && name.data[name.size - 1] != '/';
}

static bool read_name(struct rz_cli *cli, const char *text, struct new_name *name)
{
    const char *at = strchr(text, '@');
    *name = (struct new_name){.name = {text, at ? (size_t)(at - text) : strlen(text)}};
    if (!is_folder_name(name->name))
        return refuse_name(cli, text);
    if (at) {
        char *end;
        name->version = strtoull(at + 1, &end, 10);
        if (at[1] < '1' || at[1] > '9' || *end || name->version > 1000000)
            return refuse_name(cli, text);
    }
    name->path = rz_arena_printf(&cli->arena, "templates/%s.yaml", text);
    return true;
}

static bool is_free(struct rz_cli *cli, const struct rz_template_view *view,
                    const struct new_name *name)
{
    struct stat there;
    const struct rz_templates *templates = &view->project.templates;
    const char *taken = fstatat(cli->context.project_dir, name->path, &there, AT_SYMLINK_NOFOLLOW)
                                == 0
                            ? name->path
                            : NULL;
    for (size_t i = 0; i < templates->count && !taken; i++)
        if (rz_str_is(name->name, templates->items[i].name)
            && templates->items[i].version == (name->version ? name->version : 1))
            taken = templates->items[i].path;
    if (!taken)
        return true;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9003, rz_place_named(taken),
                                        "there is one already");
    rz_diag_hint(&cli->diags, diag, "choose another name, or a version such as %.*s@2",
                 RZ_STR_ARG(name->name));
    return false;
}

static bool write_file(struct rz_cli *cli, const char *path, struct rz_str text)
{
    if (rz_file_replace(cli->context.project_dir, path, text, 0644) == RZ_OK)
        return true;
    rz_diags_add(&cli->diags, RZ9002, rz_place_named(path), "cannot be written: %s",
                 strerror(errno));
    return false;
}

static int report(struct rz_cli *cli, bool good, const char *words, const char *path)
{
    if (!good)
        return RZ_EXIT_ERROR;
    if (cli->json) {
        RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
        rz_buffer_char(&json, '{');
        rz_json_text(&json, "done", words);
        rz_json_text(&json, "path", path);
        rz_buffer_text(&json, "}\n");
        rz_cli_json(cli, &json);
    } else {
        rz_buffer_printf(&cli->out.text, "%s ", words);
        rz_buffer_visible(&cli->out.text, rz_str_of(path));
        rz_buffer_char(&cli->out.text, '\n');
    }
    return RZ_EXIT_DONE;
}

/* ---- new ---- */

static const char starter[] =
    "# A zone extends it:   extends: [{%s: {ip: 192.0.2.1}}]\n"
    "# `rezone template show %s` explains it, `rezone template test %s` runs the tests below.\n"
    "template: %s\n"
    "version: %llu\n"
    "description: One line that says what it is for\n"
    "\n"
    "# What an extender gives. Types: string, bool, int, float, duration, size, ipv4, ipv6, ip, cidr, name,\n"
    "# label, email, url, list, map. Without `default` and `required`, a parameter may be left out.\n"
    "params:\n"
    "  ip: {type: ipv4, required: true, description: Where the site is}\n"
    "  ttl: {type: duration, default: 1h, min: 1m, max: 1d}\n"
    "\n"
    "# Checked after the parameters are bound.\n"
    "rules:\n"
    "  - assert: ttl <= duration(\"1d\")\n"
    "    message: a day is long enough\n"
    "\n"
    "# Templates that this one builds on: extends: [base]\n"
    "\n"
    "records:\n"
    "  \"@\": {A: {values: \"${ip}\", ttl: \"${ttl}\"}}\n"
    "  www: {CNAME: \"@\"}\n"
    "\n"
    "# Run by `rezone template test`.\n"
    "tests:\n"
    "  - name: the address is at the apex\n"
    "    with: {ip: 192.0.2.1}\n"
    "    expect:\n"
    "      \"@\": {A: 192.0.2.1}\n"
    "      www: {CNAME: \"@\"}\n"
    "  - name: an address is an address\n"
    "    with: {ip: 300.1.1.1}\n"
    "    error: ip\n";

int rz_command_template_new(struct rz_cli *cli)
{
    struct rz_template_view view;
    struct new_name name;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    bool good = rz_template_view_open(cli, &view) && read_name(cli, cli->arguments[0], &name)
                && is_free(cli, &view, &name);
    if (good) {
        const char *word = rz_arena_str(&cli->arena, name.name).data;
        rz_buffer_printf(&text, starter, word, word, word, word,
                         (unsigned long long)(name.version ? name.version : 1));
        good = write_file(cli, name.path, rz_buffer_view(&text));
    }
    rz_template_view_close(&view);
    return report(cli, good, "wrote", good ? name.path : NULL);
}

/* ---- clone and rename ---- */

/* The octets of a scalar in its source, quotes included. */
static bool find_scalar(struct rz_str text, const struct rz_node *node, size_t *from, size_t *to)
{
    size_t at = 0;
    for (uint32_t line = 1; line < node->line; line++) {
        const char *end = memchr(text.data + at, '\n', text.size - at);
        if (!end)
            return false;
        at = (size_t)(end + 1 - text.data);
    }
    for (uint32_t column = 1; column < node->column && at < text.size; column++)
        for (at++; at < text.size && ((unsigned char)text.data[at] & 0xc0) == 0x80;)
            at++;
    *from = at;
    char quote = at < text.size ? text.data[at] : '\0';
    if (quote == '"' || quote == '\'') {
        const char *end = memchr(text.data + at + 1, quote, text.size - at - 1);
        *to = end ? (size_t)(end + 1 - text.data) : 0;
        return end != NULL;
    }
    *to = at + node->count;
    return *to <= text.size && memcmp(text.data + at, node->text, node->count) == 0;
}

/* One change of the text. */
struct change {
    size_t from, to;
    const char *with;
};

static bool note_change(struct rz_cli *cli, const struct rz_template *template, const char *key,
                        const char *with, struct change *changes, size_t *count)
{
    const struct rz_node *node = rz_node_get(template->root, key);
    if (!node || !with)
        return true;
    struct change *change = &changes[*count];
    if (node->kind != RZ_NODE_SCALAR
        || !find_scalar(template->source.text, node, &change->from, &change->to)) {
        rz_diags_add(&cli->diags, RZ9001, rz_node_place(&template->source, node),
                     "`%s` is written in a way that cannot be changed here; change it by hand",
                     key);
        return false;
    }
    change->with = with;
    (*count)++;
    return true;
}

/* The template's text under its new name and version, comments and all. */
static bool rewrite(struct rz_cli *cli, const struct rz_template *template,
                    const struct new_name *name, struct rz_buffer *out)
{
    struct change changes[2] = {0};
    size_t count = 0, at = 0;
    struct rz_str text = template->source.text;
    const char *version = rz_arena_printf(&cli->arena, "%llu",
                                          (unsigned long long)(name->version ? name->version : 1));
    if (!note_change(cli, template, "template", rz_arena_str(&cli->arena, name->name).data, changes,
                     &count)
        || !note_change(cli, template, "version", version, changes, &count))
        return false;
    if (count == 2 && changes[0].from > changes[1].from) {
        struct change first = changes[1];
        changes[1] = changes[0];
        changes[0] = first;
    }
    for (size_t i = 0; i < count; i++) {
        rz_buffer_append(out, text.data + at, changes[i].from - at);
        rz_buffer_text(out, changes[i].with);
        at = changes[i].to;
    }
    rz_buffer_append(out, text.data + at, text.size - at);
    return true;
}

static bool remove_file(struct rz_cli *cli, const char *path)
{
    if (unlinkat(cli->context.project_dir, path, 0) == 0)
        return true;
    rz_diags_add(&cli->diags, RZ9002, rz_place_named(path), "cannot be deleted: %s",
                 strerror(errno));
    return false;
}

/* Writes the template under the second argument's name. */
static const struct rz_template *copy(struct rz_cli *cli, struct rz_template_view *view,
                                      const struct rz_template *template, struct new_name *name)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (!template || !read_name(cli, cli->arguments[1], name))
        return NULL;
    bool good = is_free(cli, view, name) && rewrite(cli, template, name, &text)
                && write_file(cli, name->path, rz_buffer_view(&text));
    return good ? template : NULL;
}

int rz_command_template_clone(struct rz_cli *cli)
{
    struct rz_template_view view;
    struct new_name name = {0};
    const struct rz_template *template = NULL;
    if (rz_template_view_open(cli, &view))
        template = copy(cli, &view, rz_template_view_find(cli, &view, cli->arguments[0], false),
                        &name);
    rz_template_view_close(&view);
    return report(cli, template != NULL, "wrote", name.path);
}

/* Says who uses the template. */
static bool is_unused(struct rz_cli *cli, const struct rz_template_view *view,
                      const struct rz_template *template, const char *words)
{
    size_t used = 0;
    for (size_t i = 0; i < view->uses.count; i++) {
        const struct rz_template_use *use = &view->uses.items[i];
        if (use->template != template || used++ >= USES_SHOWN)
            continue;
        struct rz_place place = {.name = use->path, .line = use->line, .column = use->column};
        const char *who = use->by ? rz_arena_printf(&cli->arena, "template %s",
                                                    rz_template_label(cli, use->by))
                                  : rz_arena_printf(&cli->arena, "zone %s", use->zone);
        rz_diags_add(&cli->diags, RZ1411, place, "%s extends %s, which is not %s", who,
                     use->request, words);
    }
    if (used > USES_SHOWN)
        rz_diags_add(&cli->diags, RZ1411, (struct rz_place){0}, "and %zu others extend it",
                     used - USES_SHOWN);
    return used == 0;
}

int rz_command_template_rename(struct rz_cli *cli)
{
    struct rz_template_view view;
    struct new_name name = {0};
    const struct rz_template *template = NULL;
    bool refused = false;
    if (rz_template_view_open(cli, &view))
        template = rz_template_view_find(cli, &view, cli->arguments[0], true);
    if (template)
        refused = !is_unused(cli, &view, template, "renamed");
    if (refused)
        template = NULL;
    template = copy(cli, &view, template, &name);
    if (template && !remove_file(cli, template->path))
        template = NULL;
    rz_template_view_close(&view);
    return refused ? RZ_EXIT_REFUSED : report(cli, template != NULL, "renamed to", name.path);
}

int rz_command_template_delete(struct rz_cli *cli)
{
    struct rz_template_view view;
    const struct rz_template *template = NULL;
    const char *path = NULL;
    bool refused = false;
    if (rz_template_view_open(cli, &view))
        template = rz_template_view_find(cli, &view, cli->arguments[0], true);
    if (template)
        refused = !is_unused(cli, &view, template, "deleted");
    if (template && !refused && remove_file(cli, template->path))
        path = rz_arena_strdup(&cli->arena, template->path);
    rz_template_view_close(&view);
    return refused ? RZ_EXIT_REFUSED : report(cli, path != NULL, "deleted", path);
}
