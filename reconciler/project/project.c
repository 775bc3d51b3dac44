/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads rezone.yaml into a struct rz_project; opens providers on demand. */
#include "project/project.h"

#include <errno.h>
#include <stdlib.h>

#include "journal/applied.h"
#include "journal/journal.h"
#include "language/yaml.h"
#include "project/project_fields.h"
#include "project/project_internal.h"
#include "support/file.h"
#include "transport/dns.h"

#define CONFIG_SIZE_MAX ((size_t)4 << 20)

/* What of rezone.yaml is read by hand after the field table has done its part. */
struct document {
    const struct rz_node *providers, *sources, *zones, *vars, *environments, *policy, *lint,
        *notify;
    struct rz_strings allow_env;
    uint64_t ttl;
    const char *state;
    struct rz_apply_settings apply;
    struct rz_verify_settings verify;
    struct rz_drift_settings drift;
};

static const char *const on_failure_words[] = {"rollback_batch", "rollback_run", "stop", NULL};

static const struct rz_field batch_fields[] = {
    {.key = "canary",
     .kind = RZ_FIELD_UINT,
     .maximum = 1000000,
     .offset = offsetof(struct rz_wave_settings, canary),
     .summary =
         "zones that are applied before all others; the rest only follow when those went well"},
    {.key = "size",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct rz_wave_settings, size),
     .summary =
         "zones of each wave after that: a count, or a share such as 25%; default: all at once"},
    {.key = "pause",
     .kind = RZ_FIELD_DURATION,
     .fallback = "0",
     .maximum = 86400,
     .offset = offsetof(struct rz_wave_settings, pause),
     .summary = "how long to wait between two waves"},
    {0},
};

static const struct rz_field apply_fields[] = {
    {.key = "batch",
     .kind = RZ_FIELD_MAP,
     .fields = batch_fields,
     .offset = offsetof(struct rz_apply_settings, batch),
     .summary = "zones go out in waves; no wave begins after one in which a zone failed"},
    {.key = "concurrency",
     .kind = RZ_FIELD_UINT,
     .fallback = "8",
     .minimum = 1,
     .maximum = 1024,
     .offset = offsetof(struct rz_apply_settings, concurrency),
     .summary = "zones that are applied at the same time"},
    {.key = "lock_wait",
     .kind = RZ_FIELD_DURATION,
     .fallback = "0",
     .maximum = 86400,
     .offset = offsetof(struct rz_apply_settings, lock_wait),
     .summary = "how long to wait for a zone that another run has in hand, before it is refused"},
    {.key = "on_failure",
     .kind = RZ_FIELD_ENUM,
     .choices = on_failure_words,
     .fallback = "rollback_batch",
     .offset = offsetof(struct rz_apply_settings, on_failure),
     .summary = "what is undone when a zone fails: the zone, the whole run, or nothing more"},
    {0},
};

static const struct rz_field verify_fields[] = {
    {.key = "readback",
     .kind = RZ_FIELD_BOOL,
     .fallback = "true",
     .offset = offsetof(struct rz_verify_settings, readback),
     .summary = "read the zone back through its provider after apply"},
    {.key = "dns",
     .kind = RZ_FIELD_BOOL,
     .fallback = "true",
     .offset = offsetof(struct rz_verify_settings, dns),
     .summary = "ask the authoritative servers over DNS after apply"},
    {.key = "dnssec",
     .kind = RZ_FIELD_BOOL,
     .fallback = "true",
     .offset = offsetof(struct rz_verify_settings, dnssec),
     .summary = "validate signed zones to the DS that their parent has, if it has one"},
    {.key = "exec",
     .kind = RZ_FIELD_BOOL,
     .fallback = "false",
     .offset = offsetof(struct rz_verify_settings, exec),
     .summary = "`checks:` of zones may run commands, in apply and verify"},
    {.key = "servers",
     .kind = RZ_FIELD_STRINGS,
     .offset = offsetof(struct rz_verify_settings, servers),
     .summary =
         "addresses (with an optional port) to ask, instead of the provider's own; `auto`: those "
         "of the provider or, where it has none, the name servers that the zone names"},
    {.key = "parents",
     .kind = RZ_FIELD_STRINGS,
     .offset = offsetof(struct rz_verify_settings, parents),
     .summary = "addresses of the servers that delegations are looked up at, instead of those that "
                "resolvers name"},
    {.key = "resolvers",
     .kind = RZ_FIELD_STRINGS,
     .offset = offsetof(struct rz_verify_settings, resolvers),
     .summary =
         "addresses of the resolvers that are asked about delegations, instead of the machine's"},
    {.key = "timeout",
     .kind = RZ_FIELD_DURATION,
     .fallback = "2m",
     .minimum = 1,
     .maximum = 86400,
     .offset = offsetof(struct rz_verify_settings, timeout),
     .summary = "how long servers may lag behind before verification fails"},
    {.key = "stable_for",
     .kind = RZ_FIELD_DURATION,
     .fallback = "0",
     .maximum = 3600,
     .offset = offsetof(struct rz_verify_settings, stable_for),
     .summary = "how long the answers must stay right"},
    {0},
};

static const struct rz_field drift_fields[] = {
    {.key = "ignore_foreign",
     .kind = RZ_FIELD_STRINGS,
     .offset = offsetof(struct rz_drift_settings, ignore_foreign),
     .summary = "zones that others keep at the same providers, as globs: `*` within a label, `**` "
                "across"},
    {0},
};

const struct rz_field rz_project_fields[] = {
    {.key = "providers",
     .kind = RZ_FIELD_NODE,
     .required = true,
     .offset = offsetof(struct document, providers),
     .summary = "where live zones are: a map of names to a `kind` and its options"},
    {.key = "sources",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct document, sources),
     .summary = "directories of zone files, each with a `directory` and a `format`"},
    {.key = "zones",
     .kind = RZ_FIELD_NODE,
     .required = true,
     .offset = offsetof(struct document, zones),
     .summary = "patterns of zone names and the providers they go to; the first match wins"},
    {.key = "vars",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct document, vars),
     .summary = "variables for every zone"},
    {.key = "environments",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct document, environments),
     .summary = "overlays of variables and provider options, picked with --env"},
    {.key = "allow_env",
     .kind = RZ_FIELD_STRINGS,
     .offset = offsetof(struct document, allow_env),
     .summary = "environment variables that env() in zones and templates may read"},
    {.key = "ttl",
     .kind = RZ_FIELD_DURATION,
     .fallback = "1h",
     .maximum = INT32_MAX,
     .offset = offsetof(struct document, ttl),
     .summary = "TTL of zones that set none"},
    {.key = "state",
     .kind = RZ_FIELD_STRING,
     .fallback = "sqlite:.rezone/state.db",
     .offset = offsetof(struct document, state),
     .summary =
         "the journal: sqlite:PATH, postgresql://USER:${secret:env:NAME}@HOST/DATABASE, or none"},
    {.key = "policy",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct document, policy),
     .summary = "safety rules of a plan"},
    {.key = "lint",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct document, lint),
     .summary = "levels of findings by their code: error, warning, note, off"},
    {.key = "notify",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct document, notify),
     .summary = "who is told of runs and drift: webhooks, Slack, e-mail, commands"},
    {.key = "apply",
     .kind = RZ_FIELD_MAP,
     .fields = apply_fields,
     .offset = offsetof(struct document, apply),
     .summary = "how changes go out"},
    {.key = "verify",
     .kind = RZ_FIELD_MAP,
     .fields = verify_fields,
     .offset = offsetof(struct document, verify),
     .summary = "how changes are checked"},
    {.key = "drift",
     .kind = RZ_FIELD_MAP,
     .fields = drift_fields,
     .offset = offsetof(struct document, drift),
     .summary = "what `rezone drift` leaves out"},
    {0},
};

bool rz_project_expect(const struct rz_field_reader *reader, const struct rz_node *node,
                       enum rz_node_kind kind, const char *what)
{
    if (node->kind == kind)
        return true;
    rz_diags_add(reader->diags, RZ1005, rz_node_place(reader->source, node), "%s, but this is %s",
                 what, rz_node_kind_text(node));
    return false;
}

/* The map without `kind`, which is not the provider's to read. */
static const struct rz_node *options_of(struct rz_project *project, const struct rz_node *config)
{
    struct rz_node *options = rz_arena_alloc(&project->arena, sizeof *options);
    struct rz_pair *pairs = rz_arena_alloc(&project->arena, config->count * sizeof *pairs);
    *options = *config;
    options->pairs = pairs;
    options->count = 0;
    for (size_t i = 0; i < config->count; i++)
        if (strcmp(config->pairs[i].key->text, "kind") != 0)
            pairs[options->count++] = config->pairs[i];
    return options;
}

static void hint_kind(const char *text, struct rz_diag *diag, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer kinds = {0};
    const char *names[32];
    size_t count = 0;
    for (; rz_providers[count] && count < sizeof names / sizeof *names; count++) {
        names[count] = rz_providers[count]->kind;
        rz_buffer_printf(&kinds, "%s%s", count ? ", " : "", names[count]);
    }
    int nearest = rz_str_nearest(rz_str_of(text), names, count);
    if (nearest >= 0)
        rz_diag_hint(diags, diag, "did you mean %s? Known kinds: %s", names[nearest], kinds.data);
    else
        rz_diag_hint(diags, diag, "known kinds: %s", kinds.data);
}

static void read_providers(struct rz_project *project, const struct rz_field_reader *reader,
                           const struct rz_node *map)
{
    if (!rz_project_expect(reader, map, RZ_NODE_MAP, "`providers` is a map of names to settings"))
        return;
    project->provider_map = map;
    project->providers = rz_arena_zero(&project->arena, map->count * sizeof *project->providers);
    for (size_t i = 0; i < map->count; i++) {
        const struct rz_node *config = map->pairs[i].value;
        const char *name = map->pairs[i].key->text;
        if (!*name || !rz_str_is_visible(rz_str_of(name))) { /* it is printed everywhere */
            rz_diags_add(
                reader->diags, RZ1006, rz_node_place(reader->source, map->pairs[i].key),
                "`%s` cannot be a provider's name: it is empty, or has a character that nobody "
                "can see",
                name);
            continue;
        }
        if (!rz_project_expect(reader, config, RZ_NODE_MAP, "a provider is a map with a `kind`"))
            continue;
        const struct rz_node *kind = rz_node_get(config, "kind");
        if (!kind || kind->kind != RZ_NODE_SCALAR) {
            rz_diags_add(reader->diags, RZ1007, rz_node_place(reader->source, kind ? kind : config),
                         "provider `%s` needs a `kind`", name);
            continue;
        }
        if (!rz_provider_find(kind->text)) {
            struct rz_diag *diag = rz_diags_add(reader->diags, RZ2002,
                                                rz_node_place(reader->source, kind),
                                                "there is no provider kind `%s`", kind->text);
            hint_kind(kind->text, diag, reader->diags);
            continue;
        }
        project->providers[project->provider_count++] = (struct rz_provider_entry){
            .name = name, .kind = kind->text, .config = options_of(project, config)};
    }
}

struct source_fields {
    const char *directory;
    int format;
};

static const char *const format_words[] = {"native", "octodns", "zonefile", NULL};

const struct rz_field rz_project_source_fields[] = {
    {.key = "directory",
     .kind = RZ_FIELD_STRING,
     .required = true,
     .offset = offsetof(struct source_fields, directory),
     .summary = "directory of zone files, below the project"},
    {.key = "format",
     .kind = RZ_FIELD_ENUM,
     .choices = format_words,
     .fallback = "native",
     .offset = offsetof(struct source_fields, format),
     .summary = "how the files are written"},
    {0},
};

static void read_sources(struct rz_project *project, const struct rz_field_reader *reader,
                         const struct rz_node *list)
{
    if (!list) {
        project->sources = rz_arena_zero(&project->arena, sizeof *project->sources);
        project->sources[project->source_count++] = (struct rz_source_entry){
            .directory = "zones", .format = RZ_FORMAT_NATIVE};
        return;
    }
    if (!rz_project_expect(reader, list, RZ_NODE_LIST, "`sources` is a list of directories"))
        return;
    project->sources = rz_arena_zero(&project->arena, list->count * sizeof *project->sources);
    for (size_t i = 0; i < list->count; i++) {
        struct source_fields fields = {0};
        if (!rz_project_expect(reader, list->items[i], RZ_NODE_MAP,
                               "a source is a map with a `directory`")
            || rz_fields_load(reader, list->items[i], rz_project_source_fields, &fields) != RZ_OK)
            continue;
        project->sources[project->source_count++] = (struct rz_source_entry){
            .directory = fields.directory, .format = fields.format};
    }
}

struct rule_fields {
    struct rz_strings to;
    int manage;
};

static const char *const manage_words[] = {"all", "listed", NULL};

const struct rz_field rz_project_rule_fields[] = {
    {.key = "to",
     .kind = RZ_FIELD_STRINGS,
     .required = true,
     .offset = offsetof(struct rule_fields, to),
     .summary = "the provider, or a list of providers"},
    {.key = "manage",
     .kind = RZ_FIELD_ENUM,
     .choices = manage_words,
     .fallback = "all",
     .offset = offsetof(struct rule_fields, manage),
     .summary =
         "all: the files are the whole zone; listed: others that no run put there are left alone"},
    {0},
};

struct rz_provider_entry *rz_project_entry(struct rz_project *project, const char *name)
{
    for (size_t i = 0; i < project->provider_count; i++)
        if (strcmp(project->providers[i].name, name) == 0)
            return &project->providers[i];
    return NULL;
}

static void check_targets(struct rz_project *project, const struct rz_field_reader *reader,
                          const struct rz_node *node, const struct rz_strings *targets)
{
    for (size_t i = 0; i < targets->count; i++) {
        if (rz_project_entry(project, targets->items[i]))
            continue;
        if (project->provider_map && rz_node_get(project->provider_map, targets->items[i]))
            continue; /* what is wrong with it was said */
        const struct rz_node *to = rz_node_get(node, "to");
        rz_project_no_provider(project, RZ2003, rz_node_place(reader->source, to ? to : node),
                               targets->items[i], reader->diags);
    }
}

static void read_rules(struct rz_project *project, const struct rz_field_reader *reader,
                       const struct rz_node *map)
{
    if (!rz_project_expect(reader, map, RZ_NODE_MAP, "`zones` is a map of patterns to targets"))
        return;
    project->rules = rz_arena_zero(&project->arena, map->count * sizeof *project->rules);
    for (size_t i = 0; i < map->count; i++) {
        struct rule_fields fields = {0};
        const struct rz_node *node = map->pairs[i].value;
        if (!rz_project_expect(reader, node, RZ_NODE_MAP, "a zone pattern has a map with `to`")
            || rz_fields_load(reader, node, rz_project_rule_fields, &fields) != RZ_OK)
            continue;
        check_targets(project, reader, node, &fields.to);
        project->rules[project->rule_count++] = (struct rz_zone_rule){
            .pattern = map->pairs[i].key->text,
            .targets = fields.to,
            .manage_listed = fields.manage == 1};
    }
}

/* -D first: they win over everything, also over a document's own `vars`. */
static void read_variables(struct rz_project *project, const struct rz_field_reader *reader,
                           const struct rz_node *map, const struct rz_project_options *options)
{
    struct rz_variable *items = rz_arena_zero(&project->arena,
                                              (options->define_count + 1) * sizeof *items);
    size_t used = 0;
    for (; used < options->define_count; used++)
        items[used] = options->defines[used];
    project->override_count = used;
    project->variables = (struct rz_variables){items, used};
    project->vars = rz_project_values(project, reader, map, &project->var_count);
}

static void read_waves(struct rz_project *project, const struct rz_field_reader *reader,
                       const struct rz_node *root)
{
    struct rz_wave_settings *batch = &project->apply.batch;
    if (!batch->size || (rz_limit_parse(&batch->limit, batch->size) && batch->limit.value > 0))
        return;
    const struct rz_node *apply = rz_node_get(root, "apply");
    const struct rz_node *node = apply ? rz_node_get(apply, "batch") : NULL;
    struct rz_diag *diag = rz_diags_add(reader->diags, RZ1006,
                                        rz_node_place(reader->source, node ? node : root),
                                        "`%s` is no size of a wave", batch->size);
    rz_diag_hint(reader->diags, diag, "write a count such as 10, or a share such as 25%%");
}

static void check_state(struct rz_project *project, const struct rz_field_reader *reader,
                        const struct rz_node *root)
{
    RZ_BUFFER_CLEANUP struct rz_buffer scratch = {0};
    const char *wrong, *hint = NULL;
    if (rz_journal_check_state(project->state, &scratch, &wrong, &hint))
        return;
    const struct rz_node *node = rz_node_get(root, "state");
    struct rz_diag *diag = rz_diags_add(reader->diags, wrong ? RZ2013 : RZ2007,
                                        rz_node_place(reader->source, node ? node : root), "%s",
                                        wrong ? wrong : "it is no state that rezone can keep");
    diag->excerpt = NULL; /* the line may hold a password */
    rz_diag_hint(reader->diags, diag, "%s", hint);
}

/* Found when the file is read, not when a run is to be verified: then it would be asked less. */
static void check_servers(const struct rz_project *project, const struct rz_field_reader *reader,
                          const struct rz_node *root)
{
    struct rz_server server;
    const struct rz_node *verify = rz_node_get(root, "verify");
    const struct rz_node *node = verify ? rz_node_get(verify, "servers") : NULL;
    const struct rz_strings *texts = &project->verify.servers;
    for (size_t i = 0; node && i < texts->count; i++) {
        if (strcmp(texts->items[i], "auto") == 0 || rz_server_parse(&server, texts->items[i]))
            continue;
        const struct rz_node *item = node->kind == RZ_NODE_LIST ? node->items[i] : node;
        struct rz_diag *diag = rz_diags_add(
            reader->diags, RZ1006, rz_node_place(reader->source, item),
            "`%s` is not an address with an optional port", texts->items[i]);
        rz_diag_hint(reader->diags, diag,
                     "such as 192.0.2.53, 127.0.0.1:5353 or [2001:db8::53]:53");
    }
}

static void read_document(struct rz_project *project, const struct rz_node *root,
                          const struct rz_project_options *options, struct rz_diags *diags)
{
    struct rz_field_reader reader = {&project->source, &project->arena, diags};
    struct document document = {0};
    if (!rz_project_expect(&reader, root, RZ_NODE_MAP, "rezone.yaml is a map of settings"))
        return;
    rz_fields_load(&reader, root, rz_project_fields, &document);
    if (document.providers)
        read_providers(project, &reader, document.providers);
    read_sources(project, &reader, document.sources);
    if (document.zones)
        read_rules(project, &reader, document.zones);
    read_variables(project, &reader, document.vars, options);
    project->environment = options->environment;
    rz_project_environment(project, &reader, document.environments, options->environment);
    rz_project_set(project, &options->settings, diags);
    project->allow_env = document.allow_env;
    rz_policy_load(&project->policy, document.policy, &reader);
    rz_notify_settings_load(&project->notify, &reader, document.notify);
    rz_lint_levels_load(&project->lint, document.lint, &reader);
    project->ttl = (uint32_t)document.ttl;
    project->apply = document.apply;
    read_waves(project, &reader, root);
    project->verify = document.verify;
    project->drift = document.drift;
    check_servers(project, &reader, root);
    project->state = document.state;
    if (project->state)
        check_state(project, &reader, root);
}

static void report_unreadable(struct rz_diags *diags, const char *path, enum rz_status status)
{
    struct rz_diag *diag;
    if (status == RZ_NOT_FOUND) {
        diag = rz_diags_add(diags, RZ2001, rz_place_named(path), "there is no %s here", path);
        rz_diag_hint(diags, diag, "run `rezone init` to start a project, or name one with -C DIR");
        return;
    }
    rz_diags_add(diags, RZ1008, rz_place_named(path), "cannot read %s: %s", path, strerror(errno));
}

enum rz_status rz_project_load(struct rz_project *project, struct rz_context *context,
                               const struct rz_project_options *options, struct rz_diags *diags)
{
    const char *path = options->config ? options->config : "rezone.yaml";
    *project = (struct rz_project){.context = context, .lint.errors_only = true};
    struct rz_buffer text = {0};
    enum rz_status status = rz_file_read(context->project_dir, path, CONFIG_SIZE_MAX, &text);
    if (status != RZ_OK) {
        report_unreadable(diags, path, status);
        rz_buffer_free(&text);
        return status;
    }
    project->source.name = rz_arena_strdup(&project->arena, path);
    project->source.text = rz_arena_str(&project->arena, rz_buffer_view(&text));
    rz_buffer_free(&text);
    size_t errors = diags->errors;
    const struct rz_node *root = rz_yaml_load(&project->source, &project->arena, NULL, diags);
    if (root)
        read_document(project, root, options, diags);
    rz_templates_load(&project->templates, context->project_dir, RZ_TEMPLATES_DIRECTORY, diags);
    return diags->errors > errors ? RZ_INVALID : RZ_OK;
}

void rz_project_free(struct rz_project *project)
{
    rz_project_applied_close(project);
    for (size_t i = 0; i < project->provider_count; i++) {
        struct rz_provider_entry *entry = &project->providers[i];
        if (entry->registration)
            entry->registration->ops->close(entry->registration);
        if (entry->provider)
            entry->provider->ops->close(entry->provider);
    }
    rz_templates_free(&project->templates);
    free(project->apexes);
    rz_arena_free(&project->arena);
    *project = (struct rz_project){0};
}
