/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Applying templates: arguments bound, rules checked, bodies loaded, depth first. */
#include <stdio.h>
#include <stdlib.h>

#include "language/fields.h"
#include "language/layers.h"
#include "support/alloc.h"

#define APPLICATIONS_MAX 1000 /* of one zone */
#define DEPTH_MAX 32

struct applier {
    struct rz_application_list *list;
    struct rz_document *document; /* of the zone */
    const struct rz_template *stack[DEPTH_MAX];
    size_t depth;
};

/* One entry of `extends`. */
struct request {
    const struct rz_node *node, *arguments; /* arguments may be NULL */
    struct rz_str name;
    const struct rz_node *groups; /* NULL: all */
    bool override;
};

static bool apply_all(struct applier *applier, struct rz_document *from,
                      const struct rz_node *extends, size_t **applied, size_t *applied_count);

/* "web", {web: {ip: …}}, {web: {…}, groups: [web], override: true} */
static bool read_request(struct rz_document *from, const struct rz_node *node,
                         struct request *request)
{
    *request = (struct request){.node = node};
    if (node->kind == RZ_NODE_SCALAR) {
        request->name = rz_node_str(node);
        return true;
    }
    bool good = node->kind == RZ_NODE_MAP;
    for (uint32_t i = 0; good && i < node->count; i++) {
        const struct rz_pair *pair = &node->pairs[i];
        struct rz_str key = rz_node_str(pair->key);
        if (rz_str_is(key, "groups") && request->name.size) {
            request->groups = pair->value;
        } else if (rz_str_is(key, "override") && request->name.size) {
            request->override = pair->value->kind == RZ_NODE_SCALAR
                                && rz_str_is(rz_node_str(pair->value), "true");
        } else if (request->name.size == 0) {
            request->name = key;
            request->node = pair->key;
            request->arguments = pair->value->kind == RZ_NODE_NULL ? NULL : pair->value;
        } else {
            good = false;
        }
    }
    if (good && request->name.size
        && (!request->arguments || request->arguments->kind == RZ_NODE_MAP))
        return true;
    struct rz_diag *diag = rz_document_error(
        from, RZ1005, node, "an entry of `extends` is a template's name, or a map");
    rz_diag_hint(
        from->diags, diag,
        "write `web`, `{web: {ip: 192.0.2.1}}` or `{web: {…}, groups: [a], override: true}`");
    return false;
}

static const struct rz_template *find(struct applier *applier, struct rz_document *from,
                                      const struct request *request)
{
    const struct rz_templates *templates = applier->document->options->templates;
    const struct rz_template *template = rz_templates_find(templates, request->name);
    if (template) {
        if (template->deprecated) {
            struct rz_diag *diag = rz_diags_add(
                from->diags, RZ1408, rz_node_place(from->source, request->node),
                "template %s is deprecated: %s", template->name, template->deprecated);
            if (from->chain)
                rz_diag_related(from->diags, diag, "%s", from->chain);
        }
        return template;
    }
    struct rz_diag *diag = rz_document_error(
        from, RZ1403, request->node, "there is no template `%.*s`", RZ_STR_ARG(request->name));
    const char *nearest = rz_templates_nearest(templates, request->name);
    if (nearest)
        rz_diag_hint(from->diags, diag, "did you mean `%s`?", nearest);
    else
        rz_diag_hint(from->diags, diag, "templates are files below templates/: templates/%.*s.yaml",
                     RZ_STR_ARG(request->name));
    return NULL;
}

static bool check_circle(struct applier *applier, struct rz_document *from,
                         const struct request *request, const struct rz_template *template)
{
    RZ_BUFFER_CLEANUP struct rz_buffer circle = {0};
    bool found = false;
    for (size_t i = 0; i < applier->depth; i++) {
        found |= applier->stack[i] == template;
        if (found)
            rz_buffer_printf(&circle, "%s → ", applier->stack[i]->name);
    }
    if (!found && applier->depth < DEPTH_MAX)
        return true;
    rz_document_error(from, RZ1406, request->node, "templates extend each other%s: %s%s",
                      found ? " in a circle" : " too deeply", circle.data ? circle.data : "",
                      template->name);
    return false;
}

/* A name that an extender has, -D, `vars` and the environment included, rezone.yaml not: defaults of
 * templates come before that. */
static const struct rz_value *look_up(const struct rz_document *from,
                                      const struct rz_bindings *until, const char *name)
{
    for (const struct rz_bindings *at = from->scope.bindings; at && at != until; at = at->outer)
        for (size_t i = 0; i < at->count; i++)
            if (rz_str_is(at->items[i].name, name))
                return &at->items[i].value;
    return NULL;
}

static bool check_argument_names(struct rz_document *from, const struct request *request,
                                 const struct rz_template *template)
{
    bool good = true;
    for (uint32_t i = 0; request->arguments && i < request->arguments->count; i++) {
        const struct rz_node *key = request->arguments->pairs[i].key;
        const char *names[256];
        size_t count = 0;
        bool known = false;
        for (size_t k = 0; k < template->param_count && count < 256; k++) {
            names[count++] = template->params[k].name;
            known |= rz_str_is(rz_node_str(key), template->params[k].name);
        }
        if (known)
            continue;
        good = false;
        struct rz_diag *diag = rz_document_error(
            from, RZ1404, key, "template %s has no parameter `%.60s`", template->name, key->text);
        int nearest = rz_str_nearest(rz_node_str(key), names, count);
        if (nearest >= 0)
            rz_diag_hint(from->diags, diag, "did you mean `%s`?", names[nearest]);
        else
            rz_diag_hint(from->diags, diag, "`rezone template show %s` lists its parameters",
                         template->name);
    }
    return good;
}

/* The value of one parameter, and the node to point at when it does not fit. */
static bool bind_parameter(struct applier *applier, struct rz_document *from,
                           const struct request *request, const struct rz_template *template,
                           const struct rz_parameter *parameter, struct rz_value *value)
{
    const struct rz_node *given = request->arguments
                                      ? rz_node_get(request->arguments, parameter->name)
                                      : NULL;
    const struct rz_value *found = NULL;
    const char *why = NULL;
    if (given) {
        from->scope.failed = false;
        *value = rz_scope_value(&from->scope, given);
        from->failed |= from->scope.failed;
        if (from->scope.failed)
            return false;
    } else if ((found = look_up(from, applier->document->project, parameter->name)) != NULL) {
        *value = *found;
    } else if (parameter->fallback_node) {
        *value = parameter->fallback;
        return true;
    } else if ((found = rz_bindings_find(applier->document->project, rz_str_of(parameter->name)))
               != NULL) {
        *value = *found;
    } else if (parameter->required) {
        struct rz_diag *diag = rz_document_error(
            from, RZ1404, request->node, "template %s needs `%s`", template->name, parameter->name);
        rz_diag_hint(from->diags, diag, "write `%s: {%s: …}`, %s%s", template->name,
                     parameter->name, rz_parameter_type_text(parameter->type),
                     parameter->description ? parameter->description : "");
        return false;
    } else {
        *value = rz_value_null();
        return true;
    }
    if (value->kind == RZ_VALUE_NULL && !parameter->required)
        return true;
    if (rz_parameter_convert(&from->nodes, parameter, value, &why))
        return true;
    rz_document_error(from, RZ1404, given ? given : request->node, "template %s: %s",
                      template->name, why);
    return false;
}

static const struct rz_bindings *bind(struct applier *applier, struct rz_document *from,
                                      const struct request *request,
                                      const struct rz_template *template)
{
    struct rz_arena *arena = &applier->document->nodes;
    bool good = check_argument_names(from, request, template);
    struct rz_binding *items = rz_arena_alloc(arena, (template->param_count + 1) * sizeof *items);
    for (size_t i = 0; i < template->param_count; i++) {
        items[i].name = rz_str_of(template->params[i].name);
        good &= bind_parameter(applier, from, request, template, &template->params[i],
                               &items[i].value);
    }
    if (!good)
        return NULL;
    items[template->param_count] = (struct rz_binding){RZ_STR("template"),
                                                       rz_value_text(rz_str_of(template->name))};
    struct rz_bindings *bindings = rz_arena_alloc(arena, sizeof *bindings);
    *bindings = (struct rz_bindings){from->scope.bindings, items, template->param_count + 1};
    return bindings;
}

/* Template and arguments: the same twice is applied once. */
static const char *key_of(struct applier *applier, const struct rz_template *template,
                          const struct rz_bindings *bindings, const struct request *request)
{
    RZ_BUFFER_CLEANUP struct rz_buffer key = {0};
    rz_buffer_printf(&key, "%s@%llu", template->name, (unsigned long long)template->version);
    if (template->param_count)
        rz_buffer_char(&key, ' ');
    for (size_t i = 0; i < template->param_count; i++) {
        rz_buffer_printf(&key, "%s%s: ", i ? ", " : "{", template->params[i].name);
        rz_value_json(&key, &bindings->items[i].value);
    }
    if (template->param_count)
        rz_buffer_char(&key, '}');
    for (uint32_t i = 0;
         request->groups && request->groups->kind == RZ_NODE_LIST && i < request->groups->count;
         i++)
        if (request->groups->items[i]->kind == RZ_NODE_SCALAR)
            rz_buffer_printf(&key, "%s%s", i ? ", " : " groups ", request->groups->items[i]->text);
    return rz_arena_str(&applier->document->nodes, rz_buffer_view(&key)).data;
}

static const char *chain_of(struct applier *applier, struct rz_document *from,
                            const struct request *request, const struct rz_template *template,
                            const char *key)
{
    char shown[400];
    size_t size = strlen(key);
    if (size >= sizeof shown) { /* arguments may be long lists; never half a character */
        for (size = sizeof shown - sizeof "…"; (key[size] & 0xc0) == 0x80;)
            size--;
        snprintf(shown, sizeof shown, "%.*s…", (int)size, key);
    } else {
        memcpy(shown, key, size + 1);
    }
    return rz_arena_printf(&applier->document->nodes,
                           "in template %s (%s), extended at %s:%u:%u%s%s", shown, template->path,
                           from->source->name, request->node->line, request->node->column,
                           from->chain ? ", " : "", from->chain ? from->chain : "");
}

struct rule_fields {
    const struct rz_node *assert;
    const char *message;
};

const struct rz_field rz_rule_fields[] = {
    {.key = "assert",
     .kind = RZ_FIELD_NODE,
     .required = true,
     .offset = offsetof(struct rule_fields, assert),
     .summary = "an expression that must be true"},
    {.key = "message",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct rule_fields, message),
     .summary = "what to tell where it is not"},
    {0},
};

static void check_rules(struct rz_document *document, const struct rz_node *rules)
{
    struct rz_field_reader reader = {document->source, &document->nodes, document->diags};
    if (!rules || rules->kind == RZ_NODE_NULL)
        return;
    if (rules->kind != RZ_NODE_LIST) {
        rz_document_error(document, RZ1005, rules, "`rules` is a list of maps with `assert`");
        return;
    }
    for (uint32_t i = 0; i < rules->count; i++) {
        struct rule_fields rule = {0};
        const struct rz_node *map = rules->items[i];
        if (map->kind != RZ_NODE_MAP
            || rz_fields_load(&reader, map, rz_rule_fields, &rule) != RZ_OK) {
            document->failed = true;
            continue;
        }
        document->scope.failed = false;
        struct rz_value holds = rz_scope_evaluate(&document->scope, rule.assert);
        document->failed |= document->scope.failed;
        if (!document->scope.failed && !rz_value_is_true(&holds))
            rz_document_error(document, RZ1407, rule.assert, "%s",
                              rule.message ? rule.message
                                           : "an assertion of the template does not hold");
    }
}

static bool is_picked(const struct rz_node *groups, struct rz_str name)
{
    if (!groups)
        return true;
    for (uint32_t i = 0; groups->kind == RZ_NODE_LIST && i < groups->count; i++)
        if (groups->items[i]->kind == RZ_NODE_SCALAR
            && rz_str_equal(rz_node_str(groups->items[i]), name))
            return true;
    return groups->kind == RZ_NODE_SCALAR && rz_str_equal(rz_node_str(groups), name);
}

static void check_picks(struct rz_document *from, const struct request *request,
                        const struct rz_node *groups)
{
    for (uint32_t i = 0;
         request->groups && request->groups->kind == RZ_NODE_LIST && i < request->groups->count;
         i++) {
        const struct rz_node *pick = request->groups->items[i];
        if (pick->kind != RZ_NODE_SCALAR || !groups || groups->kind != RZ_NODE_MAP
            || !rz_node_get(groups, pick->text))
            rz_document_error(from, RZ1404, pick, "the template has no group `%.60s`",
                              pick->kind == RZ_NODE_SCALAR ? pick->text : "");
    }
}

struct group_fields {
    const char *description;
    const struct rz_node *records, *each;
};

const struct rz_field rz_group_fields[] = {
    {.key = "description",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct group_fields, description),
     .summary = "for people"},
    {.key = "records",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct group_fields, records),
     .summary = "RRsets by owner and type"},
    {.key = "each",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct group_fields, each),
     .summary = "records made in loops"},
    {0},
};

static void load_groups(struct rz_document *document, const struct rz_node *groups,
                        const struct rz_node *picked)
{
    struct rz_field_reader reader = {document->source, &document->nodes, document->diags};
    if (!groups || groups->kind == RZ_NODE_NULL)
        return;
    if (groups->kind != RZ_NODE_MAP) {
        rz_document_error(document, RZ1005, groups, "`groups` is a map of names to records");
        return;
    }
    for (uint32_t i = 0; i < groups->count; i++) {
        struct group_fields group = {0};
        if (!is_picked(picked, rz_node_str(groups->pairs[i].key)))
            continue;
        if (groups->pairs[i].value->kind != RZ_NODE_MAP
            || rz_fields_load(&reader, groups->pairs[i].value, rz_group_fields, &group) != RZ_OK) {
            document->failed = true;
            continue;
        }
        rz_document_load_records(document, group.records);
        rz_document_load_each(document, group.each);
    }
}

static void load_body(struct rz_document *document, const struct rz_template *template,
                      const struct rz_node *picked)
{
    if (template->ttl) {
        document->scope.failed = false;
        const struct rz_node *ttl = rz_scope_expand(&document->scope, template->ttl);
        document->has_ttl = !document->scope.failed
                            && rz_document_ttl(document, ttl, &document->ttl);
    }
    rz_document_load_apex(document, template->nameservers, template->soa);
    rz_document_load_records(document, template->records);
    rz_document_load_each(document, template->each);
    load_groups(document, template->groups, picked);
    rz_document_load_dnssec(document, template->dnssec);
    rz_document_load_checks(document, template->checks);
}

static struct rz_application *new_application(struct applier *applier, struct rz_document *from,
                                              const struct rz_template *template, const char *chain,
                                              const struct rz_bindings *bindings)
{
    struct rz_application *application = rz_alloc_zero(1, sizeof *application);
    struct rz_document *zone = applier->document;
    application->template = template;
    if (zone->options->templates_used)
        __atomic_store_n(&zone->options->templates_used[template - zone->options->templates->items],
                         true, __ATOMIC_RELAXED);
    application->chain = chain;
    rz_zone_init(&application->zone, zone->zone->apex.wire);
    application->document = (struct rz_document){.zone = &application->zone,
                                                 .settings = zone->settings,
                                                 .source = &template->source,
                                                 .options = zone->options,
                                                 .diags = zone->diags,
                                                 .reader = zone->reader,
                                                 .chain = chain,
                                                 .evaluation = zone->evaluation,
                                                 .project = zone->project,
                                                 .checks = zone->checks,
                                                 .check_arena = zone->check_arena,
                                                 .scope = {.evaluation = zone->evaluation,
                                                           .bindings = bindings,
                                                           .source = &template->source,
                                                           .chain = chain}};
    (void)from;
    return application;
}

static void add_ancestor(struct rz_application *application, size_t ancestor)
{
    for (size_t i = 0; i < application->ancestor_count; i++)
        if (application->ancestors[i] == ancestor)
            return;
    application->ancestors = rz_grow(application->ancestors, &application->ancestor_capacity,
                                     application->ancestor_count + 1,
                                     sizeof *application->ancestors);
    application->ancestors[application->ancestor_count++] = ancestor;
}

/* What the application builds on has it as an ancestor, and so has what that builds on. */
static void note_ancestor(struct rz_application_list *list, size_t under, size_t ancestor)
{
    add_ancestor(list->items[under], ancestor);
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < list->items[i]->ancestor_count; k++)
            if (list->items[i]->ancestors[k] == under) {
                add_ancestor(list->items[i], ancestor);
                break;
            }
}

static size_t find_equal(const struct rz_application_list *list, const char *key)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i]->key, key) == 0)
            return i;
    return SIZE_MAX;
}

/* Applies a template whose arguments are bound: first what it extends, then itself. */
static size_t carry_out(struct applier *applier, struct rz_document *from,
                        const struct request *request, const struct rz_template *template,
                        const struct rz_bindings *bindings)
{
    struct rz_application_list *list = applier->list;
    size_t *below = NULL, below_count = 0;
    const char *key = key_of(applier, template, bindings, request);
    size_t equal = find_equal(list, key);
    if (equal != SIZE_MAX)
        return equal;
    const char *chain = chain_of(applier, from, request, template, key);
    struct rz_application *application = new_application(applier, from, template, chain, bindings);
    struct rz_document *document = &application->document;
    application->key = key;
    application->override = template->override || request->override;
    document->scope.bindings = rz_document_bind(document, template->vars, bindings, NULL);
    check_rules(document, template->rules);
    applier->stack[applier->depth++] = template;
    if (template->extends && template->extends->kind != RZ_NODE_NULL)
        apply_all(applier, document, template->extends, &below, &below_count);
    applier->depth--;
    load_body(document, template, request->groups);
    check_picks(from, request, template->groups);
    list->items = rz_grow(list->items, &list->capacity, list->count + 1, sizeof *list->items);
    size_t number = list->count++;
    list->items[number] = application;
    for (size_t i = 0; i < below_count; i++)
        note_ancestor(list, below[i], number);
    free(below);
    return number;
}

static size_t apply_one(struct applier *applier, struct rz_document *from,
                        const struct rz_node *node)
{
    struct request request;
    if (!read_request(from, node, &request))
        return SIZE_MAX;
    const struct rz_template *template = find(applier, from, &request);
    if (!template || !check_circle(applier, from, &request, template))
        return SIZE_MAX;
    if (applier->list->count >= APPLICATIONS_MAX) {
        rz_document_error(from, RZ1003, request.node,
                          "more than %d templates are applied to the zone", APPLICATIONS_MAX);
        return SIZE_MAX;
    }
    const struct rz_bindings *bindings = bind(applier, from, &request, template);
    return bindings ? carry_out(applier, from, &request, template, bindings) : SIZE_MAX;
}

static bool apply_all(struct applier *applier, struct rz_document *from,
                      const struct rz_node *extends, size_t **applied, size_t *applied_count)
{
    size_t capacity = 0;
    bool list = extends->kind == RZ_NODE_LIST;
    for (uint32_t i = 0; i < (list ? extends->count : 1); i++) {
        size_t number = apply_one(applier, from, list ? extends->items[i] : extends);
        if (number == SIZE_MAX) {
            from->failed = true;
            applier->document->failed = true;
            continue;
        }
        *applied = rz_grow(*applied, &capacity, *applied_count + 1, sizeof **applied);
        (*applied)[(*applied_count)++] = number;
    }
    return true;
}

void rz_applications_make(struct rz_application_list *list, struct rz_document *document,
                          const struct rz_node *extends)
{
    struct applier applier = {.list = list, .document = document};
    size_t *applied = NULL, count = 0;
    apply_all(&applier, document, extends, &applied, &count);
    free(applied);
}

void rz_applications_free(struct rz_application_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        rz_zone_free(&list->items[i]->zone);
        rz_document_free(&list->items[i]->document);
        free(list->items[i]->ancestors);
        free(list->items[i]);
    }
    free(list->items);
    *list = (struct rz_application_list){0};
}
