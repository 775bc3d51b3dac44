/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zone documents and templates of strangers. A document alone is read as native and as OctoDNS form, and
 * what is accepted must come back the same from the document that rezone writes. Behind lines
 * `%%% PATH` stand templates for the document at the beginning: a zone made with them must be the same
 * each time, and the same from files that `fmt` has laid out. */
#include <stdio.h>
#include <stdlib.h>

#include "language/format.h"
#include "language/template_test.h"
#include "language/template_uses.h"
#include "language/zone_document.h"

#define FILES_MAX 8
#define MARK "%%% "

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t apex[] = "\7example\3com";
static const struct rz_variable variables[] = {
    {"ip", "192.0.2.7"}, {"site", "a.b"}, {"long", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}};

struct loaded {
    struct rz_zone zone;
    struct rz_zone_settings settings;
    struct rz_diags diags;
    bool good;
};

static struct rz_zone_document_options options_of(enum rz_zone_format format,
                                                  const struct rz_templates *templates)
{
    return (struct rz_zone_document_options){.format = format,
                                             .apex = apex,
                                             .default_ttl = 3600,
                                             .variables = {variables, 3},
                                             .override_count = 1,
                                             .templates = templates,
                                             .project_dir = -1};
}

static void load(struct loaded *loaded, struct rz_str text, enum rz_zone_format format,
                 const struct rz_templates *templates)
{
    struct rz_source source = {"example.com.yaml", text};
    struct rz_zone_document_options options = options_of(format, templates);
    struct rz_name name;
    *loaded = (struct loaded){0};
    if (rz_zone_document_apex(&name, &source, source.name, format, &loaded->diags) == RZ_OK)
        options.apex = name.wire;
    rz_diags_free(&loaded->diags);
    loaded->good = rz_zone_document_load(&loaded->zone, &loaded->settings, &source, &options,
                                         &loaded->diags)
                   == RZ_OK;
    if (loaded->good == (loaded->diags.errors > 0))
        abort();
}

static void unload(struct loaded *loaded)
{
    rz_zone_free(&loaded->zone);
    rz_diags_free(&loaded->diags);
}

static void round_trip(const struct rz_zone *zone)
{
    struct loaded again;
    struct rz_buffer text = {0};
    rz_zone_document_write(&text, zone, false);
    load(&again, rz_buffer_view(&text), RZ_FORMAT_NATIVE, NULL);
    if (!again.good || !rz_hash_equal(zone->fingerprint, again.zone.fingerprint)) {
        fprintf(stderr, "%s\nreads back %s: %s\n", text.data,
                again.good ? "otherwise" : "not at all",
                again.diags.count ? again.diags.items[0].message : "");
        abort();
    }
    rz_buffer_free(&text);
    unload(&again);
}

/* A project of one document and its templates. */
struct files {
    char *texts[FILES_MAX]; /* of their exact size, so that ASan sees overruns; [0]: the document */
    size_t sizes[FILES_MAX];
    char paths[FILES_MAX][40];
    size_t count;
};

static void add_file(struct files *files, struct rz_str path, struct rz_str text)
{
    size_t at = files->count++;
    files->texts[at] = malloc(text.size ? text.size : 1);
    if (text.size)
        memcpy(files->texts[at], text.data, text.size);
    files->sizes[at] = text.size;
    snprintf(files->paths[at], sizeof files->paths[at], "templates/%.*s.yaml",
             (int)(path.size < 20 ? path.size : 20), path.data);
}

static void free_files(struct files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->texts[i]);
}

/* Parts the input at lines that begin with the mark. */
static void split(struct files *files, struct rz_str input)
{
    struct rz_str path = {"", 0};
    for (*files = (struct files){0}; files->count < FILES_MAX;) {
        const char *end = input.data + input.size, *mark = input.data;
        while (
            mark && mark < end
            && !((size_t)(end - mark) >= strlen(MARK) && memcmp(mark, MARK, strlen(MARK)) == 0)) {
            mark = memchr(mark, '\n', (size_t)(end - mark));
            mark = mark ? mark + 1 : NULL;
        }
        bool last = !mark || mark >= end;
        add_file(files, path,
                 (struct rz_str){input.data, last ? input.size : (size_t)(mark - input.data)});
        if (last)
            return;
        path.data = mark + strlen(MARK);
        const char *line_end = memchr(path.data, '\n', (size_t)(end - path.data));
        path.size = (size_t)((line_end ? line_end : end) - path.data);
        input.data = line_end ? line_end + 1 : end;
        input.size = (size_t)(end - input.data);
    }
}

static void run_templates(const struct rz_templates *templates, const struct files *files)
{
    struct rz_template_outcomes outcomes = {0};
    struct rz_template_uses uses = {0};
    struct rz_diags diags = {0};
    struct rz_source source = {"example.com.yaml", {files->texts[0], files->sizes[0]}};
    struct rz_zone_document_options options = options_of(RZ_FORMAT_NATIVE, templates);
    rz_template_uses_of_templates(&uses, templates);
    rz_template_uses_of_zone(&uses, templates, &source, "example.com", &diags);
    for (size_t i = 0; i < templates->count; i++) {
        rz_template_test(&outcomes, &templates->items[i], &options, &diags);
        rz_template_check_alone(&templates->items[i], &options, &diags);
    }
    rz_template_uses_free(&uses);
    rz_template_outcomes_free(&outcomes);
    rz_diags_free(&diags);
}

/* The zone of a project; false where it or a template is refused. */
static bool make(struct loaded *loaded, const struct files *files, bool runs)
{
    struct rz_templates templates = {0};
    struct rz_diags diags = {0};
    bool good = true;
    for (size_t i = 1; i < files->count; i++) {
        size_t errors = diags.errors;
        bool added = rz_templates_add(&templates, "templates", files->paths[i],
                                      (struct rz_str){files->texts[i], files->sizes[i]}, &diags)
                     == RZ_OK;
        if (added == (diags.errors > errors))
            abort();
        good &= added;
    }
    if (runs && good)
        run_templates(&templates, files);
    load(loaded, (struct rz_str){files->texts[0], files->sizes[0]}, RZ_FORMAT_NATIVE, &templates);
    rz_templates_free(&templates);
    rz_diags_free(&diags);
    return good && loaded->good;
}

/* The files as `fmt` lays them out, which must not change them again; false where it refuses one. */
static bool format_all(struct files *made, const struct files *files)
{
    bool good = true;
    *made = (struct files){0};
    for (size_t i = 0; i < files->count && good; i++) {
        struct rz_buffer once = {0}, twice = {0};
        struct rz_diags diags = {0};
        struct rz_source source = {"a.yaml", {files->texts[i], files->sizes[i]}};
        good = rz_yaml_format(&once, &source, &diags) == RZ_OK;
        source.text = rz_buffer_view(&once);
        if (good && rz_yaml_format(&twice, &source, &diags) != RZ_OK)
            abort();
        if (good && !rz_str_equal(rz_buffer_view(&once), rz_buffer_view(&twice)))
            abort();
        add_file(made, (struct rz_str){"", 0}, rz_buffer_view(&once));
        memcpy(made->paths[i], files->paths[i], sizeof made->paths[i]);
        rz_buffer_free(&once);
        rz_buffer_free(&twice);
        rz_diags_free(&diags);
    }
    return good;
}

static void expect_same(const struct loaded *loaded, const struct files *files, const char *what)
{
    struct loaded again;
    if (!make(&again, files, false)
        || !rz_hash_equal(loaded->zone.fingerprint, again.zone.fingerprint)) {
        fprintf(stderr, "%s, the zone is another: %s\n", what,
                again.diags.count ? again.diags.items[0].message : "");
        abort();
    }
    unload(&again);
}

static void try_project(const struct files *files)
{
    struct loaded loaded;
    struct files laid_out;
    if (make(&loaded, files, true)) {
        expect_same(&loaded, files, "made again");
        if (format_all(&laid_out, files))
            expect_same(&loaded, &laid_out, "from formatted files");
        free_files(&laid_out);
        round_trip(&loaded.zone);
    }
    unload(&loaded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct files files;
    split(&files, (struct rz_str){(const char *)data, size});
    try_project(&files);
    if (files.count == 1) {
        struct loaded loaded;
        load(&loaded, (struct rz_str){files.texts[0], files.sizes[0]}, RZ_FORMAT_OCTODNS, NULL);
        if (loaded.good)
            round_trip(&loaded.zone);
        unload(&loaded);
    }
    free_files(&files);
    return 0;
}
