/* SPDX-License-Identifier: GPL-3.0-or-later */
/* template list, show and search: what templates there are, and what one takes and gives. */
#include <strings.h>

#include "cli/commands.h"
#include "cli/templates.h"
#include "support/json_write.h"

#define ZONES_SHOWN 10 /* without -v */

/* ---- list and search ---- */

static void list_json(struct rz_cli *cli, const struct rz_template_view *view, size_t i,
                      const char *found, struct rz_buffer *json)
{
    const struct rz_template *template = &view->project.templates.items[i];
    (void)cli;
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    rz_json_text(json, "deprecated", template->deprecated);
    rz_json_text(json, "description", template->description);
    if (found)
        rz_json_text(json, "found", found);
    rz_json_text(json, "name", template->name);
    rz_json_text(json, "path", template->path);
    rz_json_int(json, "version", (int64_t) template->version);
    rz_json_int(json, "zones", (int64_t)view->zone_counts[i]);
    rz_buffer_char(json, '}');
}

static size_t label_width(struct rz_cli *cli, const struct rz_templates *templates)
{
    size_t width = 0;
    for (size_t i = 0; i < templates->count; i++) {
        size_t size = strlen(rz_template_label(cli, &templates->items[i]));
        width = size > width && size <= 40 ? size : width;
    }
    return width;
}

static void list_text(struct rz_cli *cli, const struct rz_template_view *view, size_t i,
                      const char *found, size_t width)
{
    const struct rz_template *template = &view->project.templates.items[i];
    struct rz_buffer *out = &cli->out.text;
    const char *label = rz_template_label(cli, template);
    size_t zones = view->zone_counts[i], size = strlen(label);
    rz_output_tinted(&cli->out, RZ_TINT_BOLD, label);
    rz_buffer_pad(out, ' ', (size < width ? width - size : 0) + 2);
    rz_buffer_printf(out, "%5zu zone%s  ", zones, zones == 1 ? " " : "s");
    if (template->deprecated)
        rz_buffer_text(out, "(deprecated) ");
    rz_buffer_visible(out, rz_str_of(template->description));
    rz_buffer_char(out, '\n');
    if (found) {
        rz_buffer_text(out, "    ");
        rz_buffer_visible(out, rz_str_of(found));
        rz_buffer_char(out, '\n');
    }
}

/* Where the word stands in the template; NULL where it does not. */
static const char *search(struct rz_cli *cli, const struct rz_template *template, const char *word);

static int list(struct rz_cli *cli, const char *word)
{
    struct rz_template_view view;
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    bool good = rz_template_view_open(cli, &view);
    size_t width = label_width(cli, &view.project.templates), shown = 0;
    rz_buffer_text(&json, "[");
    for (size_t i = 0; good && i < view.project.templates.count; i++) {
        const char *found = word ? search(cli, &view.project.templates.items[i], word) : NULL;
        if (word && !found)
            continue;
        shown++;
        if (cli->json)
            list_json(cli, &view, i, found, &json);
        else
            list_text(cli, &view, i, found, width);
    }
    rz_buffer_text(&json, "]\n");
    if (good && cli->json)
        rz_cli_json(cli, &json);
    else if (good && shown == 0)
        rz_buffer_text(&cli->out.text,
                       word ? "no template has it\n"
                            : "no templates; `rezone template new NAME` writes one\n");
    rz_template_view_close(&view);
    return good ? RZ_EXIT_DONE : RZ_EXIT_ERROR;
}

int rz_command_template_list(struct rz_cli *cli)
{
    return list(cli, NULL);
}

static bool has(const char *text, const char *word)
{
    return text && strcasestr(text, word);
}

/* Keys and texts of records, which is where people look for a provider's name. */
static const char *search_node(struct rz_cli *cli, const struct rz_node *node, const char *word)
{
    const char *found = NULL;
    if (!node)
        return NULL;
    if (node->kind == RZ_NODE_SCALAR)
        return has(node->text, word)
                   ? rz_arena_printf(&cli->arena, "line %u: %.200s", node->line, node->text)
                   : NULL;
    for (uint32_t i = 0; node->kind == RZ_NODE_LIST && i < node->count && !found; i++)
        found = search_node(cli, node->items[i], word);
    for (uint32_t i = 0; node->kind == RZ_NODE_MAP && i < node->count && !found; i++) {
        found = search_node(cli, node->pairs[i].key, word);
        if (!found)
            found = search_node(cli, node->pairs[i].value, word);
    }
    return found;
}

static const char *search(struct rz_cli *cli, const struct rz_template *template, const char *word)
{
    if (has(template->name, word))
        return "its name";
    if (has(template->description, word))
        return "its description";
    for (size_t i = 0; i < template->param_count; i++) {
        const struct rz_parameter *parameter = &template->params[i];
        if (has(parameter->name, word) || has(parameter->description, word))
            return rz_arena_printf(&cli->arena, "parameter %s%s%s", parameter->name,
                                   parameter->description ? ": " : "",
                                   parameter->description ? parameter->description : "");
    }
    const struct rz_node *parts[] = {template->groups,      template->records, template->each,
                                     template->nameservers, template->soa,     template->rules};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *found = search_node(cli, parts[i], word);
        if (found)
            return found;
    }
    return NULL;
}

int rz_command_template_search(struct rz_cli *cli)
{
    return list(cli, cli->arguments[0]);
}

/* ---- show ---- */

/* "list of {name: label, ip: ipv4}" */
static void print_type(struct rz_buffer *out, const struct rz_parameter *parameter, unsigned depth)
{
    rz_buffer_text(out, rz_parameter_type_text(parameter->type));
    if (!parameter->of || depth > 8)
        return;
    rz_buffer_text(out, parameter->of_fields ? " of {" : " of ");
    for (size_t i = 0; i < parameter->of_count; i++) {
        if (parameter->of_fields)
            rz_buffer_printf(out, "%s%s: ", i ? ", " : "", parameter->of[i].name);
        print_type(out, &parameter->of[i], depth + 1);
    }
    rz_buffer_text(out, parameter->of_fields ? "}" : "");
}

/* What restricts it besides the type: "60 to 86400, one of […], /pattern/". */
static void print_bounds(struct rz_buffer *out, const struct rz_parameter *parameter)
{
    if (parameter->has_minimum)
        rz_buffer_printf(out, ", at least %.15g", parameter->minimum);
    if (parameter->has_maximum)
        rz_buffer_printf(out, ", at most %.15g", parameter->maximum);
    if (parameter->choices.kind == RZ_VALUE_LIST) {
        rz_buffer_text(out, ", one of ");
        rz_value_json(out, &parameter->choices);
    }
    if (parameter->pattern)
        rz_buffer_printf(out, ", /%s/", parameter->pattern);
}

static void show_parameter(struct rz_cli *cli, const struct rz_parameter *parameter, size_t width)
{
    struct rz_buffer *out = &cli->out.text;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    size_t size = strlen(parameter->name);
    rz_buffer_text(out, "  ");
    rz_output_tinted(&cli->out, RZ_TINT_BOLD, parameter->name);
    rz_buffer_pad(out, ' ', (size < width ? width - size : 0) + 2);
    print_type(&text, parameter, 0);
    print_bounds(&text, parameter);
    if (parameter->fallback_node) {
        rz_buffer_text(&text, ", default ");
        rz_value_json(&text, &parameter->fallback);
    } else {
        rz_buffer_text(&text, parameter->required ? ", required" : ", may be left out");
    }
    if (parameter->description)
        rz_buffer_printf(&text, " — %s", parameter->description);
    rz_buffer_visible(out, rz_buffer_view(&text));
    rz_buffer_char(out, '\n');
}

static void show_parameters(struct rz_cli *cli, const struct rz_template *template)
{
    size_t width = 0;
    for (size_t i = 0; i < template->param_count; i++) {
        size_t size = strlen(template->params[i].name);
        width = size > width && size <= 30 ? size : width;
    }
    if (template->param_count)
        rz_buffer_text(&cli->out.text, "\nparameters\n");
    for (size_t i = 0; i < template->param_count; i++)
        show_parameter(cli, &template->params[i], width);
}

/* "assert" and "message" of a rule. */
static const char *rule_text(const struct rz_node *rule, const char *key)
{
    const struct rz_node *node = rule->kind == RZ_NODE_MAP ? rz_node_get(rule, key) : NULL;
    return node && node->kind == RZ_NODE_SCALAR ? node->text : NULL;
}

static uint32_t rule_count(const struct rz_template *template)
{
    return template->rules && template->rules->kind == RZ_NODE_LIST ? template->rules->count : 0;
}

static void show_rules(struct rz_cli *cli, const struct rz_template *template)
{
    struct rz_buffer *out = &cli->out.text;
    for (uint32_t i = 0; i < rule_count(template); i++) {
        const char *assertion = rule_text(template->rules->items[i], "assert");
        const char *message = rule_text(template->rules->items[i], "message");
        rz_buffer_text(out, i ? "  " : "\nrules\n  ");
        rz_buffer_visible(out, rz_str_of(assertion));
        rz_buffer_text(out, message ? " — " : "");
        rz_buffer_visible(out, rz_str_of(message));
        rz_buffer_char(out, '\n');
    }
}

static void show_line(struct rz_cli *cli, const char *head, const char *text)
{
    if (!text || !*text)
        return;
    rz_buffer_printf(&cli->out.text, "%s: ", head);
    rz_buffer_visible(&cli->out.text, rz_str_of(text));
    rz_buffer_char(&cli->out.text, '\n');
}

static void show_uses(struct rz_cli *cli, const struct rz_template_view *view,
                      const struct rz_template *template)
{
    size_t zones = 0, hidden = 0;
    for (size_t i = 0; i < view->uses.count; i++) {
        const struct rz_template_use *use = &view->uses.items[i];
        const char *place = rz_template_use_place(cli, use);
        if (use->by == template)
            show_line(cli, "extends", rz_arena_printf(&cli->arena, "%s (%s)", use->request, place));
        else if (use->template == template && use->by)
            show_line(
                cli, "extended by template",
                rz_arena_printf(&cli->arena, "%s (%s)", rz_template_label(cli, use->by), place));
        else if (use->template == template && (zones++ < ZONES_SHOWN || cli->out.verbose))
            show_line(cli, "extended by zone",
                      rz_arena_printf(&cli->arena, "%s (%s)", use->zone, place));
        else if (use->template == template)
            hidden++;
    }
    if (hidden)
        rz_buffer_printf(&cli->out.text, "and by %zu other zones; -v shows them\n", hidden);
    size_t all = view->zone_counts[template - view->project.templates.items];
    rz_buffer_printf(&cli->out.text, "used by: %zu zone%s, directly or through other templates\n",
                     all, all == 1 ? "" : "s");
}

static void show_text(struct rz_cli *cli, const struct rz_template_view *view,
                      const struct rz_template *template)
{
    const struct rz_templates *templates = &view->project.templates;
    rz_output_tinted(&cli->out, RZ_TINT_BOLD, rz_template_label(cli, template));
    rz_buffer_char(&cli->out.text, '\n');
    show_line(cli, "description", template->description);
    show_line(cli, "deprecated", template->deprecated);
    show_line(cli, "file", template->path);
    for (size_t i = 0; i < templates->count; i++)
        if (&templates->items[i] != template
            && strcmp(templates->items[i].name, template->name) == 0)
            show_line(cli, "also",
                      rz_arena_printf(&cli->arena, "%s (%s)",
                                      rz_template_label(cli, &templates->items[i]),
                                      templates->items[i].path));
    show_line(cli, "groups", rz_template_groups(cli, template));
    show_uses(cli, view, template);
    show_parameters(cli, template);
    show_rules(cli, template);
}

static void parameter_json(struct rz_buffer *json, const struct rz_parameter *parameter)
{
    RZ_BUFFER_CLEANUP struct rz_buffer type = {0};
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    rz_json_key(json, "default");
    if (parameter->fallback_node)
        rz_value_json(json, &parameter->fallback);
    else
        rz_buffer_text(json, "null");
    rz_json_text(json, "description", parameter->description);
    rz_json_key(json, "enum");
    if (parameter->choices.kind == RZ_VALUE_LIST)
        rz_value_json(json, &parameter->choices);
    else
        rz_buffer_text(json, "null");
    rz_json_text(json, "name", parameter->name);
    rz_json_text(json, "pattern", parameter->pattern);
    rz_json_bool(json, "required", parameter->required);
    print_type(&type, parameter, 0);
    rz_json_text(json, "type", type.data);
    rz_buffer_char(json, '}');
}

static void uses_json(struct rz_cli *cli, const struct rz_template_view *view,
                      const struct rz_template *template, bool used, struct rz_buffer *json)
{
    rz_buffer_char(json, '[');
    for (size_t i = 0; i < view->uses.count; i++) {
        const struct rz_template_use *use = &view->uses.items[i];
        if (used ? use->template != template : use->by != template)
            continue;
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_text(json, "file", use->path);
        rz_json_int(json, "line", use->line);
        rz_json_text(json, "request", use->request);
        rz_json_text(json, "template", use->by ? rz_template_label(cli, use->by) : NULL);
        rz_json_text(json, "zone", use->zone);
        rz_buffer_char(json, '}');
    }
    rz_buffer_char(json, ']');
}

static void show_json(struct rz_cli *cli, const struct rz_template_view *view,
                      const struct rz_template *template)
{
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_buffer_char(&json, '{');
    rz_json_text(&json, "deprecated", template->deprecated);
    rz_json_text(&json, "description", template->description);
    rz_json_key(&json, "extended_by");
    uses_json(cli, view, template, true, &json);
    rz_json_key(&json, "extends");
    uses_json(cli, view, template, false, &json);
    rz_json_key(&json, "groups");
    rz_buffer_char(&json, '[');
    for (uint32_t i = 0;
         template->groups && template->groups->kind == RZ_NODE_MAP && i < template->groups->count;
         i++) {
        rz_json_comma(&json);
        rz_json_string(&json, rz_node_str(template->groups->pairs[i].key));
    }
    rz_buffer_char(&json, ']');
    rz_json_text(&json, "name", template->name);
    rz_json_key(&json, "params");
    rz_buffer_char(&json, '[');
    for (size_t i = 0; i < template->param_count; i++)
        parameter_json(&json, &template->params[i]);
    rz_buffer_char(&json, ']');
    rz_json_text(&json, "path", template->path);
    rz_json_key(&json, "rules");
    rz_buffer_char(&json, '[');
    for (uint32_t i = 0; i < rule_count(template); i++) {
        rz_json_comma(&json);
        rz_buffer_char(&json, '{');
        rz_json_text(&json, "assert", rule_text(template->rules->items[i], "assert"));
        rz_json_text(&json, "message", rule_text(template->rules->items[i], "message"));
        rz_buffer_char(&json, '}');
    }
    rz_buffer_char(&json, ']');
    rz_json_int(&json, "version", (int64_t) template->version);
    rz_json_int(&json, "zones",
                (int64_t)view->zone_counts[template - view->project.templates.items]);
    rz_buffer_text(&json, "}\n");
    rz_cli_json(cli, &json);
}

int rz_command_template_show(struct rz_cli *cli)
{
    struct rz_template_view view;
    const struct rz_template *template = NULL;
    if (rz_template_view_open(cli, &view))
        template = rz_template_view_find(cli, &view, cli->arguments[0], false);
    if (template && cli->json)
        show_json(cli, &view, template);
    else if (template)
        show_text(cli, &view, template);
    rz_template_view_close(&view);
    return template ? RZ_EXIT_DONE : RZ_EXIT_ERROR;
}
