/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies of the PowerDNS API: any octets, and the same result however they are cut. */
#include <stdio.h>
#include <stdlib.h>

#include "powerdns/zone_reader.h"

static const uint8_t apex[] = "\7example\3com";

struct result {
    struct rz_zone zone;
    struct rz_powerdns_head head;
    enum rz_status status;
    size_t disabled;
};

static void read_zone(struct result *result, const char *data, size_t size, size_t piece)
{
    struct rz_diags diags = {0};
    *result = (struct result){0};
    rz_zone_init(&result->zone, apex);
    struct rz_powerdns_reader *reader = rz_powerdns_reader_new(&result->zone, "server", &diags);
    for (size_t at = 0; at < size; at += piece)
        if (!rz_powerdns_reader_feed(reader, data + at, size - at < piece ? size - at : piece))
            break;
    result->status = rz_powerdns_reader_end(reader, &result->head);
    rz_powerdns_reader_disabled(reader, &result->disabled);
    if (result->status == RZ_OK)
        result->status = rz_zone_finish(&result->zone, RZ_ZONE_LIVE, &diags);
    rz_powerdns_reader_free(reader);
    rz_diags_free(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct result whole, cut;
    size_t piece = size ? 1 + data[0] % 16u : 1;
    read_zone(&whole, (const char *)data, size, size ? size : 1);
    read_zone(&cut, (const char *)data, size, piece);
    if (whole.status != cut.status || whole.disabled != cut.disabled
        || whole.head.serial != cut.head.serial
        || (whole.status == RZ_OK
            && !rz_hash_equal(whole.zone.fingerprint, cut.zone.fingerprint))) {
        fprintf(stderr, "cut into pieces of %zu it reads differently\n", piece);
        abort();
    }
    rz_zone_free(&whole.zone);
    rz_zone_free(&cut.zone);
    return 0;
}
