/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adoption: an edit, the proof of it, the file, the snapshot. */
#include "drift/adopt.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "journal/zone_snapshot.h"
#include "language/edit.h"
#include "language/format.h"
#include "language/yaml.h"
#include "support/alloc.h"
#include "support/file.h"

/* A document on its way. */
struct document {
    struct rz_project *project;
    const struct rz_zone_entry *entry;
    struct rz_buffer original, text;
    struct rz_zone desired; /* what `text` gives */
    bool laid_out;          /* the original is as fmt leaves it, so the result shall be */
    size_t edits;
};

static bool load(const struct document *document, const struct rz_buffer *text,
                 struct rz_zone *zone, struct rz_diags *diags)
{
    struct rz_zone_settings settings;
    struct rz_source source = {document->entry->path, rz_buffer_view(text)};
    return rz_project_load_text(document->project, document->entry, &source, zone, &settings, diags)
           == RZ_OK;
}

static bool is_same(const struct rz_rrset *a, const struct rz_rrset *b)
{
    return a && b ? rz_rrset_equal(a, b) : a == b;
}

/* Whether `after` is `before` but for the one RRset, which is as it shall be. */
static bool is_meant(const struct rz_zone *before, const struct rz_zone *after,
                     const struct rz_edit *edit)
{
    struct rz_rrset key = {.owner = edit->owner, .type = edit->type};
    size_t b = 0, a = 0;
    while (b < before->count || a < after->count) {
        int order = b == before->count ? 1
                    : a == after->count
                        ? -1
                        : rz_rrset_compare_key(&before->rrsets[b], &after->rrsets[a]);
        const struct rz_rrset *was = order <= 0 ? &before->rrsets[b++] : NULL;
        const struct rz_rrset *is = order >= 0 ? &after->rrsets[a++] : NULL;
        if (rz_rrset_compare_key(was ? was : is, &key) != 0 && !is_same(was, is))
            return false;
    }
    return is_same(rz_zone_find(after, edit->owner, edit->type), edit->is);
}

/* In the layout of fmt, where the original was. */
static void lay_out(const struct document *document, struct rz_buffer *text)
{
    struct rz_diags ignored = {0};
    struct rz_buffer formatted = {0};
    struct rz_source source = {document->entry->path, rz_buffer_view(text)};
    if (document->laid_out && rz_yaml_format(&formatted, &source, &ignored) == RZ_OK) {
        rz_buffer_free(text);
        *text = formatted;
    } else {
        rz_buffer_free(&formatted);
    }
    rz_diags_free(&ignored);
}

/* Takes the candidate over where it gives what is meant. */
static bool prove(struct document *document, const struct rz_edit *edit, struct rz_buffer *text,
                  struct rz_arena *arena, const char **why)
{
    struct rz_zone zone;
    struct rz_diags diags = {0};
    lay_out(document, text);
    bool good = load(document, text, &zone, &diags);
    if (!good) {
        const char *said = "the document could not be read afterwards";
        for (size_t i = 0; i < diags.count; i++)
            if (diags.items[i].severity == RZ_ERROR) {
                said = rz_arena_strdup(arena, diags.items[i].message);
                break;
            }
        *why = said;
    } else if (!is_meant(&document->desired, &zone, edit)) {
        *why = "what gives it is elsewhere: a template, a builder, a loop or an alias";
        good = false;
    }
    if (good) {
        rz_zone_free(&document->desired);
        document->desired = zone;
        rz_buffer_free(&document->text);
        document->text = *text;
        *text = (struct rz_buffer){0};
    } else {
        rz_zone_free(&zone);
    }
    rz_diags_free(&diags);
    return good;
}

/* The text with the edit; values first and then the TTL where both move, so that each is small. */
static bool make_edit(const struct document *document, struct rz_buffer *out,
                      const struct rz_edit *edit, enum rz_edit_way way, const char **why)
{
    bool both = way == RZ_EDIT_IN_PLACE && edit->was && edit->is && edit->was->ttl != edit->is->ttl
                && !rz_rrset_same_rdata(edit->was, edit->is);
    if (!both)
        return rz_zone_document_edit(out, rz_buffer_view(&document->text), edit, way, why);
    struct rz_rrset values = *edit->is;
    struct rz_edit first = *edit, second = *edit;
    struct rz_buffer half = {0};
    values.ttl = edit->was->ttl;
    first.is = second.was = &values;
    bool good = rz_zone_document_edit(&half, rz_buffer_view(&document->text), &first, way, why)
                && rz_zone_document_edit(out, rz_buffer_view(&half), &second, way, why);
    rz_buffer_free(&half);
    return good;
}

/* The first reason is the one to tell: later ways are tried for lack of better. */
static bool adopt_rrset(struct document *document, const struct rz_drift_rrset *rrset,
                        struct rz_arena *arena, const char **why)
{
    const struct rz_rrset *subject = rrset->desired ? rrset->desired : rrset->live;
    struct rz_edit edit = {.apex = document->entry->apex,
                           .owner = subject->owner,
                           .type = subject->type,
                           .was = rz_zone_find(&document->desired, subject->owner, subject->type),
                           .is = rrset->live};
    const char *last = NULL, *proof = NULL;
    if (is_same(edit.was, edit.is))
        return true; /* another target had the same */
    for (int way = 0; way < RZ_EDIT_WAYS; way++) {
        struct rz_buffer candidate = {0};
        bool made = make_edit(document, &candidate, &edit, (enum rz_edit_way)way, &last);
        bool good = made && prove(document, &edit, &candidate, arena, &proof);
        rz_buffer_free(&candidate);
        if (good)
            return true;
    }
    *why = proof ? proof : last;
    return false;
}

static bool is_wanted(const struct rz_drift_rrset *rrset, bool force)
{
    return rrset->kind == RZ_DRIFT_DRIFTED || rrset->kind == RZ_DRIFT_DIFFERS
           || (rrset->kind == RZ_DRIFT_BOTH && force);
}

/* The same RRset at another target of the zone. */
static const struct rz_drift_rrset *find_elsewhere(const struct rz_drift *drift,
                                                   const struct rz_drift_zone *zone,
                                                   const struct rz_drift_rrset *rrset,
                                                   const char **target)
{
    const struct rz_rrset *subject = rrset->desired ? rrset->desired : rrset->live;
    for (size_t i = 0; i < drift->count; i++) {
        const struct rz_drift_zone *other = drift->zones[i];
        for (size_t k = 0; other != zone && other->entry == zone->entry && k < other->count; k++) {
            const struct rz_drift_rrset *at = &other->rrsets[k];
            if (rz_rrset_compare_key(at->desired ? at->desired : at->live, subject) != 0)
                continue;
            *target = other->target;
            return at;
        }
    }
    return NULL;
}

static struct rz_adoption *add(struct rz_adoptions *adoptions, const struct rz_drift_zone *zone,
                               const struct rz_drift_rrset *rrset)
{
    adoptions->items = rz_grow(adoptions->items, &adoptions->capacity, adoptions->count + 1,
                               sizeof *adoptions->items);
    adoptions->items[adoptions->count] = (struct rz_adoption){.zone = zone, .rrset = rrset};
    return &adoptions->items[adoptions->count++];
}

static void adopt_zone(struct rz_adoptions *adoptions, const struct rz_drift *drift,
                       const struct rz_drift_zone *zone, struct document *document, bool force)
{
    for (size_t i = 0; i < zone->count; i++) {
        const struct rz_drift_rrset *rrset = &zone->rrsets[i];
        const char *target = NULL;
        if (rrset->kind == RZ_DRIFT_UNAPPLIED)
            continue;
        struct rz_adoption *adoption = add(adoptions, zone, rrset);
        const struct rz_drift_rrset *other = find_elsewhere(drift, zone, rrset, &target);
        if (!is_wanted(rrset, force)) {
            adoption->how = "the files have moved too; --force takes the live value";
        } else if (other && !is_same(other->live, rrset->live)) {
            adoption->how = rz_arena_printf(
                &adoptions->arena, "it is otherwise at %s; --provider says which to take", target);
        } else if (adopt_rrset(document, rrset, &adoptions->arena, &adoption->how)) {
            adoption->adopted = true;
            adoption->how = document->entry->path;
            document->edits++;
        }
    }
}

static mode_t mode_of(const struct document *document)
{
    struct stat there;
    return fstatat(document->project->context->project_dir, document->entry->path, &there, 0) == 0
               ? there.st_mode & 0777
               : 0644;
}

/* One replacement of the file, unless somebody has edited it meanwhile. */
static bool save(const struct document *document, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer now = {0};
    int dir = document->project->context->project_dir;
    const char *path = document->entry->path;
    if (rz_file_read(dir, path, RZ_YAML_SIZE_MAX, &now) != RZ_OK
        || !rz_str_equal(rz_buffer_view(&now), rz_buffer_view(&document->original))) {
        rz_diags_add(diags, RZ5401, rz_place_named(path),
                     "the file was changed meanwhile; nothing was written");
        return false;
    }
    if (rz_file_replace(dir, path, rz_buffer_view(&document->text), mode_of(document)) == RZ_OK)
        return true;
    rz_diags_add(diags, RZ9002, rz_place_named(path), "cannot be written: %s", strerror(errno));
    return false;
}

/* What was adopted is what files and target now agree on. */
static void agree(const struct rz_adoptions *adoptions, const struct rz_drift_zone *zone,
                  struct rz_journal *journal)
{
    struct rz_zone base, after;
    struct rz_diags ignored = {0};
    struct rz_zone_plan moved = {.apex = zone->apex, .target = zone->target};
    if (!journal || zone->snapshot.data.size == 0)
        return;
    if (!rz_zone_snapshot_read(&base, zone->apex.wire, zone->snapshot.data)) {
        rz_zone_free(&base);
        return;
    }
    for (size_t i = 0; i < adoptions->count; i++) {
        const struct rz_adoption *adoption = &adoptions->items[i];
        const struct rz_rrset *live = adoption->rrset->live,
                              *subject = live ? live : adoption->rrset->desired;
        const struct rz_rrset *then = rz_zone_find(&base, subject->owner, subject->type);
        if (adoption->adopted && adoption->zone == zone && !is_same(then, live))
            rz_zone_plan_add(&moved, then, live);
    }
    if (moved.count && rz_plan_merge(&after, &base, &moved, &ignored) == RZ_OK) {
        RZ_BUFFER_CLEANUP struct rz_buffer octets = {0};
        struct rz_snapshot snapshot = zone->snapshot;
        rz_zone_snapshot_write(&octets, &after, snapshot.scope);
        snapshot.data = rz_buffer_view(&octets);
        snapshot.fingerprint = after.fingerprint;
        /* A run that came between knows better. */
        rz_journal_agree(journal, zone->name, zone->target, &snapshot, zone->snapshot.fingerprint,
                         &ignored);
        rz_zone_free(&after);
    }
    rz_diags_free(&ignored);
    rz_arena_free(&moved.arena);
    rz_diags_free(&moved.diags);
    free(moved.changes);
    rz_zone_free(&base);
}

static bool open_document(struct document *document, struct rz_diags *diags)
{
    const char *path = document->entry->path;
    struct rz_diags ignored = {0};
    struct rz_buffer formatted = {0};
    rz_zone_init(&document->desired, document->entry->apex.wire);
    if (document->entry->format != RZ_FORMAT_NATIVE) {
        struct rz_diag *diag = rz_diags_add(
            diags, RZ5401, rz_place_named(path),
            "live values are only written into native zone documents, which this is not");
        rz_diag_hint(diags, diag, "`rezone import` makes one of it");
        return false;
    }
    if (rz_file_read(document->project->context->project_dir, path, RZ_YAML_SIZE_MAX,
                     &document->original)
        != RZ_OK) {
        rz_diags_add(diags, RZ1008, rz_place_named(path), "cannot read %s: %s", path,
                     strerror(errno));
        return false;
    }
    rz_buffer_str(&document->text, rz_buffer_view(&document->original));
    struct rz_source source = {path, rz_buffer_view(&document->original)};
    document->laid_out = rz_yaml_format(&formatted, &source, &ignored) == RZ_OK
                         && rz_str_equal(rz_buffer_view(&formatted), source.text);
    rz_buffer_free(&formatted);
    rz_diags_free(&ignored);
    rz_zone_free(&document->desired);
    return load(document, &document->text, &document->desired, diags);
}

/* What an adoption works with. */
struct adopter {
    struct rz_adoptions *adoptions;
    const struct rz_drift *drift;
    struct rz_journal *journal;
    bool force;
    struct rz_diags *diags;
};

static void adopt_entry(const struct adopter *adopter, size_t first, struct document *document)
{
    struct rz_adoptions *adoptions = adopter->adoptions;
    const struct rz_drift *drift = adopter->drift;
    struct rz_diags *diags = adopter->diags;
    size_t start = adoptions->count;
    if (open_document(document, diags)) {
        for (size_t i = first; i < drift->count; i++)
            if (drift->zones[i]->entry == document->entry)
                adopt_zone(adoptions, drift, drift->zones[i], document, adopter->force);
        bool saved = document->edits == 0 || save(document, diags);
        for (size_t i = start; i < adoptions->count; i++) {
            adoptions->items[i].adopted &= saved;
            adoptions->adopted += adoptions->items[i].adopted;
            if (!saved && document->edits)
                adoptions->items[i].how = "the file could not be written";
        }
        for (size_t i = first; i < drift->count; i++)
            if (drift->zones[i]->entry == document->entry)
                agree(adoptions, drift->zones[i], adopter->journal);
    }
    rz_zone_free(&document->desired);
    rz_buffer_free(&document->original);
    rz_buffer_free(&document->text);
}

static bool has_something(const struct rz_drift_zone *zone)
{
    return zone->entry && zone->status == RZ_OK && zone->count > zone->kinds[RZ_DRIFT_UNAPPLIED];
}

void rz_drift_adopt(struct rz_adoptions *adoptions, const struct rz_drift *drift,
                    struct rz_project *project, struct rz_journal *journal, bool force,
                    struct rz_diags *diags)
{
    const struct rz_zone_entry *done = NULL; /* targets of a zone come one after another */
    struct adopter adopter = {adoptions, drift, journal, force, diags};
    *adoptions = (struct rz_adoptions){0};
    for (size_t i = 0; i < drift->count; i++) {
        if (!has_something(drift->zones[i]) || drift->zones[i]->entry == done)
            continue;
        struct document document = {.project = project, .entry = drift->zones[i]->entry};
        adopt_entry(&adopter, i, &document);
        done = drift->zones[i]->entry;
    }
}

void rz_adoptions_free(struct rz_adoptions *adoptions)
{
    rz_arena_free(&adoptions->arena);
    free(adoptions->items);
    *adoptions = (struct rz_adoptions){0};
}
