/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules across the zones of a project. What is kept of a zone: a hash and flags for each name, in 8
 * octets, and the records that lead to a name which another zone, or another CNAME, answers for. */
#include <stdlib.h>

#include "lint/lint_internal.h"
#include "support/alloc.h"
#include "support/map.h"

#define CHAIN_LONG 3 /* CNAMEs in a row that are too many */
#define CHAIN_MAX 64

/* Flags in the low octet of an entry; the rest is the hash of a name. */
enum {
    HAS_ADDRESS = 1,
    HAS_CNAME = 2,
    IS_CUT = 4,
    HAS_DNAME = 8,
    IS_NAME = 16, /* always set */
};
#define FLAGS 0xffull

/* A set of names with flags: open addressing, 0 is an empty slot. */
struct names {
    uint64_t *slots;
    size_t count, capacity; /* a power of two */
};

/* A record to look at once all zones are known. */
struct reference {
    const uint8_t *owner, *target; /* in the project's arena */
    const char *file;
    uint32_t line, zone;
    uint16_t column, type;
};

struct zone_entry {
    const uint8_t *apex;
    const struct rz_lint_settings *settings; /* NULL: not loaded */
    const char *file;                        /* of its first record */
};

struct rz_lint_project {
    struct rz_arena arena;
    struct rz_lint_settings settings;
    struct zone_entry *zones;
    size_t zone_count;
    struct rz_map by_apex; /* to struct zone_entry */
    struct names names;
    struct reference *references;
    size_t reference_count, reference_capacity;
    struct rz_map chains; /* from the owner of a CNAME that is kept to the reference */
    const char *last_file;
    bool failed;
};

static uint64_t hash_of(const uint8_t *name)
{
    return rz_hash_of(name, rz_name_size(name)).low & ~FLAGS;
}

static uint64_t *names_slot(const struct names *names, uint64_t hash)
{
    size_t at = (size_t)(hash >> 8) & (names->capacity - 1);
    while (names->slots[at] && (names->slots[at] & ~FLAGS) != hash)
        at = (at + 1) & (names->capacity - 1);
    return &names->slots[at];
}

static void names_grow(struct names *names)
{
    struct names larger = {.count = names->count,
                           .capacity = names->capacity ? names->capacity * 2 : 1024};
    larger.slots = rz_alloc_zero(larger.capacity, sizeof *larger.slots);
    for (size_t i = 0; i < names->capacity; i++)
        if (names->slots[i])
            *names_slot(&larger, names->slots[i] & ~FLAGS) = names->slots[i];
    free(names->slots);
    *names = larger;
}

/* Whether the name is new. */
static bool names_add(struct names *names, const uint8_t *name, uint64_t flags)
{
    if (names->count * 4 >= names->capacity * 3)
        names_grow(names);
    uint64_t hash = hash_of(name), *slot = names_slot(names, hash);
    bool added = *slot == 0;
    names->count += added;
    *slot |= hash | flags | IS_NAME;
    return added;
}

/* The flags of a name; 0 where it is not there. */
static uint64_t names_get(const struct names *names, const uint8_t *name)
{
    return names->capacity ? *names_slot(names, hash_of(name)) & FLAGS : 0;
}

struct rz_lint_project *rz_lint_project_new(const struct rz_name *const *apexes, size_t count,
                                            const struct rz_lint_settings *settings)
{
    struct rz_lint_project *project = rz_alloc_zero(1, sizeof *project);
    project->settings = *settings;
    project->zones = rz_arena_zero(&project->arena, (count + 1) * sizeof *project->zones);
    project->zone_count = count;
    for (size_t i = 0; i < count; i++) {
        project->zones[i].apex = apexes[i]->wire;
        rz_map_set(&project->by_apex,
                   (struct rz_str){(const char *)apexes[i]->wire, apexes[i]->size},
                   &project->zones[i]);
    }
    return project;
}

void rz_lint_project_free(struct rz_lint_project *project)
{
    if (!project)
        return;
    rz_map_free(&project->by_apex);
    rz_map_free(&project->chains);
    free(project->names.slots);
    free(project->references);
    rz_arena_free(&project->arena);
    free(project);
}

/* The zone of the project that answers for the name: that with the longest name. */
static struct zone_entry *zone_of(const struct rz_lint_project *project, const uint8_t *name)
{
    for (const uint8_t *at = name;; at = rz_name_parent(at)) {
        struct rz_str key = {(const char *)at, rz_name_size(at)};
        struct zone_entry *zone = rz_map_get(&project->by_apex, key);
        if (zone || at[0] == 0)
            return zone;
    }
}

/* The owner and the names between it and the apex, which exist without records of their own. */
static void add_name(struct rz_lint_project *project, const struct rz_zone *zone,
                     const struct rz_rrset *sets, size_t count)
{
    const uint8_t *apex = zone->apex.wire, *owner = sets->owner;
    bool at_apex = rz_name_equal(owner, apex);
    uint64_t flags = 0;
    struct rz_lint_answer answer = {.sets = sets, .count = count};
    if (rz_lint_has_address(&answer))
        flags |= HAS_ADDRESS;
    if (rz_lint_answer_find(&answer, RZ_TYPE_CNAME))
        flags |= HAS_CNAME;
    if (rz_lint_answer_find(&answer, RZ_TYPE_DNAME))
        flags |= HAS_DNAME;
    if (!at_apex && rz_lint_answer_find(&answer, RZ_TYPE_NS))
        flags |= IS_CUT;
    names_add(&project->names, owner, flags);
    while (!at_apex) {
        owner = rz_name_parent(owner);
        at_apex = rz_name_equal(owner, apex) || !names_add(&project->names, owner, 0);
    }
}

static const uint8_t *copy_name(struct rz_lint_project *project, const uint8_t *name)
{
    size_t size = rz_name_size(name);
    return memcpy(rz_arena_bytes(&project->arena, size), name, size);
}

static const char *copy_file(struct rz_lint_project *project, const char *file)
{
    if (!file)
        return NULL;
    if (!project->last_file || strcmp(project->last_file, file) != 0)
        project->last_file = rz_arena_strdup(&project->arena, file);
    return project->last_file;
}

/* Rules about one zone have looked at what stays in it; CNAMEs that lead to CNAMEs make chains. */
static bool is_kept(const struct rz_lint_project *project, const struct rz_zone *zone,
                    const struct rz_rrset *rrset, const uint8_t *target)
{
    const struct zone_entry *other = zone_of(project, target);
    if (!other)
        return false;
    if (!rz_name_equal(other->apex, zone->apex.wire))
        return true;
    if (rrset->type != RZ_TYPE_CNAME)
        return false;
    struct rz_lint_answer answer = rz_lint_look_up(zone, target);
    return rz_lint_answer_find(&answer, RZ_TYPE_CNAME) != NULL;
}

static bool names_hosts(uint16_t type)
{
    return type == RZ_TYPE_CNAME || type == RZ_TYPE_MX || type == RZ_TYPE_SRV || type == RZ_TYPE_NS
           || type == RZ_TYPE_SVCB || type == RZ_TYPE_HTTPS || type == RZ_TYPE_ALIAS;
}

static void add_references(struct rz_lint_project *project, const struct rz_zone *zone,
                           const struct rz_rrset *rrset, uint32_t number)
{
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        const uint8_t *target = rz_lint_target(rrset, &c);
        if (!target || !is_kept(project, zone, rrset, target))
            continue;
        project->references = rz_grow(project->references, &project->reference_capacity,
                                      project->reference_count + 1, sizeof *project->references);
        project->references[project->reference_count++] = (struct reference){
            .owner = copy_name(project, rrset->owner),
            .target = copy_name(project, target),
            .file = copy_file(project, rz_zone_origin_file(zone, rrset)),
            .line = rrset->line,
            .column = rrset->column,
            .zone = number,
            .type = rrset->type};
    }
}

/* Forwarding rules say nothing of which names there are. */
static bool has_only_rules(const struct rz_zone *zone)
{
    size_t i = 0;
    while (i < zone->count && rz_rtype_is_resolvers(zone->rrsets[i].type))
        i++;
    return i > 0 && i == zone->count;
}

void rz_lint_project_add(struct rz_lint_project *project, const struct rz_zone *zone,
                         const struct rz_lint_settings *settings)
{
    struct rz_str key = {(const char *)zone->apex.wire, zone->apex.size};
    struct zone_entry *entry = rz_map_get(&project->by_apex, key);
    if (!entry || has_only_rules(zone))
        return;
    struct rz_lint_settings *copy = rz_arena_alloc(&project->arena, sizeof *copy);
    *copy = *settings;
    entry->settings = copy;
    entry->file = zone->count ? copy_file(project, rz_zone_origin_file(zone, zone->rrsets)) : NULL;
    for (size_t from = 0, i = 0; i < zone->count; i++) {
        if (names_hosts(zone->rrsets[i].type))
            add_references(project, zone, &zone->rrsets[i], (uint32_t)(entry - project->zones));
        if (i + 1 < zone->count && rz_name_equal(zone->rrsets[i].owner, zone->rrsets[i + 1].owner))
            continue;
        add_name(project, zone, zone->rrsets + from, i + 1 - from);
        from = i + 1;
    }
}

/* --- after all zones --- */

/* What the project answers for a name: flags, 0 where it does not exist; `*known` is false where
 * that is not the project's to say. */
static uint64_t resolve(const struct rz_lint_project *project, const uint8_t *name, bool *known)
{
    const struct zone_entry *zone = zone_of(project, name);
    *known = zone && zone->settings && !zone->settings->partial;
    if (!*known)
        return 0;
    uint64_t flags = names_get(&project->names, name);
    if (rz_name_equal(name, zone->apex))
        return flags | IS_NAME;
    const uint8_t *encloser = NULL;
    for (const uint8_t *at = name; !rz_name_equal(at, zone->apex); at = rz_name_parent(at)) {
        uint64_t above = names_get(&project->names, at);
        if (above & IS_CUT || (at != name && above & HAS_DNAME))
            *known = false;
        if (above && !encloser)
            encloser = at;
    }
    if (names_get(&project->names, zone->apex) & HAS_DNAME)
        *known = false;
    if (flags || !*known)
        return flags;
    uint8_t wildcard[RZ_NAME_MAX + 2] = {1, '*'};
    encloser = encloser ? encloser : zone->apex;
    memcpy(wildcard + 2, encloser, rz_name_size(encloser));
    return names_get(&project->names, wildcard);
}

static struct rz_diag *report(struct rz_lint_project *project, struct rz_diags *diags,
                              enum rz_code code, const struct reference *reference,
                              const char *what, const uint8_t *name)
{
    const struct zone_entry *zone = &project->zones[reference->zone];
    int severity = rz_lint_severity(zone->settings, code);
    if (severity < 0)
        return NULL;
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX], target[RZ_NAME_TEXT_MAX];
    struct rz_place place = {
        .name = reference->file, .line = reference->line, .column = reference->column};
    rz_name_text_relative(owner, reference->owner, zone->apex);
    struct rz_diag *diag = rz_diags_add(diags, code, place, "%s %s %s %s", owner,
                                        rz_rtype_text(type, reference->type), what,
                                        rz_name_text(target, name));
    rz_diag_set_severity(diags, diag, (enum rz_severity)severity);
    project->failed |= severity == RZ_ERROR;
    return diag;
}

static bool is_other_zone(const struct rz_lint_project *project, const struct reference *reference)
{
    const struct zone_entry *zone = zone_of(project, reference->target);
    return zone && zone != &project->zones[reference->zone];
}

static void check_reference(struct rz_lint_project *project, const struct reference *reference,
                            struct rz_diags *diags)
{
    bool known;
    uint16_t type = reference->type;
    bool host = type == RZ_TYPE_NS || type == RZ_TYPE_MX || type == RZ_TYPE_SRV
                || type == RZ_TYPE_ALIAS;
    if (!is_other_zone(project, reference))
        return;
    uint64_t flags = resolve(project, reference->target, &known);
    struct rz_diag *diag = NULL;
    if (!known)
        return;
    if (flags == 0) {
        diag = report(project, diags, RZ2113, reference,
                      "names a host that a zone of the project does not have:", reference->target);
        rz_diag_hint(diags, diag, "add the name to its zone, or delete this record");
    } else if (host && flags & HAS_CNAME && type != RZ_TYPE_ALIAS) {
        diag = report(project, diags, RZ2116, reference,
                      "names a CNAME of another zone:", reference->target);
        rz_diag_hint(diags, diag, "name the CNAME's target (RFC 2181 §10.3)");
    } else if (host && !(flags & (HAS_ADDRESS | HAS_CNAME))) {
        diag = report(project, diags, RZ2113, reference,
                      "names a host without an address:", reference->target);
        rz_diag_hint(diags, diag, "add A or AAAA records for it in its zone");
    }
}

static const struct reference *next_in_chain(const struct rz_lint_project *project,
                                             const struct reference *reference)
{
    struct rz_str key = {(const char *)reference->target, rz_name_size(reference->target)};
    return rz_map_get(&project->chains, key);
}

/* CNAMEs from here on; a loop is told where it is entered by the smallest of its references. */
static void check_chain(struct rz_lint_project *project, const struct reference *reference,
                        struct rz_diags *diags)
{
    unsigned length = 1;
    bool known;
    const struct reference *at = reference, *least = reference;
    for (const struct reference *next; length < CHAIN_MAX && (next = next_in_chain(project, at));
         at = next) {
        length++;
        least = next < least ? next : least;
        if (next != reference)
            continue;
        if (least != reference)
            return;
        struct rz_diag *diag = report(project, diags, RZ2114, reference,
                                      "leads back to itself by way of", reference->target);
        rz_diag_hint(diags, diag, "point one of the CNAMEs at a name with addresses");
        return;
    }
    /* The last one's target may be a CNAME that leads out of the project, and was not kept. */
    length += (resolve(project, at->target, &known) & HAS_CNAME) != 0;
    if (length < CHAIN_LONG || length >= CHAIN_MAX)
        return;
    struct rz_diag *diag = report(project, diags, RZ2115, reference,
                                  "begins a chain of CNAMEs over", reference->target);
    rz_diag_hint(diags, diag, "%u CNAMEs follow each other: point this one nearer to the end",
                 length);
}

/* The zone of the project above another, and whether it hands that over. */
static void check_delegation(struct rz_lint_project *project, struct zone_entry *zone,
                             struct rz_diags *diags)
{
    if (zone->apex[0] == 0 || !zone->settings)
        return;
    const struct zone_entry *above = zone_of(project, rz_name_parent(zone->apex));
    int severity = rz_lint_severity(zone->settings, RZ2117);
    if (!above || !above->settings || above->settings->partial || severity < 0)
        return;
    for (const uint8_t *at = zone->apex; !rz_name_equal(at, above->apex); at = rz_name_parent(at))
        if (names_get(&project->names, at) & (IS_CUT | HAS_DNAME))
            return;
    char name[RZ_NAME_TEXT_MAX], parent[RZ_NAME_TEXT_MAX];
    rz_name_text_plain(name, zone->apex);
    struct rz_diag *diag = rz_diags_add(diags, RZ2117,
                                        rz_place_named(zone->file ? zone->file : name),
                                        "%s has no NS records in the zone above it, %s", name,
                                        rz_name_text_plain(parent, above->apex));
    rz_diag_set_severity(diags, diag, (enum rz_severity)severity);
    rz_diag_hint(diags, diag, "add the zone's name servers as NS records to %s", parent);
    project->failed |= severity == RZ_ERROR;
}

enum rz_status rz_lint_project_check(struct rz_lint_project *project, struct rz_diags *diags)
{
    for (size_t i = 0; i < project->reference_count; i++) {
        struct reference *reference = &project->references[i];
        struct rz_str key = {(const char *)reference->owner, rz_name_size(reference->owner)};
        if (reference->type == RZ_TYPE_CNAME)
            rz_map_set(&project->chains, key, reference);
    }
    for (size_t i = 0; i < project->reference_count; i++) {
        check_reference(project, &project->references[i], diags);
        if (project->references[i].type == RZ_TYPE_CNAME)
            check_chain(project, &project->references[i], diags);
    }
    for (size_t i = 0; i < project->zone_count; i++)
        check_delegation(project, &project->zones[i], diags);
    return project->failed ? RZ_INVALID : RZ_OK;
}

#define COM "zone: example.com\nrecords:\n"
#define NET "---\nzone: example.net\nrecords:\n"

const struct rz_lint_rule rz_lint_project_rules[] = {
    {.example = {RZ2114,
                 COM "  www: {CNAME: web.example.net.}\n" NET "  web: {CNAME: cdn.example.org.}\n",
                 COM "  www: {CNAME: web.example.net.}\n" NET
                     "  web: {CNAME: www.example.com.}\n"}},
    {.example = {RZ2115, COM "  www: {CNAME: web.example.net.}\n" NET "  web: {A: 192.0.2.1}\n",
                 COM "  www: {CNAME: web}\n  web: {CNAME: web.example.net.}\n" NET
                     "  web: {CNAME: cdn.example.org.}\n"}},
    {.example = {RZ2116,
                 COM "  \"@\": {SRV: 0 0 25 mx.example.net.}\n" NET "  mx: {A: 192.0.2.1}\n",
                 COM "  \"@\": {SRV: 0 0 25 mx.example.net.}\n" NET
                     "  mx: {CNAME: mail.example.org.}\n"}},
    {.example =
         {RZ2117,
          COM
          "  lab: {NS: ns.example.net.}\n---\nzone: lab.example.com\nrecords:\n  www: {A: 192.0.2.1}\n",
          COM
          "  www: {A: 192.0.2.1}\n---\nzone: lab.example.com\nrecords:\n  www: {A: 192.0.2.1}\n"}},
    {.example = {.code = 0}},
};
