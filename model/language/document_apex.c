/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The apex: `soa` and `nameservers`. */
#include <stdlib.h>

#include "language/document_internal.h"
#include "language/zone_fields.h"

static void load_nameservers(struct rz_document *document, const struct rz_node *list)
{
    struct rz_record_target target = {.owner = document->zone->apex.wire,
                                      .type = RZ_TYPE_NS,
                                      .ttl = document->ttl,
                                      .default_ttl = !document->has_ttl,
                                      .first = true};
    rz_document_load_rrset(document, &target, list);
}

/* An e-mail address as the name an SOA wants: dots of the local part are escaped. A name may have an
 * escaped `@`, and `@` alone is the apex. */
static struct rz_str rname_of(struct rz_arena *arena, struct rz_str text)
{
    const char *at = memchr(text.data, '@', text.size);
    if (!at || at == text.data || at[-1] == '\\')
        return text;
    RZ_BUFFER_CLEANUP struct rz_buffer name = {0};
    for (size_t i = 0; i < text.size; i++) {
        if (text.data + i < at && text.data[i] == '.')
            rz_buffer_char(&name, '\\');
        rz_buffer_char(&name, text.data + i == at ? '.' : text.data[i]);
    }
    rz_buffer_char(&name, '.'); /* an address is absolute */
    return rz_arena_str(arena, rz_buffer_view(&name));
}

struct soa_fields {
    const char *mname, *rname;
    uint64_t refresh, retry, expire, minimum;
    const struct rz_node *ttl;
};

#define SOA_TIME(name, text, words)                                                                \
    {                                                                                              \
        .key = #name, .kind = RZ_FIELD_DURATION, .fallback = text, .maximum = INT32_MAX,           \
        .offset = offsetof(struct soa_fields, name), .summary = words                              \
    }

const struct rz_field rz_soa_fields[] = {
    {.key = "mname",
     .kind = RZ_FIELD_STRING,
     .required = true,
     .offset = offsetof(struct soa_fields, mname),
     .summary = "the primary name server"},
    {.key = "rname",
     .kind = RZ_FIELD_STRING,
     .required = true,
     .offset = offsetof(struct soa_fields, rname),
     .summary = "who is responsible: an e-mail address"},
    SOA_TIME(refresh, "2h", "how often secondaries ask"),
    SOA_TIME(retry, "1h", "how soon they ask again"),
    SOA_TIME(expire, "2w", "when they stop answering"),
    SOA_TIME(minimum, "1h", "TTL of negative answers (RFC 2308)"),
    {.key = "ttl",
     .kind = RZ_FIELD_NODE,
     .offset = offsetof(struct soa_fields, ttl),
     .summary = "TTL of the SOA itself"},
    {0},
};

static void load_soa(struct rz_document *document, const struct rz_node *map)
{
    struct rz_record_target target = {.owner = document->zone->apex.wire,
                                      .type = RZ_TYPE_SOA,
                                      .ttl = document->ttl,
                                      .default_ttl = !document->has_ttl,
                                      .first = true};
    struct soa_fields soa = {0};
    struct rz_field_reader reader = {document->source, &document->nodes, document->diags};
    if (map->kind != RZ_NODE_MAP) {
        rz_document_error(document, RZ1005, map, "`soa` is a map with mname and rname");
        return;
    }
    if (rz_fields_load(&reader, map, rz_soa_fields, &soa) != RZ_OK) {
        document->failed = true;
        return;
    }
    if (soa.ttl && rz_document_ttl(document, soa.ttl, &target.ttl))
        target.default_ttl = false;
    struct rz_str rname = rname_of(&document->nodes, rz_str_of(soa.rname));
    char *text = rz_arena_printf(&document->nodes, "%s %.*s 0 %llu %llu %llu %llu", soa.mname,
                                 RZ_STR_ARG(rname), (unsigned long long)soa.refresh,
                                 (unsigned long long)soa.retry, (unsigned long long)soa.expire,
                                 (unsigned long long)soa.minimum);
    rz_document_add(document, &target, map, rz_str_of(text));
}

void rz_document_load_apex(struct rz_document *document, const struct rz_node *nameservers,
                           const struct rz_node *soa)
{
    document->scope.failed = false;
    const struct rz_node *list = nameservers ? rz_scope_expand(&document->scope, nameservers)
                                             : NULL;
    const struct rz_node *map = soa ? rz_scope_expand(&document->scope, soa) : NULL;
    document->failed |= document->scope.failed;
    if (list && list->kind != RZ_NODE_NULL)
        load_nameservers(document, list);
    if (map && map->kind != RZ_NODE_NULL)
        load_soa(document, map);
}
