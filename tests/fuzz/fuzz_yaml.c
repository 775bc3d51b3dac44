/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zone documents of strangers, each input read as native and as OctoDNS form. What is accepted must
 * come back the same from the document that rezone writes. */
#include <stdio.h>
#include <stdlib.h>

#include "language/zone_document.h"

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

static void load(struct loaded *loaded, struct rz_str text, enum rz_zone_format format)
{
    struct rz_source source = {"example.com.yaml", text};
    struct rz_zone_document_options options = {.format = format,
                                               .apex = apex,
                                               .default_ttl = 3600,
                                               .variables = {variables, 3},
                                               .override_count = 1,
                                               .project_dir = -1};
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
    load(&again, rz_buffer_view(&text), RZ_FORMAT_NATIVE);
    if (!again.good || !rz_hash_equal(zone->fingerprint, again.zone.fingerprint)) {
        fprintf(stderr, "%s\nreads back %s: %s\n", text.data,
                again.good ? "otherwise" : "not at all",
                again.diags.count ? again.diags.items[0].message : "");
        abort();
    }
    rz_buffer_free(&text);
    unload(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size ? size : 1); /* of its exact size, so that ASan sees overruns */
    if (size)
        memcpy(text, data, size);
    for (int format = RZ_FORMAT_NATIVE; format <= RZ_FORMAT_OCTODNS; format++) {
        struct loaded loaded;
        load(&loaded, (struct rz_str){text, size}, (enum rz_zone_format)format);
        if (loaded.good)
            round_trip(&loaded.zone);
        unload(&loaded);
    }
    free(text);
    return 0;
}
