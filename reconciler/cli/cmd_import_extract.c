/* SPDX-License-Identifier: GPL-3.0-or-later */
/* import --extract-templates: what the zones share becomes templates. Each zone is loaded back through
 * them; where it would not be the same, its file is written without. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/cmd_import.h"
#include "language/extract.h"
#include "support/alloc.h"
#include "support/json_write.h"

struct extractor {
    struct rz_importer *importer;
    struct rz_extraction extraction;
    struct rz_templates templates;
    size_t users[RZ_EXTRACT_TEMPLATES_MAX]; /* zones that read back */
    bool *plain;                            /* by zone: written without templates */
};

static int compare_kept(const void *left, const void *right)
{
    const struct rz_import_kept *a = left, *b = right;
    return rz_name_compare(a->zone.apex.wire, b->zone.apex.wire);
}

static void path_of(char path[64], const struct rz_extracted_template *template)
{
    snprintf(path, 64, "templates/%s.yaml", template->name);
}

/* Whether the proposed files may be written; before any is. */
static bool check_free(const struct extractor *extractor)
{
    struct rz_cli *cli = extractor->importer->cli;
    bool good = true;
    for (size_t i = 0; i < extractor->extraction.template_count; i++) {
        struct stat there;
        char path[64];
        path_of(path, &extractor->extraction.templates[i]);
        if (cli->options.given[RZ_OPT_FORCE]
            || fstatat(cli->context.project_dir, path, &there, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9003, rz_place_named(path),
                                            "exists already");
        rz_diag_hint(&cli->diags, diag,
                     "--force overwrites it; zones that extend it change with it");
        good = false;
    }
    return good;
}

static bool load_templates(struct extractor *extractor)
{
    struct rz_cli *cli = extractor->importer->cli;
    bool good = true;
    for (size_t i = 0; i < extractor->extraction.template_count; i++) {
        const struct rz_extracted_template *template = &extractor->extraction.templates[i];
        char path[64];
        path_of(path, template);
        good &= rz_templates_add(&extractor->templates, "templates", path,
                                 rz_buffer_view(&template->text), &cli->diags)
                == RZ_OK;
    }
    return good;
}

static void check_zone(struct extractor *extractor, size_t number)
{
    struct rz_importer *importer = extractor->importer;
    const struct rz_zone *zone = &importer->kept[number].zone;
    const struct rz_extracted_zone *found = &extractor->extraction.zones[number];
    struct rz_diags own = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    char apex[RZ_NAME_TEXT_MAX];
    extractor->plain[number] = found->templates == 0;
    if (found->templates == 0)
        return;
    rz_buffer_str(&text, rz_buffer_view(&found->text));
    rz_import_silence(importer, zone, &text, false);
    if (rz_import_gives(importer, zone, &text, &extractor->templates, &own)) {
        for (size_t i = 0; i < extractor->extraction.template_count; i++)
            extractor->users[i] += found->templates >> i & 1;
    } else {
        extractor->plain[number] = true;
        struct rz_diag *diag = rz_diags_add(
            &importer->cli->diags, RZ2012,
            rz_place_named(rz_name_text_plain(apex, zone->apex.wire)),
            "the templates would change the zone; its file is written without them");
        if (own.count)
            rz_diag_related(&importer->cli->diags, diag, "%s", own.items[0].message);
    }
    rz_diags_free(&own);
}

static bool write_templates(struct extractor *extractor)
{
    struct rz_importer *importer = extractor->importer;
    bool good = true;
    if (mkdirat(importer->cli->context.project_dir, "templates", 0755) != 0 && errno != EEXIST) {
        rz_diags_add(&importer->cli->diags, RZ9002, rz_place_named("templates"),
                     "cannot be made: %s", strerror(errno));
        return false;
    }
    for (size_t i = 0; good && i < extractor->extraction.template_count; i++) {
        char path[64];
        path_of(path, &extractor->extraction.templates[i]);
        good = !extractor->users[i]
               || rz_import_put(importer, path, &extractor->extraction.templates[i].text);
    }
    return good;
}

static void report_template(struct extractor *extractor, size_t number)
{
    const struct rz_extracted_template *template = &extractor->extraction.templates[number];
    struct rz_importer *importer = extractor->importer;
    char path[64];
    path_of(path, template);
    if (importer->cli->json) {
        struct rz_buffer *json = &importer->templates_json;
        rz_json_comma(json);
        rz_buffer_char(json, '{');
        rz_json_text(json, "name", template->name);
        rz_json_int(json, "params", (int64_t) template->params);
        rz_json_text(json, "path", path);
        rz_json_int(json, "rrsets", (int64_t) template->rrsets);
        rz_json_int(json, "zones", (int64_t)extractor->users[number]);
        rz_buffer_char(json, '}');
        return;
    }
    rz_buffer_printf(&importer->cli->out.text,
                     "%s: %zu RRset%s, %zu parameter%s, used by %zu zones → %s\n", template->name,
                     template->rrsets, template->rrsets == 1 ? "" : "s", template->params,
                     template->params == 1 ? "" : "s", extractor->users[number], path);
}

static void report(struct extractor *extractor)
{
    struct rz_importer *importer = extractor->importer;
    size_t before = 0, after = 0;
    if (importer->cli->json)
        rz_buffer_text(&importer->templates_json, ",\"templates\":[");
    for (size_t i = 0; i < extractor->extraction.template_count; i++) {
        if (!extractor->users[i])
            continue;
        report_template(extractor, i);
        after += extractor->extraction.templates[i].rrsets;
    }
    for (size_t i = 0; i < importer->kept_count; i++) {
        before += importer->kept[i].zone.count;
        after += extractor->plain[i] ? importer->kept[i].zone.count
                                     : extractor->extraction.zones[i].own;
    }
    if (importer->cli->json)
        rz_buffer_printf(&importer->templates_json, "],\"rrsets_after\":%zu,\"rrsets_before\":%zu",
                         after, before);
    else
        rz_buffer_printf(&importer->cli->out.text, "%zu RRsets in the zones, %zu in the files.\n",
                         before, after);
}

static void write_all(struct extractor *extractor)
{
    struct rz_importer *importer = extractor->importer;
    for (size_t i = 0; i < importer->kept_count; i++)
        check_zone(extractor, i);
    if (!write_templates(extractor)) {
        importer->failed += importer->kept_count;
        return;
    }
    for (size_t i = 0; i < importer->kept_count; i++)
        rz_import_write(importer, &importer->kept[i],
                        extractor->plain[i] ? NULL : &extractor->extraction.zones[i].text,
                        extractor->extraction.zones[i].own);
    report(extractor);
}

void rz_import_extract(struct rz_importer *importer)
{
    struct extractor extractor = {.importer = importer};
    size_t count = importer->kept_count;
    const struct rz_zone **zones = rz_alloc((count + 1) * sizeof *zones);
    extractor.plain = rz_alloc_zero(count + 1, sizeof *extractor.plain);
    qsort(importer->kept, count, sizeof *importer->kept, compare_kept);
    for (size_t i = 0; i < count; i++)
        zones[i] = &importer->kept[i].zone;
    rz_extract(&extractor.extraction, zones, count);
    if (check_free(&extractor) && load_templates(&extractor))
        write_all(&extractor);
    else
        importer->failed += count;
    rz_extraction_free(&extractor.extraction);
    rz_templates_free(&extractor.templates);
    free(extractor.plain);
    free(zones);
}
