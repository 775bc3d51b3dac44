/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Master files of strangers. What is accepted must come back the same from the canonical file. */
#include <stdio.h>
#include <stdlib.h>

#include "dns/master_file.h"
#include "dns/rtype.h"
#include "lint/lint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t apex[] = "\7example\3com";

static bool read_zone(struct rz_zone *zone, struct rz_str text, struct rz_diags *diags)
{
    static const struct rz_master_file_options options = {.include_dir = -1, .generate_limit = 64};
    struct rz_source source = {"fuzz.zone", text};
    rz_zone_init(zone, apex);
    bool good = rz_master_file_read(zone, &source, &options, diags) == RZ_OK;
    return rz_zone_finish(zone, RZ_ZONE_MASTER_FILE, diags) == RZ_OK && good;
}

/* Types that exist only at providers have no form in master files. */
static bool has_provider_types(const struct rz_zone *zone)
{
    for (size_t i = 0; i < zone->count; i++)
        if (rz_rtype_flags(zone->rrsets[i].type) & RZ_RTYPE_PROVIDER)
            return true;
    return false;
}

static void round_trip(const struct rz_zone *zone)
{
    struct rz_zone again;
    struct rz_diags diags = {0};
    struct rz_buffer text = {0};
    rz_master_file_write(&text, zone);
    bool good = read_zone(&again, rz_buffer_view(&text), &diags);
    if (!good || !rz_hash_equal(zone->fingerprint, again.fingerprint)
        || zone->serial != again.serial) {
        fprintf(stderr, "%s\nreads back %s: %s\n", text.data, good ? "otherwise" : "not at all",
                diags.count ? diags.items[0].message : "");
        abort();
    }
    rz_buffer_free(&text);
    rz_diags_free(&diags);
    rz_zone_free(&again);
}

static void lint(const struct rz_zone *zone, struct rz_diags *diags)
{
    const struct rz_lint_settings settings = {.errors_only = false};
    const struct rz_name *const apexes[] = {&zone->apex};
    struct rz_lint_project *project = rz_lint_project_new(apexes, 1, &settings);
    rz_lint_zone(zone, &settings, diags);
    rz_lint_project_add(project, zone, &settings);
    rz_lint_project_check(project, diags);
    rz_lint_project_free(project);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rz_zone zone;
    struct rz_diags diags = {0};
    char *text = malloc(size ? size : 1); /* of its exact size, so that ASan sees overruns */
    if (size)
        memcpy(text, data, size);
    bool good = read_zone(&zone, (struct rz_str){text, size}, &diags);
    if (good == (diags.errors > 0))
        abort();
    if (good && !has_provider_types(&zone))
        round_trip(&zone);
    lint(&zone, &diags);
    rz_diags_sort(&diags);
    rz_diags_free(&diags);
    rz_zone_free(&zone);
    free(text);
    return 0;
}
