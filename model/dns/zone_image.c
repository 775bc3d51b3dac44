/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zone images: a header, the RRsets with offsets for pointers, names and RDATA, the table of files. */
#include "dns/zone_image.h"

#include <stdlib.h>

#include "support/alloc.h"

#define MAGIC "rzimage1"

struct header {
    char magic[8];
    uint32_t order;       /* 0x01020304 in the writer's byte order */
    uint32_t entry_size;  /* of another build: another layout */
    struct rz_hash check; /* over all but itself */
    struct rz_hash key, fingerprint;
    uint64_t count, records, octets, files_size;
    uint32_t file_count, serial, default_ttl;
    uint8_t has_soa, apex_size;
    uint8_t apex[RZ_NAME_MAX];
    uint8_t padding;
};

struct entry {
    uint32_t owner, rdata, rdata_size, ttl, line, provenance;
    uint16_t rdata_count, type, column, flags;
};

static struct rz_hash check_of(const struct header *header, struct rz_str body)
{
    struct {
        struct header header;
        struct rz_hash body;
    } all = {*header, rz_hash_of(body.data, body.size)};
    all.header.check = (struct rz_hash){0};
    return rz_hash_of(&all, sizeof all);
}

static uint32_t put_octets(struct rz_buffer *octets, const void *data, size_t size)
{
    uint32_t at = (uint32_t)octets->size;
    rz_buffer_append(octets, data, size);
    if (octets->size & 1)
        rz_buffer_char(octets, 0);
    return at;
}

static bool put_rrsets(struct rz_buffer *out, struct rz_buffer *octets, const struct rz_zone *zone)
{
    const uint8_t *last = NULL;
    uint32_t last_at = 0;
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_rrset *rrset = &zone->rrsets[i];
        if (octets->size > UINT32_MAX - RZ_NAME_MAX - rrset->rdata_size)
            return false;
        if (!last || !rz_name_equal(last, rrset->owner))
            last_at = put_octets(octets, rrset->owner, rz_name_size(rrset->owner));
        last = rrset->owner;
        struct entry entry = {.owner = last_at,
                              .rdata_size = rrset->rdata_size,
                              .ttl = rrset->ttl,
                              .line = rrset->line,
                              .provenance = rrset->provenance,
                              .rdata_count = rrset->rdata_count,
                              .type = rrset->type,
                              .column = rrset->column,
                              .flags = rrset->flags};
        entry.rdata = put_octets(octets, rrset->rdata, rrset->rdata_size);
        rz_buffer_append(out, &entry, sizeof entry);
    }
    return true;
}

static void put_text(struct rz_buffer *out, const char *text)
{
    rz_buffer_append(out, text ? text : "", text ? strlen(text) + 1 : 1);
}

bool rz_zone_image_write(struct rz_buffer *out, const struct rz_zone *zone, struct rz_hash key)
{
    RZ_BUFFER_CLEANUP struct rz_buffer octets = {0};
    struct header header = {.magic = MAGIC,
                            .order = 0x01020304,
                            .entry_size = sizeof(struct entry),
                            .key = key,
                            .fingerprint = zone->fingerprint,
                            .count = zone->count,
                            .records = zone->records,
                            .file_count = (uint32_t)zone->file_count,
                            .serial = zone->serial,
                            .default_ttl = zone->default_ttl,
                            .has_soa = zone->has_soa,
                            .apex_size = zone->apex.size};
    memcpy(header.apex, zone->apex.wire, zone->apex.size);
    size_t start = out->size;
    rz_buffer_append(out, &header, sizeof header);
    if (!put_rrsets(out, &octets, zone))
        return false;
    header.octets = octets.size;
    rz_buffer_str(out, rz_buffer_view(&octets));
    size_t files = out->size;
    for (size_t i = 0; i < zone->file_count; i++) {
        put_text(out, zone->files[i]);
        put_text(out, zone->chains[i]);
    }
    header.files_size = out->size - files;
    header.check = check_of(&header, (struct rz_str){out->data + start + sizeof header,
                                                     out->size - start - sizeof header});
    memcpy(out->data + start, &header, sizeof header);
    return true;
}

static bool is_whole(const struct header *header, struct rz_str image, struct rz_hash key)
{
    uint64_t left = image.size - sizeof *header;
    if (memcmp(header->magic, MAGIC, sizeof header->magic) != 0 || header->order != 0x01020304
        || header->entry_size != sizeof(struct entry) || !rz_hash_equal(header->key, key)
        || header->apex_size == 0 || header->count > left / sizeof(struct entry))
        return false;
    left -= header->count * sizeof(struct entry);
    if (header->octets > left || header->files_size != left - header->octets
        || rz_name_check(header->apex, header->apex_size) != header->apex_size)
        return false;
    return rz_hash_equal(header->check,
                         check_of(header, (struct rz_str){image.data + sizeof *header,
                                                          image.size - sizeof *header}));
}

/* Names and chains: as many texts as the header says. */
static bool read_files(struct rz_zone *zone, const struct header *header, const char *text)
{
    const char *end = text + header->files_size;
    zone->files = rz_alloc((header->file_count + 1) * sizeof *zone->files);
    zone->chains = rz_alloc((header->file_count + 1) * sizeof *zone->chains);
    zone->file_count = zone->file_capacity = 0;
    for (uint32_t i = 0; i < header->file_count; i++) {
        const char *file_end = memchr(text, '\0', (size_t)(end - text));
        const char *chain_end = file_end ? memchr(file_end + 1, '\0', (size_t)(end - file_end - 1))
                                         : NULL;
        if (!chain_end)
            return false;
        zone->files[i] = text;
        zone->chains[i] = file_end + 1 == chain_end ? NULL : file_end + 1;
        text = chain_end + 1;
    }
    zone->file_count = zone->file_capacity = header->file_count;
    return text == end;
}

static bool read_rrsets(struct rz_zone *zone, const struct header *header,
                        const struct entry *entries, const uint8_t *octets)
{
    zone->rrsets = rz_alloc((header->count + 1) * sizeof *zone->rrsets);
    zone->capacity = header->count + 1;
    for (size_t i = 0; i < header->count; i++) {
        const struct entry *entry = &entries[i];
        if (entry->owner >= header->octets || entry->rdata > header->octets
            || entry->rdata_size > header->octets - entry->rdata
            || entry->provenance >= header->file_count)
            return false;
        zone->rrsets[i] = (struct rz_rrset){.owner = octets + entry->owner,
                                            .rdata = octets + entry->rdata,
                                            .rdata_size = entry->rdata_size,
                                            .rdata_count = entry->rdata_count,
                                            .type = entry->type,
                                            .ttl = entry->ttl,
                                            .line = entry->line,
                                            .provenance = entry->provenance,
                                            .column = entry->column,
                                            .flags = entry->flags};
    }
    zone->count = header->count;
    return true;
}

bool rz_zone_image_read(struct rz_zone *zone, struct rz_str image, struct rz_hash key)
{
    struct header header;
    *zone = (struct rz_zone){0};
    if (image.size < sizeof header)
        return false;
    memcpy(&header, image.data, sizeof header);
    if (!is_whole(&header, image, key))
        return false;
    const char *body = image.data + sizeof header;
    const uint8_t *octets = (const uint8_t *)body + header.count * sizeof(struct entry);
    memcpy(zone->apex.wire, header.apex, header.apex_size);
    zone->apex.size = header.apex_size;
    zone->records = header.records;
    zone->fingerprint = header.fingerprint;
    zone->serial = header.serial;
    zone->has_soa = header.has_soa;
    zone->default_ttl = header.default_ttl;
    if (read_rrsets(zone, &header, (const struct entry *)(const void *)body, octets)
        && read_files(zone, &header, (const char *)octets + header.octets))
        return true;
    free(zone->rrsets);
    free(zone->files);
    free(zone->chains);
    *zone = (struct rz_zone){0};
    return false;
}
