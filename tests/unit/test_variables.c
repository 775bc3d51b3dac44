/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain variables in nodes. */
#include <criterion/criterion.h>

#include "language/variables.h"
#include "language/yaml.h"

static struct rz_binding inner[2], outer[3];
static struct rz_bindings outer_scope = {NULL, outer, 3}, inner_scope = {&outer_scope, inner, 2};

static void bind(struct rz_binding *binding, const char *name, const char *value)
{
    *binding = (struct rz_binding){rz_str_of(name), rz_value_text(rz_str_of(value))};
}

static void bind_all(void)
{
    bind(&inner[0], "ip", "192.0.2.1");
    bind(&inner[1], "site", "berlin");
    bind(&outer[0], "ip", "10.0.0.1");
    bind(&outer[1], "room-2", "x");
    bind(&outer[2], "_u", "${ip}");
}

struct expanded {
    struct rz_arena arena;
    struct rz_diags diags;
    struct rz_evaluation evaluation;
    struct rz_scope scope;
    const struct rz_node *before, *node;
};

static struct rz_source source;

static void expand(struct expanded *expanded, struct rz_str text)
{
    source = (struct rz_source){"a.yaml", text};
    *expanded = (struct expanded){0};
    expanded->before = rz_yaml_load(&source, &expanded->arena, NULL, &expanded->diags);
    cr_assert_not_null(expanded->before, "%s", text.data);
    bind_all();
    expanded->evaluation = (struct rz_evaluation){.arena = &expanded->arena,
                                                  .diags = &expanded->diags};
    expanded->scope = (struct rz_scope){
        .evaluation = &expanded->evaluation, .bindings = &inner_scope, .source = &source};
    expanded->node = rz_scope_expand(&expanded->scope, expanded->before);
}

static void release(struct expanded *expanded)
{
    rz_arena_free(&expanded->arena);
    rz_diags_free(&expanded->diags);
}

Test(variables, values)
{
    static const char *const cases[][2] = {
        {"'${ip}'", "192.0.2.1"},
        {"'a ${site}-${room-2}!'", "a berlin-x!"},
        {"'$${ip}'", "${ip}"},
        {"'$$${ip}'", "$${ip}"},
        {"'$'", "$"},
        {"'$ip $ {ip}'", "$ip $ {ip}"},
        {"'$$'", "$$"},
        {"'${_u}'", "${ip}"},
        {"'x${ip}$'", "x192.0.2.1$"},
        {"'${ip}${ip}'", "192.0.2.1192.0.2.1"},
        {"'$$ ${site}'", "$$ berlin"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct expanded expanded;
        expand(&expanded, rz_str_of(cases[i][0]));
        cr_expect(!expanded.scope.failed && expanded.diags.count == 0, "%s", cases[i][0]);
        cr_expect_str_eq(expanded.node->text, cases[i][1]);
        cr_expect_eq(expanded.node->count, strlen(cases[i][1]));
        cr_expect_eq(expanded.node != expanded.before, strstr(cases[i][0], "${") != NULL, "%s",
                     cases[i][0]);
        release(&expanded);
    }
}

Test(variables, keys_lists_and_maps)
{
    struct expanded expanded;
    expand(&expanded, RZ_STR("{'${site}': [a, '${ip}', {b: '${site}'}], c: ~, d: []}"));
    cr_expect_str_eq(expanded.node->pairs[0].key->text, "berlin");
    const struct rz_node *list = rz_node_get(expanded.node, "berlin");
    cr_expect_str_eq(list->items[1]->text, "192.0.2.1");
    cr_expect_str_eq(rz_node_get(list->items[2], "b")->text, "berlin");
    cr_expect_eq(rz_node_get(expanded.node, "c")->kind, RZ_NODE_NULL);
    cr_expect_eq(list->items[0], rz_node_get(expanded.before, "${site}")->items[0],
                 "what has none is shared");
    cr_expect_not(rz_has_variables(rz_node_get(expanded.node, "d")));
    release(&expanded);
}

Test(variables, mistakes)
{
    static const struct {
        const char *text, *hint;
        unsigned column, width;
        int code;
    } cases[] = {
        {"a: x ${iq}", "`ip`", 8, 2, 1011}, {"a: ${nowhere}", "-D nowhere=VALUE", 6, 7, 1011},
        {"a: '${ip'", NULL, 5, 2, 1011},    {"a: '${}'", NULL, 7, 1, 1012},
        {"a: '${1x}'", NULL, 8, 1, 1012},   {"a: '${ip b}'", NULL, 10, 1, 1012},
        {"a: '${-ip}'", NULL, 7, 3, 1013},  {"a: 'x${[ip]}'", "", 6, 7, 1013},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct expanded expanded;
        expand(&expanded, rz_str_of(cases[i].text));
        cr_expect(expanded.scope.failed);
        cr_assert_eq(expanded.diags.count, 1, "%s", cases[i].text);
        const struct rz_diag *d = &expanded.diags.items[0];
        cr_expect((int)d->code == cases[i].code && d->column == cases[i].column
                      && d->width == cases[i].width,
                  "%s: %d %u %u %s", cases[i].text, (int)d->code, d->column, d->width, d->message);
        if (cases[i].hint && *cases[i].hint)
            cr_expect(d->hint && strstr(d->hint, cases[i].hint), "%s", d->hint);
        release(&expanded);
    }
}

Test(variables, expansion_is_bounded)
{
    struct expanded expanded;
    struct rz_buffer text = {0}, value = {0};
    rz_buffer_pad(&value, 'x', 60000);
    struct rz_binding huge[1];
    struct rz_bindings huge_scope = {NULL, huge, 1};
    bind(&huge[0], "v", value.data);
    rz_buffer_text(&text, "['${site}${site}'");
    for (int i = 0; i < 6000; i++)
        rz_buffer_text(&text, ",'${site}'");
    rz_buffer_char(&text, ']');
    expand(&expanded, rz_buffer_view(&text));
    cr_expect_not(expanded.scope.failed);
    static const char *const cases[] = {"'${v}${v}'", NULL};
    for (int i = 0; i < 2; i++) {
        struct expanded again;
        rz_buffer_reset(&text);
        if (cases[i])
            rz_buffer_text(&text, cases[i]);
        for (int k = 0; !cases[i] && k < 5000; k++)
            rz_buffer_text(&text, "- '${v}'\n");
        source = (struct rz_source){"a.yaml", rz_buffer_view(&text)};
        again = (struct expanded){0};
        again.before = rz_yaml_load(&source, &again.arena, NULL, &again.diags);
        again.evaluation = (struct rz_evaluation){.arena = &again.arena, .diags = &again.diags};
        again.scope = (struct rz_scope){
            .evaluation = &again.evaluation, .bindings = &huge_scope, .source = &source};
        rz_scope_expand(&again.scope, again.before);
        cr_expect(again.scope.failed);
        cr_expect_eq(again.diags.errors, 1);
        cr_expect_eq((int)again.diags.items[0].code, 1003);
        release(&again);
    }
    rz_buffer_free(&text);
    rz_buffer_free(&value);
    release(&expanded);
}
