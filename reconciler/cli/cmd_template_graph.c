/* SPDX-License-Identifier: GPL-3.0-or-later */
/* template graph: which zones and templates extend which templates, as text, dot or Mermaid. */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/templates.h"
#include "support/alloc.h"
#include "support/json_write.h"

struct graph {
    struct rz_cli *cli;
    const struct rz_template_view *view;
    bool *shown; /* one for each template */
};

static size_t number_of(const struct graph *graph, const struct rz_template *template)
{
    return (size_t)(template - graph->view->project.templates.items);
}

/* What `template` builds on (down) or what builds on it, and so on. */
static void spread(struct graph *graph, const struct rz_template *template, bool down, bool *seen)
{
    const struct rz_template_uses *uses = &graph->view->uses;
    size_t number = number_of(graph, template);
    if (seen[number])
        return;
    seen[number] = graph->shown[number] = true;
    for (size_t i = 0; i < uses->count && uses->items[i].by; i++) {
        const struct rz_template_use *use = &uses->items[i];
        if (down && use->by == template && use->template)
            spread(graph, use->template, down, seen);
        else if (!down && use->template == template)
            spread(graph, use->by, down, seen);
    }
}

static bool choose(struct graph *graph)
{
    struct rz_cli *cli = graph->cli;
    size_t count = graph->view->project.templates.count;
    graph->shown = rz_alloc_zero(count + 1, sizeof *graph->shown);
    if (cli->argument_count == 0) {
        memset(graph->shown, 1, count);
        return true;
    }
    const struct rz_template *template = rz_template_view_find(cli, graph->view, cli->arguments[0],
                                                               false);
    if (!template)
        return false;
    for (int down = 0; down < 2; down++) {
        bool *seen = rz_alloc_zero(count + 1, sizeof *seen);
        spread(graph, template, down != 0, seen);
        free(seen);
    }
    return true;
}

/* A use with both of its ends in the picture. */
static bool is_shown(const struct graph *graph, const struct rz_template_use *use)
{
    return use->template && graph->shown[number_of(graph, use->template)]
           && (!use->by || graph->shown[number_of(graph, use->by)]);
}

static void print_text(struct graph *graph)
{
    struct rz_cli *cli = graph->cli;
    struct rz_buffer *out = &cli->out.text;
    const struct rz_templates *templates = &graph->view->project.templates;
    for (size_t i = 0; i < templates->count; i++) {
        const struct rz_template *template = &templates->items[i];
        if (!graph->shown[i])
            continue;
        rz_output_tinted(&cli->out, RZ_TINT_BOLD, rz_template_label(cli, template));
        rz_buffer_text(out, "  ");
        rz_buffer_visible(out, rz_str_of(template->path));
        rz_buffer_char(out, '\n');
        for (size_t k = 0; k < graph->view->uses.count; k++) {
            const struct rz_template_use *use = &graph->view->uses.items[k];
            if (!is_shown(graph, use) || (use->by != template && use->template != template))
                continue;
            const char *words = use->by == template ? "extends"
                                : use->by           ? "extended by template"
                                                    : "extended by zone";
            const char *other = use->by == template ? rz_template_label(cli, use->template)
                                : use->by           ? rz_template_label(cli, use->by)
                                                    : use->zone;
            rz_buffer_printf(out, "    %s ", words);
            rz_buffer_visible(out, rz_str_of(other));
            rz_buffer_text(out, "  ");
            rz_buffer_visible(out, rz_str_of(rz_template_use_place(cli, use)));
            rz_buffer_char(out, '\n');
        }
        rz_output_pulse(&cli->out);
    }
}

/* Text in quotes of dot, or of Mermaid. */
static void quote(struct rz_buffer *out, const char *text, bool mermaid)
{
    for (; *text; text++) {
        if (mermaid
            && (*text == '"' || *text == '#' || *text == '<' || *text == '>' || *text == '&'))
            rz_buffer_printf(out, "#%d;", *text);
        else if (!mermaid && (*text == '"' || *text == '\\'))
            rz_buffer_printf(out, "\\%c", *text);
        else
            rz_buffer_char(out, (unsigned char)*text < ' ' ? ' ' : *text);
    }
}

/* Templates are boxes, zones are round. */
static void print_node(struct rz_buffer *out, char letter, size_t number, const char *label,
                       bool mermaid)
{
    bool box = letter == 't';
    rz_buffer_printf(out, "  %c%zu%s\"", letter, number, !mermaid ? " [label=" : box ? "[" : "([");
    quote(out, label, mermaid);
    if (mermaid)
        rz_buffer_text(out, box ? "\"]\n" : "\"])\n");
    else
        rz_buffer_printf(out, "\", shape=%s];\n", box ? "box" : "ellipse");
}

static void print_drawing(struct graph *graph, bool mermaid)
{
    struct rz_cli *cli = graph->cli;
    struct rz_buffer *out = &cli->out.text;
    const struct rz_templates *templates = &graph->view->project.templates;
    const char *arrow = mermaid ? "-->" : "->", *end = mermaid ? "" : ";";
    const char *zone = NULL;
    size_t zones = 0;
    rz_buffer_text(out, mermaid ? "graph LR\n" : "digraph templates {\n  rankdir=LR;\n");
    for (size_t i = 0; i < templates->count; i++)
        if (graph->shown[i])
            print_node(out, 't', i, rz_template_label(cli, &templates->items[i]), mermaid);
    for (size_t i = 0; i < graph->view->uses.count; i++) {
        const struct rz_template_use *use = &graph->view->uses.items[i];
        if (!is_shown(graph, use))
            continue;
        if (use->zone && use->zone != zone) {
            zone = use->zone;
            print_node(out, 'z', ++zones, zone, mermaid);
        }
        rz_buffer_printf(out, "  %c%zu %s t%zu%s\n", use->zone ? 'z' : 't',
                         use->zone ? zones : number_of(graph, use->by), arrow,
                         number_of(graph, use->template), end);
        rz_output_pulse(&cli->out);
    }
    rz_buffer_text(out, mermaid ? "" : "}\n");
}

static void print_json(struct graph *graph)
{
    struct rz_cli *cli = graph->cli;
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    const struct rz_templates *templates = &graph->view->project.templates;
    rz_buffer_text(&json, "{\"edges\":[");
    for (size_t i = 0; i < graph->view->uses.count; i++) {
        const struct rz_template_use *use = &graph->view->uses.items[i];
        if (!is_shown(graph, use))
            continue;
        rz_json_comma(&json);
        rz_buffer_char(&json, '{');
        rz_json_text(&json, "extends", rz_template_label(cli, use->template));
        rz_json_text(&json, "file", use->path);
        rz_json_int(&json, "line", use->line);
        rz_json_text(&json, "template", use->by ? rz_template_label(cli, use->by) : NULL);
        rz_json_text(&json, "zone", use->zone);
        rz_buffer_char(&json, '}');
    }
    rz_buffer_text(&json, "],\"templates\":[");
    for (size_t i = 0; i < templates->count; i++)
        if (graph->shown[i]) {
            rz_json_comma(&json);
            rz_json_string(&json, rz_str_of(rz_template_label(cli, &templates->items[i])));
        }
    rz_buffer_text(&json, "]}\n");
    rz_cli_json(cli, &json);
}

int rz_command_template_graph(struct rz_cli *cli)
{
    struct rz_template_view view;
    struct graph graph = {.cli = cli, .view = &view};
    const char *format = cli->options.last[RZ_OPT_FORMAT];
    bool good = rz_template_view_open(cli, &view) && choose(&graph);
    if (good && cli->json)
        print_json(&graph);
    else if (good && format && strcmp(format, "text") != 0)
        print_drawing(&graph, strcmp(format, "mermaid") == 0);
    else if (good)
        print_text(&graph);
    free(graph.shown);
    rz_template_view_close(&view);
    return good ? RZ_EXIT_DONE : RZ_EXIT_ERROR;
}
