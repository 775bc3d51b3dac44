/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running the tests of templates, through the same loader that zones go through. */
#include "language/template_test.h"

#include <stdlib.h>
#include <string.h>

#include "dns/rtype.h"
#include "language/value.h"
#include "support/alloc.h"
#include "support/json_write.h"

#define ZONE "example.com" /* of tests that say none */

struct test {
    const char *name, *zone, *error;
    const struct rz_node *with, *groups, *expect;
};

const struct rz_field rz_template_test_fields[] = {
    {.key = "name",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct test, name),
     .summary = "for the report"},
    {.key = "zone",
     .kind = RZ_FIELD_STRING,
     .fallback = ZONE,
     .offset = offsetof(struct test, zone),
     .summary = "the zone to apply the template to"},
    {.key = "with",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct test, with),
     .summary = "the arguments"},
    {.key = "groups",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct test, groups),
     .summary = "the groups to pick; all where left out"},
    {.key = "expect",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct test, expect),
     .summary = "RRsets that must be there as `records` writes them; null where none may be"},
    {.key = "error",
     .kind = RZ_FIELD_STRING,
     .offset = offsetof(struct test, error),
     .summary = "words of the error that must come"},
    {0},
};

/* A test under way. */
struct run {
    const struct rz_template *template;
    struct rz_zone_document_options options;
    struct rz_name apex;
    struct rz_arena arena;
    struct rz_buffer why; /* empty: passed */
};

/* A document of JSON, which YAML includes. */
static void load(struct run *run, const char *name, const struct rz_buffer *text,
                 struct rz_zone *zone, struct rz_diags *diags)
{
    struct rz_zone_settings settings;
    struct rz_source source = {name, rz_buffer_view(text)};
    rz_zone_document_load(zone, &settings, &source, &run->options, diags);
}

static void node_json(struct run *run, struct rz_buffer *out, const char *key,
                      const struct rz_node *node)
{
    struct rz_value value = node ? rz_value_of_node(&run->arena, node) : rz_value_null();
    rz_json_key(out, key);
    rz_value_json(out, &value);
}

static void write_extends(struct run *run, const struct test *test, struct rz_buffer *out)
{
    const char *request = rz_arena_printf(&run->arena, "%s@%llu", run->template->name,
                                          (unsigned long long)run->template->version);
    rz_buffer_text(out, "{\"extends\":[{");
    node_json(run, out, request, test ? test->with : NULL);
    if (test && test->groups)
        node_json(run, out, "groups", test->groups);
    rz_buffer_text(out, "}]}\n");
}

static void tell_errors(struct run *run, const struct rz_diags *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct rz_diag *diag = &diags->items[i];
        if (diag->severity != RZ_ERROR)
            continue;
        rz_buffer_printf(&run->why, "error[RZ%d]: %s", diag->code, diag->message);
        if (diag->file)
            rz_buffer_printf(&run->why, " (%s:%u)", diag->file, diag->line);
        rz_buffer_char(&run->why, '\n');
    }
}

static bool mentions(const char *text, const char *words)
{
    return text && strcasestr(text, words);
}

static void compare_error(struct run *run, const char *words, const struct rz_diags *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct rz_diag *diag = &diags->items[i];
        if (diag->severity == RZ_ERROR
            && (mentions(diag->message, words) || mentions(diag->hint, words)))
            return;
    }
    rz_buffer_printf(&run->why, "- an error that says `%s`\n", words);
    if (diags->errors == 0)
        rz_buffer_text(&run->why, "+ no error\n");
    tell_errors(run, diags);
}

/* ---- Comparing records ---- */

static bool has_rdata(const struct rz_rrset *rrset, const struct rz_rdata_cursor *rdata)
{
    if (!rrset)
        return false;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);)
        if (c.size == rdata->size && memcmp(c.wire, rdata->wire, c.size) == 0)
            return true;
    return false;
}

static void tell_rrset(struct run *run, char sign, const struct rz_rrset *rrset,
                       const struct rz_rrset *other, bool ttl)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    if (!rrset)
        return;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        if (!ttl && has_rdata(other, &c))
            continue;
        rz_buffer_printf(&run->why, "%c %s ", sign,
                         rz_name_text_relative(owner, rrset->owner, run->apex.wire));
        if (ttl)
            rz_buffer_printf(&run->why, "%u ", rrset->ttl);
        rz_buffer_printf(&run->why, "%s ", rz_rtype_text(type, rrset->type));
        rz_rdata_print(&run->why, rrset->type, c.wire, c.size);
        rz_buffer_char(&run->why, '\n');
    }
}

static void compare_rrset(struct run *run, const struct rz_rrset *wanted,
                          const struct rz_zone *given)
{
    const struct rz_rrset *found = rz_zone_find(given, wanted->owner, wanted->type);
    bool ttl = found && !(wanted->flags & RZ_RRSET_DEFAULT_TTL) && wanted->ttl != found->ttl;
    tell_rrset(run, '-', wanted, found, ttl);
    tell_rrset(run, '+', found, wanted, ttl);
}

/* `null` for an owner or a type: nothing may be there. */
static void compare_absent(struct run *run, const struct rz_node *expect,
                           const struct rz_zone *given)
{
    for (uint32_t i = 0; i < expect->count; i++) {
        const struct rz_pair *owner = &expect->pairs[i];
        struct rz_name name;
        const char *why;
        if (rz_name_parse(&name, rz_node_str(owner->key), run->apex.wire, &why) != RZ_OK)
            continue; /* loading the expectation has said so */
        for (size_t k = 0; owner->value->kind == RZ_NODE_NULL && k < given->count; k++)
            if (rz_name_equal(given->rrsets[k].owner, name.wire))
                tell_rrset(run, '+', &given->rrsets[k], NULL, false);
        for (uint32_t k = 0; owner->value->kind == RZ_NODE_MAP && k < owner->value->count; k++) {
            const struct rz_pair *type = &owner->value->pairs[k];
            uint16_t code;
            if (type->value->kind == RZ_NODE_NULL
                && rz_rtype_parse(&code, rz_node_str(type->key), true))
                tell_rrset(run, '+', rz_zone_find(given, name.wire, code), NULL, false);
        }
    }
}

static void compare_records(struct run *run, const struct rz_node *expect,
                            const struct rz_zone *given)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    struct rz_zone wanted;
    struct rz_diags diags = {0};
    struct rz_lint_settings silent = {.partial = true};
    memset(silent.levels, RZ_LINT_OFF, sizeof silent.levels);
    rz_buffer_char(&text, '{');
    node_json(run, &text, "records", expect);
    rz_buffer_text(&text, "}\n");
    run->options.lint = &silent;
    load(run, "expect", &text, &wanted, &diags);
    if (diags.errors) {
        rz_buffer_text(&run->why, "what is expected is wrong itself:\n");
        tell_errors(run, &diags);
    } else {
        for (size_t i = 0; i < wanted.count; i++)
            compare_rrset(run, &wanted.rrsets[i], given);
        compare_absent(run, expect, given);
    }
    rz_zone_free(&wanted);
    rz_diags_free(&diags);
}

static void run_test(struct run *run, const struct test *test)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    struct rz_zone given;
    struct rz_diags diags = {0};
    struct rz_lint_settings lint = run->options.lint ? *run->options.lint
                                                     : (struct rz_lint_settings){0};
    lint.partial = true; /* a template may be a part of a zone only */
    run->options.lint = &lint;
    write_extends(run, test, &text);
    load(run, test->name ? test->name : "test", &text, &given, &diags);
    if (test->error)
        compare_error(run, test->error, &diags);
    else if (diags.errors)
        tell_errors(run, &diags);
    else if (test->expect)
        compare_records(run, test->expect, &given);
    rz_zone_free(&given);
    rz_diags_free(&diags);
}

/* ---- Reading tests ---- */

static bool read_test(struct run *run, const struct rz_node *node, struct test *test,
                      struct rz_diags *diags)
{
    const struct rz_source *source = &run->template->source;
    struct rz_field_reader reader = {source, &run->arena, diags};
    const char *why = NULL;
    if (node->kind != RZ_NODE_MAP)
        why = "a test is a map";
    else if (rz_fields_load(&reader, node, rz_template_test_fields, test) != RZ_OK)
        return false;
    else if (test->expect && test->expect->kind != RZ_NODE_MAP)
        why = "`expect` is a map of owners, as in `records`";
    else if (test->expect && test->error)
        why = "a test has `expect` or `error`, not both";
    else if (rz_name_parse(&run->apex, rz_str_of(test->zone), NULL, &why) == RZ_OK)
        return true;
    struct rz_diag *diag = rz_diags_add(diags, RZ1412, rz_node_place(source, node), "%s", why);
    rz_diag_hint(diags, diag, "write {name: …, with: {…}, expect: {www: {A: 192.0.2.1}}}");
    return false;
}

static bool run_one(struct rz_template_outcomes *outcomes, const struct rz_template *template,
                    uint32_t number, const struct rz_zone_document_options *options,
                    struct rz_diags *diags)
{
    const struct rz_node *node = template->tests->items[number];
    struct test test = {0};
    struct run run = {.template = template, .options = *options};
    bool good = read_test(&run, node, &test, diags);
    if (good) {
        run.options.apex = run.apex.wire;
        run.options.format = RZ_FORMAT_NATIVE;
        run.options.explanations = NULL;
        run_test(&run, &test);
        outcomes->items = rz_grow(outcomes->items, &outcomes->capacity, outcomes->count + 1,
                                  sizeof *outcomes->items);
        outcomes->items[outcomes->count++] = (struct rz_template_outcome){
            .name = test.name ? rz_arena_strdup(&outcomes->arena, test.name)
                              : rz_arena_printf(&outcomes->arena, "test %u", number + 1),
            .line = node->line,
            .why = run.why.size ? rz_arena_str(&outcomes->arena, rz_buffer_view(&run.why)).data
                                : NULL};
        outcomes->failed += run.why.size > 0;
    }
    rz_buffer_free(&run.why);
    rz_arena_free(&run.arena);
    return good;
}

enum rz_status rz_template_test(struct rz_template_outcomes *outcomes,
                                const struct rz_template *template,
                                const struct rz_zone_document_options *options,
                                struct rz_diags *diags)
{
    const struct rz_node *tests = template->tests;
    bool good = true;
    if (!tests || tests->kind == RZ_NODE_NULL)
        return RZ_OK;
    if (tests->kind != RZ_NODE_LIST) {
        rz_diags_add(diags, RZ1412, rz_node_place(&template->source, tests),
                     "`tests` is a list of maps");
        return RZ_INVALID;
    }
    for (uint32_t i = 0; i < tests->count; i++)
        good &= run_one(outcomes, template, i, options, diags);
    return good ? RZ_OK : RZ_INVALID;
}

void rz_template_outcomes_free(struct rz_template_outcomes *outcomes)
{
    rz_arena_free(&outcomes->arena);
    free(outcomes->items);
    *outcomes = (struct rz_template_outcomes){0};
}

/* ---- Templates that no zone uses ---- */

void rz_template_check_alone(const struct rz_template *template,
                             const struct rz_zone_document_options *options, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    struct run run = {.template = template, .options = *options};
    struct rz_lint_settings lint = {.partial = true};
    struct rz_zone zone;
    struct rz_diags own = {0};
    const char *why;
    for (size_t i = 0; i < template->param_count; i++)
        if (template->params[i].required && !template->params[i].fallback_node)
            return;
    memset(lint.levels, RZ_LINT_OFF, sizeof lint.levels);
    rz_name_parse(&run.apex, RZ_STR(ZONE), NULL, &why);
    run.options.apex = run.apex.wire;
    run.options.format = RZ_FORMAT_NATIVE;
    run.options.lint = &lint;
    write_extends(&run, NULL, &text);
    load(&run, template->path, &text, &zone, &own);
    for (size_t i = 0; i < own.count; i++)
        if (own.items[i].code == RZ1011 || own.items[i].code == RZ1409) {
            rz_diag_set_severity(&own, &own.items[i], RZ_WARNING);
            rz_diag_hint(&own, &own.items[i],
                         "an extender may provide it; declare what is needed under `params`");
        }
    rz_diags_take(diags, &own);
    rz_zone_free(&zone);
    rz_arena_free(&run.arena);
}
