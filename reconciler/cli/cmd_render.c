/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render: zones as they will be; with --explain, where each RRset comes from and what it won over. */
#include <stdlib.h>

#include "cli/commands.h"
#include "dns/master_file.h"
#include "dns/rtype.h"
#include "support/alloc.h"
#include "support/json_write.h"

/* What is to be shown of a zone. */
struct rendering {
    struct rz_cli *cli;
    bool explain;
    const char *owner; /* NULL: all; relative to each zone, or a full name */
    uint16_t type;     /* 0: all */
    size_t found;      /* RRsets shown */
    struct rz_buffer json;
    /* of the zone under way */
    const struct rz_zone *zone;
    const struct rz_explanation **events; /* by owner and type, in the order they happened */
    size_t event_count;
};

static int compare_events(const void *left, const void *right)
{
    const struct rz_explanation *a = *(const struct rz_explanation *const *)left;
    const struct rz_explanation *b = *(const struct rz_explanation *const *)right;
    int order = rz_name_compare(a->owner.wire, b->owner.wire);
    if (order == 0)
        order = (a->type > b->type) - (a->type < b->type);
    return order ? order : (a > b) - (a < b);
}

static void sort_events(struct rendering *rendering, const struct rz_explanations *explanations)
{
    rendering->event_count = explanations->count;
    rendering->events = rz_alloc((explanations->count + 1) * sizeof *rendering->events);
    for (size_t i = 0; i < explanations->count; i++)
        rendering->events[i] = &explanations->items[i];
    if (explanations->count)
        qsort(rendering->events, explanations->count, sizeof *rendering->events, compare_events);
}

/* The first event of an RRset, or of one behind it. */
static size_t first_event(const struct rendering *rendering, const uint8_t *owner, uint16_t type)
{
    size_t low = 0, high = rendering->event_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct rz_explanation *event = rendering->events[middle];
        int order = rz_name_compare(event->owner.wire, owner);
        if (order < 0 || (order == 0 && event->type < type))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_event_of(const struct rendering *rendering, size_t i, const uint8_t *owner,
                        uint16_t type)
{
    return i < rendering->event_count && rendering->events[i]->type == type
           && rz_name_equal(rendering->events[i]->owner.wire, owner);
}

static bool is_asked_for(const struct rendering *rendering, const uint8_t *owner, uint16_t type)
{
    struct rz_name name;
    const char *why;
    if (rendering->type && rendering->type != type)
        return false;
    if (!rendering->owner)
        return true;
    struct rz_str text = rz_str_of(rendering->owner);
    return (rz_name_parse(&name, text, rendering->zone->apex.wire, &why) == RZ_OK
            && rz_name_equal(name.wire, owner))
           || (rz_name_parse(&name, text, NULL, &why) == RZ_OK && rz_name_equal(name.wire, owner));
}

/* ---- JSON ---- */

static const char *const kind_words[] = {"replaced", "removed", "adjusted"};

static void place_json(struct rz_buffer *out, const char *key,
                       const struct rz_explanation_place *place)
{
    rz_json_key(out, key);
    if (!place->file) {
        rz_buffer_text(out, "null");
        return;
    }
    rz_buffer_char(out, '{');
    rz_json_text(out, "chain", place->chain);
    rz_json_text(out, "file", place->file);
    rz_json_int(out, "line", place->line);
    rz_buffer_char(out, '}');
}

static void event_json(struct rz_buffer *out, const struct rz_explanation *event, bool named)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    place_json(out, "by", &event->by);
    place_json(out, "lost", &event->lost);
    if (named)
        rz_json_text(out, "owner", rz_name_text(owner, event->owner.wire));
    if (named)
        rz_json_text(out, "type", rz_rtype_text(type, event->type));
    rz_json_text(out, "what", kind_words[event->kind]);
    rz_buffer_char(out, '}');
}

static void rrset_json(struct rendering *rendering, const struct rz_rrset *rrset)
{
    struct rz_buffer *out = &rendering->json;
    RZ_BUFFER_CLEANUP struct rz_buffer scratch = {0};
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_text(out, "chain", rz_zone_origin_chain(rendering->zone, rrset));
    rz_json_text(out, "file", rz_zone_origin_file(rendering->zone, rrset));
    if (rendering->explain) {
        rz_json_key(out, "history");
        rz_buffer_char(out, '[');
        for (size_t i = first_event(rendering, rrset->owner, rrset->type);
             is_event_of(rendering, i, rrset->owner, rrset->type); i++)
            event_json(out, rendering->events[i], false);
        rz_buffer_char(out, ']');
    }
    rz_json_int(out, "line", rrset->line);
    rz_json_text(out, "owner", rz_name_text(owner, rrset->owner));
    rz_json_key(out, "rdata");
    rz_buffer_char(out, '[');
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        rz_buffer_reset(&scratch);
        rz_rdata_print(&scratch, rrset->type, c.wire, c.size);
        rz_json_comma(out);
        rz_json_string(out, rz_buffer_view(&scratch));
    }
    rz_buffer_char(out, ']');
    rz_json_int(out, "ttl", rrset->ttl);
    rz_json_text(out, "type", rz_rtype_text(type, rrset->type));
    rz_buffer_char(out, '}');
}

/* The last event of an RRset that the zone does not have; NULL where it is none. */
static const struct rz_explanation *removal(const struct rendering *rendering, size_t i)
{
    const struct rz_explanation *event = rendering->events[i];
    bool last = !is_event_of(rendering, i + 1, event->owner.wire, event->type);
    return last && is_asked_for(rendering, event->owner.wire, event->type)
                   && !rz_zone_find(rendering->zone, event->owner.wire, event->type)
               ? event
               : NULL;
}

static void zone_json(struct rendering *rendering)
{
    const struct rz_zone *zone = rendering->zone;
    struct rz_buffer *out = &rendering->json;
    char apex[RZ_NAME_TEXT_MAX], hash[RZ_HASH_TEXT];
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_text(out, "fingerprint", rz_hash_text(hash, zone->fingerprint));
    if (rendering->explain) {
        rz_json_key(out, "removed");
        rz_buffer_char(out, '[');
        for (size_t i = 0; i < rendering->event_count; i++)
            if (removal(rendering, i)) {
                event_json(out, rendering->events[i], true);
                rendering->found++;
            }
        rz_buffer_char(out, ']');
    }
    rz_json_key(out, "rrsets");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < zone->count; i++)
        if (is_asked_for(rendering, zone->rrsets[i].owner, zone->rrsets[i].type)) {
            rrset_json(rendering, &zone->rrsets[i]);
            rendering->found++;
        }
    rz_buffer_char(out, ']');
    rz_json_text(out, "zone", rz_name_text_plain(apex, zone->apex.wire));
    rz_buffer_char(out, '}');
}

/* ---- Text ---- */

/* "file:line" and, a line for each template, the chain. */
static void print_place(struct rz_cli *cli, const char *words,
                        const struct rz_explanation_place *place)
{
    struct rz_output *out = &cli->out;
    const char *chain = place->chain;
    rz_buffer_printf(&out->text, "    %s ", words);
    rz_buffer_visible(&out->text, rz_str_of(place->file));
    rz_buffer_printf(&out->text, ":%u\n", place->line);
    while (chain) {
        const char *next = strstr(chain, ", in template ");
        struct rz_str part = {chain, next ? (size_t)(next - chain) : strlen(chain)};
        rz_output_tint(out, RZ_TINT_DIM);
        rz_buffer_text(&out->text, "      ");
        rz_buffer_visible(&out->text, part);
        rz_output_tint(out, RZ_TINT_NONE);
        rz_buffer_char(&out->text, '\n');
        chain = next ? next + 2 : NULL;
    }
}

static void print_event(struct rz_cli *cli, const struct rz_explanation *event)
{
    if (event->kind == RZ_EXPLAIN_REPLACED) {
        print_place(cli, "overrides", &event->lost);
        return;
    }
    bool removed = event->kind == RZ_EXPLAIN_REMOVED;
    print_place(cli, removed ? "removed at" : "adjusted at", &event->by);
    if (removed)
        print_place(cli, "given at", &event->lost);
}

static void print_head(struct rendering *rendering, const uint8_t *owner, uint16_t type)
{
    struct rz_output *out = &rendering->cli->out;
    char text[RZ_NAME_TEXT_MAX], word[RZ_RTYPE_TEXT_MAX];
    if (rendering->found++)
        rz_buffer_char(&out->text, '\n');
    rz_output_tinted(out, RZ_TINT_BOLD, rz_name_text(text, owner));
    rz_buffer_printf(&out->text, " %s", rz_rtype_text(word, type));
}

static void explain_rrset(struct rendering *rendering, const struct rz_rrset *rrset)
{
    struct rz_buffer *out = &rendering->cli->out.text;
    print_head(rendering, rrset->owner, rrset->type);
    rz_buffer_printf(out, " %u\n", rrset->ttl);
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        rz_buffer_text(out, "    ");
        rz_rdata_print(out, rrset->type, c.wire, c.size);
        rz_buffer_char(out, '\n');
    }
    struct rz_explanation_place place = {rz_zone_origin_file(rendering->zone, rrset),
                                         rz_zone_origin_chain(rendering->zone, rrset), rrset->line};
    print_place(rendering->cli, "given at", &place);
    for (size_t i = first_event(rendering, rrset->owner, rrset->type);
         is_event_of(rendering, i, rrset->owner, rrset->type); i++)
        print_event(rendering->cli, rendering->events[i]);
    rz_output_pulse(&rendering->cli->out);
}

static void explain_zone(struct rendering *rendering)
{
    const struct rz_zone *zone = rendering->zone;
    for (size_t i = 0; i < zone->count; i++)
        if (is_asked_for(rendering, zone->rrsets[i].owner, zone->rrsets[i].type))
            explain_rrset(rendering, &zone->rrsets[i]);
    for (size_t i = 0; i < rendering->event_count; i++) {
        const struct rz_explanation *event = removal(rendering, i);
        if (!event)
            continue;
        print_head(rendering, event->owner.wire, event->type);
        rz_buffer_text(&rendering->cli->out.text, " is not in the zone\n");
        print_event(rendering->cli, event);
    }
}

/* ---- The command ---- */

static void render_zone(struct rendering *rendering)
{
    struct rz_cli *cli = rendering->cli;
    const char *format = cli->options.last[RZ_OPT_FORMAT];
    if (cli->json)
        zone_json(rendering);
    else if (rendering->explain)
        explain_zone(rendering);
    else if (format && strcmp(format, "yaml") == 0)
        rz_zone_document_write(&cli->out.text, rendering->zone, false);
    else
        rz_master_file_write(&cli->out.text, rendering->zone);
    rz_output_pulse(&cli->out);
}

static bool is_zone(const struct rz_zone_list *zones, const char *text)
{
    char zone[RZ_NAME_TEXT_MAX];
    for (size_t i = 0; i < zones->count; i++)
        if (rz_str_glob(text, rz_name_text_plain(zone, zones->items[i].apex.wire)))
            return true;
    return false;
}

/* Keeps the zone that a full name lies in, where there is one. */
static void keep_zone_of(struct rz_zone_list *zones, const char *owner)
{
    struct rz_name name;
    const char *why;
    const struct rz_zone_entry *best = NULL;
    if (rz_name_parse(&name, rz_str_of(owner), NULL, &why) != RZ_OK)
        return;
    for (size_t i = 0; i < zones->count; i++) {
        const struct rz_zone_entry *entry = &zones->items[i];
        if (rz_name_in(name.wire, entry->apex.wire)
            && (!best || rz_name_size(entry->apex.wire) > rz_name_size(best->apex.wire)))
            best = entry;
    }
    if (best) {
        zones->items[0] = *best;
        zones->count = 1;
    }
}

static void keep_zones(struct rz_zone_list *zones, const char *glob)
{
    char zone[RZ_NAME_TEXT_MAX];
    size_t kept = 0;
    for (size_t i = 0; i < zones->count; i++)
        if (rz_str_glob(glob, rz_name_text_plain(zone, zones->items[i].apex.wire)))
            zones->items[kept++] = zones->items[i];
    zones->count = kept;
}

/* [ZONE] [OWNER] [TYPE]: a type is written in upper case; a zone is one the project has. */
static bool read_question(struct rendering *rendering, struct rz_zone_list *zones)
{
    struct rz_cli *cli = rendering->cli;
    const char *zone = NULL;
    for (size_t i = 0; i < cli->argument_count; i++) {
        char *text = rz_arena_strdup(&cli->arena, cli->arguments[i]);
        size_t size = strlen(text);
        bool upper = *text >= 'A' && *text <= 'Z';
        bool absolute = size > 1 && text[size - 1] == '.';
        if (!rendering->type && upper && rz_rtype_parse(&rendering->type, rz_str_of(text), true))
            continue;
        if (absolute)
            text[size - 1] = '\0';
        if (!zone && !rendering->owner && is_zone(zones, text)) {
            zone = text;
            keep_zones(zones, zone);
        } else if (!rendering->owner) {
            rendering->owner = cli->arguments[i];
            keep_zone_of(zones, rendering->owner);
        } else {
            struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                                "an argument too many: %s", cli->arguments[i]);
            rz_diag_hint(&cli->diags, diag, "usage: rezone render --explain [ZONE] [OWNER] [TYPE]");
            return false;
        }
    }
    return true;
}

static void check_found(struct rendering *rendering)
{
    struct rz_cli *cli = rendering->cli;
    if (rendering->found || !(rendering->owner || rendering->type) || cli->diags.errors)
        return;
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        "nothing gives %s",
                                        rendering->owner ? rendering->owner : "that type");
    rz_diag_hint(&cli->diags, diag,
                 "owners are relative to a zone, or full names; types are upper case");
}

static void render_one(struct rendering *rendering, struct rz_project *project,
                       const struct rz_zone_entry *entry)
{
    struct rz_zone zone;
    struct rz_zone_settings settings;
    struct rz_explanations explanations = {0};
    enum rz_status status = rz_project_explain_zone(project, entry, &zone, &settings,
                                                    rendering->explain ? &explanations : NULL,
                                                    &rendering->cli->diags);
    if (status == RZ_OK) {
        rendering->zone = &zone;
        sort_events(rendering, &explanations);
        render_zone(rendering);
        free(rendering->events);
    }
    rz_arena_free(&explanations.arena);
    free(explanations.items);
    rz_zone_free(&zone);
}

int rz_command_render(struct rz_cli *cli)
{
    struct rz_project project;
    struct rz_zone_list zones;
    struct rendering rendering = {.cli = cli, .explain = cli->options.given[RZ_OPT_EXPLAIN]};
    struct rz_strings globs = rendering.explain ? cli->options.all[RZ_OPT_ZONE] : rz_cli_globs(cli);
    const char *format = cli->options.last[RZ_OPT_FORMAT];
    if (rendering.explain && format && strcmp(format, "yaml") == 0) {
        rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                     "--explain is text or json, not yaml");
        return RZ_EXIT_ERROR;
    }
    bool good = rz_cli_open(cli, &project, &zones, &globs)
                && (!rendering.explain || read_question(&rendering, &zones));
    rz_buffer_text(&rendering.json, "[");
    for (size_t i = 0; good && i < zones.count; i++)
        render_one(&rendering, &project, &zones.items[i]);
    check_found(&rendering);
    good = cli->diags.errors == 0;
    if (cli->json && good) {
        rz_buffer_text(&rendering.json, "]\n");
        rz_cli_json(cli, &rendering.json);
    }
    rz_buffer_free(&rendering.json);
    rz_zone_list_free(&zones);
    rz_project_free(&project);
    return good ? RZ_EXIT_DONE : RZ_EXIT_ERROR;
}
