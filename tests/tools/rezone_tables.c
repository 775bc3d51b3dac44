/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rezone-tables: prints the tables that rezone works by as one JSON object. scripts/generate-docs makes
 * the reference pages and the schemas for editors of it, so that they cannot say anything else than the
 * program does. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "dns/rtype_table.h"
#include "language/builders.h"
#include "language/functions.h"
#include "language/template_test.h"
#include "language/yaml.h"
#include "language/zone_fields.h"
#include "lint/lint_settings.h"
#include "project/project_fields.h"
#include "support/diag.h"
#include "support/json_write.h"

static void open_list(struct rz_buffer *out, const char *key)
{
    rz_json_key(out, key);
    rz_buffer_char(out, '[');
}

static void open_object(struct rz_buffer *out)
{
    rz_json_comma(out);
    rz_buffer_char(out, '{');
}

static void print_words(struct rz_buffer *out, const char *key, const char *const *words)
{
    open_list(out, key);
    for (; words && *words; words++) {
        rz_json_comma(out);
        rz_json_string(out, rz_str_of(*words));
    }
    rz_buffer_char(out, ']');
}

static void print_fields(struct rz_buffer *out, const char *key, const struct rz_field *fields)
{
    static const char *const kinds[] = {
        [RZ_FIELD_STRING] = "string",     [RZ_FIELD_BOOL] = "bool",       [RZ_FIELD_UINT] = "uint",
        [RZ_FIELD_DURATION] = "duration", [RZ_FIELD_SIZE] = "size",       [RZ_FIELD_ENUM] = "enum",
        [RZ_FIELD_SECRET] = "secret",     [RZ_FIELD_STRINGS] = "strings", [RZ_FIELD_MAP] = "map",
        [RZ_FIELD_NODE] = "node"};
    open_list(out, key);
    for (const struct rz_field *field = fields; field->key; field++) {
        open_object(out);
        rz_json_text(out, "key", field->key);
        rz_json_text(out, "kind", kinds[field->kind]);
        rz_json_text(out, "summary", field->summary);
        rz_json_bool(out, "required", field->required);
        rz_json_text(out, "default", field->fallback);
        rz_json_int(out, "minimum", (int64_t)field->minimum);
        rz_json_int(out, "maximum", (int64_t)field->maximum);
        print_words(out, "choices", field->choices);
        if (field->fields)
            print_fields(out, "fields", field->fields);
        rz_buffer_char(out, '}');
    }
    rz_buffer_char(out, ']');
}

static void print_codes(struct rz_buffer *out)
{
    static const char *const severities[] = {
        [RZ_NOTE] = "note", [RZ_WARNING] = "warning", [RZ_ERROR] = "error"};
    open_list(out, "codes");
    for (size_t i = 0; i < rz_codes_count; i++) {
        open_object(out);
        rz_json_int(out, "code", rz_codes[i].code);
        rz_json_text(out, "severity", severities[rz_codes[i].severity]);
        rz_json_text(out, "title", rz_codes[i].title);
        rz_json_text(out, "meaning", rz_codes[i].meaning);
        rz_buffer_char(out, '}');
    }
    rz_buffer_char(out, ']');
}

static void print_families(struct rz_buffer *out)
{
    open_list(out, "families");
    for (const struct rz_code_family *family = rz_code_families; family->title; family++) {
        open_object(out);
        rz_json_int(out, "first", family->first);
        rz_json_text(out, "title", family->title);
        rz_buffer_char(out, '}');
    }
    rz_buffer_char(out, ']');
}

static void print_rules(struct rz_buffer *out)
{
    open_list(out, "lint");
    for (size_t i = 0; rz_lint_example(i); i++) {
        const struct rz_lint_example *rule = rz_lint_example(i);
        open_object(out);
        rz_json_int(out, "code", rule->code);
        rz_json_text(out, "passing", rule->passing);
        rz_json_text(out, "failing", rule->failing);
        rz_buffer_char(out, '}');
    }
    rz_buffer_char(out, ']');
    print_words(out, "lint_levels", rz_lint_level_words);
}

static void print_options(struct rz_buffer *out)
{
    open_list(out, "options");
    for (size_t i = 0; i < RZ_OPT_COUNT; i++) {
        const struct rz_option *option = &rz_cli_options[i];
        char letter[2] = {option->letter, '\0'};
        open_object(out);
        rz_json_text(out, "name", option->name);
        rz_json_text(out, "letter", option->letter ? letter : NULL);
        rz_json_text(out, "argument", option->argument);
        rz_json_text(out, "help", option->help);
        rz_buffer_char(out, '}');
    }
    rz_buffer_char(out, ']');
}

static void print_commands(struct rz_buffer *out)
{
    open_list(out, "commands");
    for (const struct rz_command *command = rz_commands; command->name; command++) {
        open_object(out);
        rz_json_text(out, "name", command->name);
        rz_json_text(out, "usage", command->usage);
        rz_json_text(out, "summary", command->summary);
        rz_json_text(out, "detail", command->detail);
        rz_json_text(out, "formats", command->formats);
        open_list(out, "options");
        for (size_t i = 0; i < RZ_OPT_COUNT; i++)
            if (command->options & RZ_OPT_BIT(i)) {
                rz_json_comma(out);
                rz_json_string(out, rz_str_of(rz_cli_options[i].name));
            }
        rz_buffer_text(out, "]}");
    }
    rz_buffer_char(out, ']');
}

static void print_capabilities(struct rz_buffer *out, const struct rz_capabilities *can)
{
    static const char *const atomicities[] = {
        [RZ_ATOMIC_ZONE] = "zone", [RZ_ATOMIC_RRSET] = "rrset", [RZ_ATOMIC_RECORD] = "record"};
    static const char *const conditionals[] = {[RZ_COND_NONE] = "none",
                                               [RZ_COND_SERIAL] = "serial",
                                               [RZ_COND_PREREQUISITE] = "prerequisite",
                                               [RZ_COND_DIGEST] = "digest"};
    rz_json_key(out, "capabilities");
    rz_buffer_char(out, '{');
    rz_json_text(out, "atomicity", atomicities[can->atomicity]);
    rz_json_text(out, "conditional", conditionals[can->conditional]);
    rz_json_int(out, "batch_changes", (int64_t)can->batch_changes);
    rz_json_int(out, "batch_octets", (int64_t)can->batch_octets);
    rz_json_bool(out, "owns_soa", can->owns_soa);
    rz_json_bool(out, "owns_apex_ns", can->owns_apex_ns);
    rz_json_bool(out, "signs_online", can->signs_online);
    rz_json_bool(out, "creates_zones", can->creates_zones);
    rz_json_bool(out, "forwards", can->forwards);
    rz_json_bool(out, "signs", can->signs);
    rz_json_int(out, "concurrency", can->concurrency);
    print_words(out, "provider_types", NULL);
    out->size--; /* the types go into the list just closed */
    for (size_t i = 0; i < rz_rtype_table_count; i++)
        if (rz_rtype_table[i].flags & RZ_RTYPE_PROVIDER && can->takes_type
            && can->takes_type(rz_rtype_table[i].code)) {
            rz_json_comma(out);
            rz_json_string(out, rz_str_of(rz_rtype_table[i].name));
        }
    rz_buffer_text(out, "]}");
}

/* Capabilities are those of a provider opened with as little as its options allow. */
static bool print_provider(struct rz_buffer *out, const struct rz_provider_ops *ops,
                           struct rz_context *context)
{
    static const char minimum[] = "zonefile: {directory: .}\n"
                                  "unbound: {directory: .}\n"
                                  "named: {directory: .}\n"
                                  "kresd: {directory: .}\n"
                                  "coredns: {directory: .}\n"
                                  "powerdns: {url: 'http://127.0.0.1:8081', "
                                  "api_key: '${secret:env:REZONE_TABLES_KEY}'}\n"
                                  "rfc2136: {server: 127.0.0.1}\n"
                                  "dnsservices: {username: tables, "
                                  "password: '${secret:env:REZONE_TABLES_KEY}'}\n";
    struct rz_source source = {"minimum", {minimum, sizeof minimum - 1}};
    struct rz_arena arena = {0};
    struct rz_diags diags = {0};
    struct rz_provider *provider = NULL;
    const struct rz_node *root = rz_yaml_load(&source, &arena, NULL, &diags);
    const struct rz_node *config = root ? rz_node_get(root, ops->kind) : NULL;
    bool good = config && ops->open(&provider, "tables", config, &source, context, &diags) == RZ_OK;
    if (good) {
        open_object(out);
        rz_json_text(out, "kind", ops->kind);
        rz_json_text(out, "summary", ops->summary);
        print_fields(out, "options", ops->options);
        print_capabilities(out, ops->capabilities(provider));
        rz_buffer_char(out, '}');
        ops->close(provider);
    } else {
        fprintf(stderr,
                "rezone-tables: provider %s cannot be opened; give it a line of `minimum`\n",
                ops->kind);
    }
    rz_diags_free(&diags);
    rz_arena_free(&arena);
    return good;
}

static bool print_providers(struct rz_buffer *out)
{
    struct rz_context context;
    bool good = true;
    rz_context_init(&context);
    setenv("REZONE_TABLES_KEY", "not a secret", 1);
    open_list(out, "providers");
    for (size_t i = 0; rz_providers[i]; i++)
        good &= print_provider(out, rz_providers[i], &context);
    rz_buffer_char(out, ']');
    return good;
}

static void print_type_fields(struct rz_buffer *out, const struct rz_rtype *type)
{
    static const char *const kinds[] = {
        [RZ_RFIELD_UINT] = "uint", [RZ_RFIELD_NAME] = "name", [RZ_RFIELD_IPV4] = "ipv4",
        [RZ_RFIELD_IPV6] = "ipv6", [RZ_RFIELD_WORD] = "word", [RZ_RFIELD_STRING] = "string",
        [RZ_RFIELD_REST] = "rest"};
    open_list(out, "fields");
    for (size_t i = 0; i < type->field_count; i++) {
        const struct rz_rfield *field = &type->fields[i];
        const size_t aliases = sizeof field->aliases / sizeof *field->aliases;
        open_object(out);
        rz_json_text(out, "name", field->name);
        rz_json_text(out, "kind", kinds[field->kind]);
        rz_json_int(out, "maximum", field->maximum);
        rz_json_text(out, "default", field->fallback);
        open_list(out, "aliases");
        for (size_t k = 0; k < aliases && field->aliases[k]; k++) {
            rz_json_comma(out);
            rz_json_string(out, rz_str_of(field->aliases[k]));
        }
        rz_buffer_text(out, "]}");
    }
    rz_buffer_char(out, ']');
}

static void print_types(struct rz_buffer *out)
{
    static const struct {
        unsigned flag;
        const char *name;
    } flags[] = {{RZ_RTYPE_SINGLE, "single"}, {RZ_RTYPE_ALONE, "alone"},
                 {RZ_RTYPE_META, "meta"},     {RZ_RTYPE_SIGNER, "signer"},
                 {RZ_RTYPE_TEXT, "text"},     {RZ_RTYPE_PROVIDER, "provider"}};
    open_list(out, "types");
    for (size_t i = 0; i < rz_rtype_table_count; i++) {
        const struct rz_rtype *type = &rz_rtype_table[i];
        open_object(out);
        rz_json_text(out, "name", type->name);
        rz_json_int(out, "code", type->code);
        for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
            rz_json_bool(out, flags[k].name, type->flags & flags[k].flag);
        print_type_fields(out, type);
        rz_buffer_char(out, '}');
    }
    rz_buffer_char(out, ']');
}

static const char *const *parameter_types(void)
{
    static const char *words[RZ_PARAM_ANY + 2];
    for (int type = RZ_PARAM_STRING; type <= RZ_PARAM_ANY; type++)
        words[type] = rz_parameter_type_text(type);
    return words;
}

static void print_functions(struct rz_buffer *out)
{
    open_list(out, "functions");
    for (size_t i = 0; rz_function_groups[i]; i++) {
        open_object(out);
        rz_json_text(out, "title", rz_function_group_titles[i]);
        open_list(out, "functions");
        for (const struct rz_function *function = rz_function_groups[i]; function->name;
             function++) {
            open_object(out);
            rz_json_text(out, "name", function->name);
            rz_json_text(out, "signature", function->signature);
            rz_json_text(out, "summary", function->summary);
            rz_json_text(out, "example", function->example);
            rz_json_text(out, "result", function->result);
            rz_buffer_char(out, '}');
        }
        rz_buffer_text(out, "]}");
    }
    rz_buffer_char(out, ']');
}

int main(void)
{
    RZ_BUFFER_CLEANUP struct rz_buffer out = {0};
    open_object(&out);
    print_codes(&out);
    print_families(&out);
    print_rules(&out);
    print_options(&out);
    print_commands(&out);
    print_fields(&out, "project", rz_project_fields);
    print_fields(&out, "source", rz_project_source_fields);
    print_fields(&out, "rule", rz_project_rule_fields);
    print_fields(&out, "policy", rz_policy_fields);
    print_words(&out, "policy_rules", rz_policy_rules);
    print_fields(&out, "zone", rz_zone_fields);
    print_fields(&out, "soa", rz_soa_fields);
    print_fields(&out, "pattern", rz_pattern_fields);
    print_fields(&out, "forwarding", rz_forwarding_fields);
    print_fields(&out, "forward_target", rz_forward_target_fields);
    print_fields(&out, "dnssec", rz_dnssec_fields);
    print_fields(&out, "check", rz_check_fields);
    print_fields(&out, "notify", rz_notify_fields);
    print_fields(&out, "environment", rz_project_environment_fields);
    print_fields(&out, "each", rz_each_fields);
    print_fields(&out, "template", rz_template_fields);
    print_fields(&out, "parameter", rz_parameter_fields);
    print_words(&out, "parameter_types", parameter_types());
    print_fields(&out, "template_rule", rz_rule_fields);
    print_fields(&out, "template_test", rz_template_test_fields);
    print_fields(&out, "group", rz_group_fields);
    print_words(&out, "builders", rz_builder_keys());
    print_functions(&out);
    print_types(&out);
    print_words(&out, "type_names", rz_rtype_names());
    bool good = print_providers(&out);
    rz_buffer_text(&out, "}\n");
    return good && fwrite(out.data, out.size, 1, stdout) == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
