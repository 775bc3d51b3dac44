/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading templates from their directory. */
#include "language/template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "language/fields.h"
#include "language/yaml.h"
#include "support/alloc.h"
#include "support/file.h"

#define TEMPLATE_SIZE_MAX ((size_t)16 << 20)

struct template_fields {
    const char *name, *description, *deprecated;
    uint64_t version;
    bool override;
    const struct rz_node *extends, *params, *rules, *vars, *ttl, *nameservers, *soa, *records,
        *each, *groups, *checks, *dnssec, *tests;
};

#define NODE(k, member, words)                                                                     \
    {                                                                                              \
        .key = k, .kind = RZ_FIELD_NODE, .offset = offsetof(struct template_fields, member),       \
        .summary = words                                                                           \
    }

const struct rz_field rz_template_fields[] = {
    {.key = "template",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct template_fields, name),
     .summary = "the template's name, where the file's is another"},
    {.key = "version",
     .kind = RZ_FIELD_UINT,
     .minimum = 1,
     .maximum = 1000000,
     .offset = offsetof(struct template_fields, version),
     .summary = "its version; several may live side by side"},
    {.key = "description",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct template_fields, description),
     .summary = "one line for people"},
    {.key = "deprecated",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct template_fields, deprecated),
     .summary = "what to use instead: using it warns"},
    {.key = "override",
     .kind = RZ_FIELD_BOOL,
     .fallback = "false",
     .offset = offsetof(struct template_fields, override),
     .summary = "may replace RRsets that unrelated templates gave"},
    NODE("extends", extends, "templates that this one builds on"),
    NODE("params", params, "typed parameters"),
    NODE("rules", rules, "assertions about the parameters"),
    NODE("vars", vars, "variables for the template's own use"),
    NODE("ttl", ttl, "TTL of its records that set none"),
    NODE("nameservers", nameservers, "the apex NS RRset"),
    NODE("soa", soa, "the SOA but its serial"),
    NODE("records", records, "RRsets by owner and type"),
    NODE("each", each, "records made in loops"),
    NODE("groups", groups, "records by purpose, of which an extender may pick some"),
    NODE("checks", checks, "what must work after apply, in every zone that extends the template"),
    NODE("dnssec", dnssec, "how zones that extend the template are signed"),
    NODE("tests", tests, "what the template must give, for `rezone template test`"),
    {0},
};

struct loader {
    struct rz_templates *templates;
    int project_dir;
    const char *directory;
    struct rz_diags *diags;
    bool failed;
};

/* "templates/mail/google@2.yaml" → "mail/google" and 2. */
static void name_of_path(struct loader *loader, struct rz_template *template)
{
    const char *path = template->path + strlen(loader->directory);
    while (*path == '/')
        path++;
    char *name = rz_arena_strdup(&loader->templates->arena, path);
    char *dot = strrchr(name, '.');
    if (dot)
        *dot = '\0';
    char *at = strrchr(name, '@');
    if (at && at[1] >= '1' && at[1] <= '9') {
        template->version = strtoull(at + 1, NULL, 10);
        *at = '\0';
    }
    template->name = name;
}

static bool read_head(struct loader *loader, struct rz_template *template)
{
    struct template_fields fields = {0};
    struct rz_field_reader reader = {&template->source, &loader->templates->arena, loader->diags};
    if (template->root->kind != RZ_NODE_MAP) {
        rz_diags_add(loader->diags, RZ1005, rz_node_place(&template->source, template->root),
                     "a template is a map, not %s", rz_node_kind_text(template->root));
        return false;
    }
    if (rz_fields_load(&reader, template->root, rz_template_fields, &fields) != RZ_OK)
        return false;
    name_of_path(loader, template);
    if (fields.name)
        template->name = fields.name;
    if (fields.version)
        template->version = fields.version;
    if (template->version == 0)
        template->version = 1;
    template->description = fields.description;
    template->deprecated = fields.deprecated;
    template->override = fields.override;
    template->extends = fields.extends;
    template->rules = fields.rules;
    template->vars = fields.vars;
    template->ttl = fields.ttl;
    template->nameservers = fields.nameservers;
    template->soa = fields.soa;
    template->records = fields.records;
    template->each = fields.each;
    template->groups = fields.groups;
    template->checks = fields.checks;
    template->dnssec = fields.dnssec;
    template->tests = fields.tests;
    return rz_parameters_load(&loader->templates->arena, &template->source, fields.params,
                              &template->params, &template->param_count, loader->diags)
           == RZ_OK;
}

static bool read_template(struct loader *loader, const char *path, struct rz_str text)
{
    struct rz_templates *templates = loader->templates;
    struct rz_template template = {.path = rz_arena_strdup(&templates->arena, path)};
    template.source = (struct rz_source){template.path, rz_arena_str(&templates->arena, text)};
    template.digest = rz_hash_of(template.source.text.data, template.source.text.size);
    template.root = rz_yaml_load(&template.source, &templates->arena, NULL, loader->diags);
    if (!template.root || !read_head(loader, &template))
        return false;
    templates->items = rz_grow(templates->items, &templates->capacity, templates->count + 1,
                               sizeof *templates->items);
    templates->items[templates->count++] = template;
    return true;
}

static enum rz_status load_file(void *user, const char *path)
{
    struct loader *loader = user;
    struct rz_buffer text = {0};
    if (!rz_str_ends_with(rz_str_of(path), ".yaml") && !rz_str_ends_with(rz_str_of(path), ".yml"))
        return RZ_OK;
    if (rz_file_read(loader->project_dir, path, TEMPLATE_SIZE_MAX, &text) != RZ_OK) {
        rz_diags_add(loader->diags, RZ1008, rz_place_named(path), "cannot read %s: %s", path,
                     strerror(errno));
        loader->failed = true;
    } else if (!read_template(loader, path, rz_buffer_view(&text))) {
        loader->failed = true;
    }
    rz_buffer_free(&text);
    return RZ_OK;
}

static int compare_templates(const void *left, const void *right)
{
    const struct rz_template *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    if (order)
        return order;
    if (a->version != b->version)
        return a->version > b->version ? -1 : 1;
    return strcmp(a->path, b->path);
}

static void check_once(struct loader *loader)
{
    struct rz_templates *templates = loader->templates;
    for (size_t i = 1; i < templates->count; i++) {
        const struct rz_template *a = &templates->items[i - 1], *b = &templates->items[i];
        if (strcmp(a->name, b->name) != 0 || a->version != b->version)
            continue;
        struct rz_diag *diag = rz_diags_add(loader->diags, RZ1401, rz_place_named(b->path),
                                            "template %s@%llu is in two files", b->name,
                                            (unsigned long long)b->version);
        rz_diag_related(loader->diags, diag, "the other is %s", a->path);
        rz_diag_hint(loader->diags, diag, "give one another `version:`");
        loader->failed = true;
    }
}

enum rz_status rz_templates_load(struct rz_templates *templates, int project_dir,
                                 const char *directory, struct rz_diags *diags)
{
    struct loader loader = {templates, project_dir, directory, diags, false};
    *templates = (struct rz_templates){0};
    enum rz_status status = rz_file_walk(project_dir, directory, load_file, &loader);
    if (status == RZ_NOT_FOUND || errno == ENOENT)
        status = RZ_OK;
    if (status != RZ_OK) {
        rz_diags_add(diags, RZ1008, rz_place_named(directory), "cannot read the templates: %s",
                     strerror(errno));
        return status;
    }
    if (templates->count)
        qsort(templates->items, templates->count, sizeof *templates->items, compare_templates);
    check_once(&loader);
    return loader.failed ? RZ_INVALID : RZ_OK;
}

enum rz_status rz_templates_add(struct rz_templates *templates, const char *directory,
                                const char *path, struct rz_str text, struct rz_diags *diags)
{
    struct loader loader = {templates, -1, directory, diags, false};
    if (!read_template(&loader, path, text))
        return RZ_INVALID;
    qsort(templates->items, templates->count, sizeof *templates->items, compare_templates);
    return RZ_OK;
}

void rz_templates_free(struct rz_templates *templates)
{
    rz_arena_free(&templates->arena);
    free(templates->items);
    *templates = (struct rz_templates){0};
}

/* Dots and slashes separate alike. */
static bool same_name(struct rz_str request, const char *name)
{
    if (request.size != strlen(name))
        return false;
    for (size_t i = 0; i < request.size; i++)
        if (request.data[i] != name[i] && !(request.data[i] == '.' && name[i] == '/'))
            return false;
    return true;
}

const struct rz_template *rz_templates_find(const struct rz_templates *templates,
                                            struct rz_str request)
{
    const char *at = memrchr(request.data, '@', request.size);
    struct rz_str name = {request.data, at ? (size_t)(at - request.data) : request.size};
    struct rz_str wanted = at ? (struct rz_str){at + 1, request.size - name.size - 1}
                              : (struct rz_str){"", 0};
    bool least = rz_str_starts_with(wanted, ">=");
    uint64_t version = wanted.size ? strtoull(wanted.data + (least ? 2 : 0), NULL, 10) : 0;
    for (size_t i = 0; templates && i < templates->count; i++) {
        const struct rz_template *template = &templates->items[i];
        if (same_name(name, template->name)
            && (wanted.size == 0
                || (least ? template->version >= version : template->version == version)))
            return template;
    }
    return NULL;
}

const char *rz_templates_nearest(const struct rz_templates *templates, struct rz_str request)
{
    size_t count = templates ? templates->count : 0;
    const char **names = rz_alloc((count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = templates->items[i].name;
    int nearest = rz_str_nearest(request, names, count);
    const char *name = nearest >= 0 ? names[nearest] : NULL;
    free(names);
    return name;
}
