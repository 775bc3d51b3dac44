/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts of templates, and of zone documents that extend them. */
#include "language/extract_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "dns/rtype.h"
#include "language/document_internal.h"
#include "language/yaml.h"
#include "support/alloc.h"

/* An RRset of a template. */
struct row {
    const struct rz_extract_place *place;
    uint32_t ttl;
    const char *const *values;
    size_t value_count;
    const char *param; /* stands for the last value; NULL: none */
};

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    bool apex_a = strcmp(a->place->owner, "@") == 0, apex_b = strcmp(b->place->owner, "@") == 0;
    int order = strcmp(a->place->owner, b->place->owner);
    if (apex_a != apex_b)
        return apex_a ? -1 : 1;
    return order ? order : (a->place->type > b->place->type) - (a->place->type < b->place->type);
}

static struct row *list_rows(const struct rz_extract *extract,
                             const struct rz_extract_template *template, size_t *count)
{
    struct row *rows = rz_alloc((template->item_count + template->param_count + 1) * sizeof *rows);
    *count = 0;
    for (size_t i = 0; i < template->item_count; i++) {
        const struct rz_extract_item *item = &extract->items[template->items[i]];
        rows[(*count)++] = (struct row){&extract->places[item->place], item->ttl, item->values,
                                        item->value_count, NULL};
    }
    for (size_t i = 0; i < template->param_count; i++) {
        const struct rz_extract_param *param = &template->params[i];
        rows[(*count)++] = (struct row){&extract->places[param->place], param->ttl, param->values,
                                        param->value_count, param->name};
    }
    qsort(rows, *count, sizeof *rows, compare_rows);
    return rows;
}

uint32_t rz_extract_ttl(const struct rz_extract *extract,
                        const struct rz_extract_template *template)
{
    uint32_t best = 3600;
    size_t most = 0;
    for (size_t i = 0; i < template->item_count; i++) {
        size_t same = 0;
        uint32_t ttl = extract->items[template->items[i]].ttl;
        for (size_t k = 0; k < template->item_count; k++)
            same += extract->items[template->items[k]].ttl == ttl;
        if (same > most || (same == most && ttl < best)) {
            most = same;
            best = ttl;
        }
    }
    return best;
}

static void write_ttl(struct rz_buffer *out, unsigned indent, uint32_t ttl)
{
    rz_buffer_pad(out, ' ', indent);
    rz_buffer_text(out, "ttl: ");
    rz_duration_print(out, ttl);
    rz_buffer_char(out, '\n');
}

static void write_value(struct rz_buffer *out, const char *value)
{
    if (value[0] == '!')
        rz_buffer_text(out, "{rdata: ");
    rz_yaml_print_scalar(out, rz_str_of(value + 1), false);
    if (value[0] == '!')
        rz_buffer_char(out, '}');
}

static void write_values(struct rz_buffer *out, const struct row *row, unsigned indent)
{
    for (size_t i = 0; i < row->value_count; i++) {
        bool param = row->param && i + 1 == row->value_count;
        rz_buffer_text(out, row->value_count > 1 ? "\n" : " ");
        if (row->value_count > 1) {
            rz_buffer_pad(out, ' ', indent);
            rz_buffer_text(out, "- ");
        }
        if (param)
            rz_buffer_printf(out, "\"${%s}\"", row->param);
        else
            write_value(out, row->values[i]);
    }
    rz_buffer_char(out, '\n');
}

static void write_soa(struct rz_buffer *out, const struct row *row, uint32_t ttl)
{
    static const char *const keys[] = {"mname", "rname", "refresh", "retry", "expire", "minimum"};
    rz_buffer_text(out, "soa:\n");
    for (size_t i = 0; i < 6; i++) {
        rz_buffer_printf(out, "  %s: ", keys[i]);
        write_value(out, row->values[i]);
        rz_buffer_char(out, '\n');
    }
    if (row->ttl != ttl)
        write_ttl(out, 2, row->ttl);
}

/* `${` in a key stays what it is. */
static void write_owner(struct rz_buffer *out, const char *owner)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    for (; *owner; owner++) {
        if (owner[0] == '$' && owner[1] == '{')
            rz_buffer_char(&text, '$');
        rz_buffer_char(&text, *owner);
    }
    rz_buffer_text(out, "  ");
    rz_yaml_print_scalar(out, rz_buffer_view(&text), true);
    rz_buffer_text(out, ":\n");
}

static void write_records(struct rz_buffer *out, const struct row *rows, size_t count, uint32_t ttl)
{
    const char *owner = NULL;
    for (size_t i = 0; i < count; i++) {
        char type[RZ_RTYPE_TEXT_MAX];
        const struct row *row = &rows[i];
        if (row->place->type == RZ_TYPE_SOA
            || (row->place->type == RZ_TYPE_NS && strcmp(row->place->owner, "@") == 0
                && row->ttl == ttl))
            continue;
        if (!owner)
            rz_buffer_text(out, "records:\n");
        if (!owner || strcmp(owner, row->place->owner) != 0)
            write_owner(out, row->place->owner);
        owner = row->place->owner;
        rz_buffer_printf(out, "    %s:", rz_rtype_text(type, row->place->type));
        if (row->ttl != ttl) {
            rz_buffer_char(out, '\n');
            write_ttl(out, 6, row->ttl);
            rz_buffer_text(out, "      values:");
        }
        write_values(out, row, row->ttl != ttl ? 8 : 6);
    }
}

static const char *param_type(const struct rz_extract_place *place)
{
    return place->type == RZ_TYPE_A ? "ipv4" : place->type == RZ_TYPE_AAAA ? "ipv6" : "string";
}

static void write_params(struct rz_buffer *out, const struct rz_extract *extract,
                         const struct rz_extract_template *template)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_buffer_text(out, template->param_count ? "params:\n" : "");
    for (size_t i = 0; i < template->param_count; i++) {
        const struct rz_extract_param *param = &template->params[i];
        const struct rz_extract_place *place = &extract->places[param->place];
        char type[RZ_RTYPE_TEXT_MAX];
        rz_buffer_printf(out, "  %s:\n    type: %s\n", param->name, param_type(place));
        if (param->required)
            rz_buffer_text(out, "    required: true\n");
        rz_buffer_reset(&text);
        rz_buffer_printf(&text, "%s of %s%s", rz_rtype_text(type, place->type), place->owner,
                         param->value_count > 1 ? ", beside what the template has"
                         : param->required      ? ""
                                                : "; without it there is none");
        rz_buffer_text(out, "    description: ");
        rz_yaml_print_scalar(out, rz_buffer_view(&text), false);
        rz_buffer_char(out, '\n');
    }
}

void rz_extract_write_template(struct rz_buffer *out, const struct rz_extract *extract,
                               size_t number)
{
    const struct rz_extract_template *template = &extract->templates[number];
    size_t count;
    struct row *rows = list_rows(extract, template, &count);
    uint32_t ttl = rz_extract_ttl(extract, template);
    rz_buffer_printf(out, "description: What %zu zones had in common when they were imported\n",
                     template->zone_count);
    write_params(out, extract, template);
    write_ttl(out, 0, ttl);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].place->type == RZ_TYPE_SOA) {
            write_soa(out, &rows[i], ttl);
        } else if (rows[i].place->type == RZ_TYPE_NS && strcmp(rows[i].place->owner, "@") == 0
                   && rows[i].ttl == ttl) {
            rz_buffer_text(out, "nameservers:");
            write_values(out, &rows[i], 2);
        }
    }
    write_records(out, rows, count, ttl);
    free(rows);
}

/* The argument of this zone; NULL: it passes none. */
static const char *find_argument(const struct rz_extract *extract, uint32_t number,
                                 const struct rz_extract_param *param)
{
    size_t low = 0, high = param->use_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (param->uses[middle].zone < number)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == param->use_count || param->uses[low].zone != number)
        return NULL;
    return extract->items[extract->zones[number].items[param->uses[low].rrset]]
        .values[param->holes[low]];
}

static void write_extends(struct rz_buffer *out, const struct rz_extract *extract, uint32_t number,
                          const struct rz_extracted_template *templates)
{
    rz_buffer_text(out, "extends:\n");
    for (size_t i = 0; i < extract->template_count; i++) {
        const struct rz_extract_template *template = &extract->templates[i];
        bool arguments = false;
        if (!(extract->zones[number].templates & UINT32_C(1) << i))
            continue;
        rz_buffer_printf(out, "  - %s", templates[i].name);
        for (size_t k = 0; k < template->param_count; k++) {
            const char *value = find_argument(extract, number, &template->params[k]);
            if (!value)
                continue;
            rz_buffer_printf(out, "%s      %s: ", arguments ? "" : ":\n", template->params[k].name);
            rz_yaml_print_scalar(out, rz_str_of(value + 1), false);
            rz_buffer_char(out, '\n');
            arguments = true;
        }
        rz_buffer_text(out, arguments ? "" : "\n");
    }
}

/* `TYPE: null` below the owner, which may stand in the document already. */
static void write_null(struct rz_buffer *text, const struct rz_extract_place *place)
{
    char type[RZ_RTYPE_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer line = {0}, rest = {0};
    rz_buffer_char(&line, '\n');
    write_owner(&line, place->owner);
    const char *found = memmem(text->data, text->size, line.data, line.size);
    if (found) {
        size_t before = (size_t)(found - text->data) + line.size;
        rz_buffer_append(&rest, text->data + before, text->size - before);
        text->size = before;
    } else {
        rz_buffer_append(text, line.data + 1, line.size - 1);
    }
    rz_buffer_printf(text, "    %s: null\n", rz_rtype_text(type, place->type));
    rz_buffer_str(text, rz_buffer_view(&rest));
}

/* What a template gives and the zone has not. */
static void write_nulls(struct rz_buffer *text, const struct rz_extract *extract, uint32_t number)
{
    bool begun = memmem(text->data, text->size, "\nrecords:\n", 10) != NULL;
    for (size_t i = 0; i < extract->template_count; i++) {
        const struct rz_extract_template *template = &extract->templates[i];
        if (!(extract->zones[number].templates & UINT32_C(1) << i))
            continue;
        for (size_t k = 0; k < template->item_count; k++) {
            const struct rz_extract_place *place =
                &extract->places[extract->items[template->items[k]].place];
            if (rz_extract_at(place, number) != RZ_EXTRACT_NONE)
                continue;
            rz_buffer_text(text, begun ? "" : "records:\n");
            begun = true;
            write_null(text, place);
        }
    }
}

void rz_extract_write_zone(struct rz_extracted_zone *out, const struct rz_extract *extract,
                           uint32_t number, const struct rz_extracted_template *templates)
{
    const struct rz_extract_zone *zone = &extract->zones[number];
    struct rz_zone own;
    struct rz_diags ignored = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer document = {0};
    char apex[RZ_NAME_TEXT_MAX];
    rz_zone_init(&own, zone->zone->apex.wire);
    for (size_t i = 0; i < zone->zone->count; i++) {
        const struct rz_rrset *rrset = &zone->zone->rrsets[i];
        for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset);
             !zone->given[i] && rz_rdata_next(&c);)
            rz_zone_add(&own, rrset->owner, rrset->type, rrset->ttl,
                        (struct rz_rdata){c.wire, c.size}, (struct rz_record_origin){0});
    }
    rz_zone_finish(&own, RZ_ZONE_LIVE, &ignored);
    rz_buffer_text(&out->text, "zone: ");
    rz_yaml_print_scalar(&out->text, rz_str_of(rz_name_text_plain(apex, own.apex.wire)), false);
    rz_buffer_char(&out->text, '\n');
    size_t head = out->text.size;
    write_extends(&out->text, extract, number, templates);
    if (own.count) {
        rz_zone_document_write(&document, &own, false);
        size_t size = document.size - head, empty = strlen("records:\n");
        const char *rest = document.data + head;
        if (size > empty && memcmp(rest + size - empty - 1, "\nrecords:\n", empty + 1) == 0)
            size -= empty; /* only `soa` and `nameservers` are left */
        rz_buffer_append(&out->text, rest, size);
    }
    write_nulls(&out->text, extract, number);
    out->templates = zone->templates;
    out->own = own.count;
    rz_zone_free(&own);
    rz_diags_free(&ignored);
}
