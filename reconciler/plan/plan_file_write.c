/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans as JSON. Keys come in sorted order and nothing is between them, which is the canonical form
 * that the digest is taken over. */
#include <stdio.h>

#include "dns/rtype.h"
#include "plan/blame.h"
#include "plan/plan_checks.h"
#include "plan/plan_file.h"
#include "support/json_write.h"

static const char *const risk_text[] = {"none", "notice", "high"};

static void write_rrset(struct rz_buffer *out, const char *key, const struct rz_rrset *rrset,
                        struct rz_buffer *text)
{
    rz_json_key(out, key);
    if (!rrset) {
        rz_buffer_text(out, "null");
        return;
    }
    rz_buffer_text(out, "{\"rdata\":[");
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        rz_buffer_reset(text);
        rz_rdata_print(text, rrset->type, c.wire, c.size);
        rz_json_comma(out);
        rz_json_string(out, rz_buffer_view(text));
    }
    rz_buffer_char(out, ']');
    rz_json_int(out, "ttl", rrset->ttl);
    rz_buffer_char(out, '}');
}

void rz_plan_change_json(struct rz_buffer *out, const struct rz_plan_change *change,
                         struct rz_buffer *text)
{
    char owner[RZ_NAME_TEXT_MAX], type[RZ_RTYPE_TEXT_MAX];
    const struct rz_rrset *subject = rz_change_subject(change->change);
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_text(out, "action", rz_change_kind_text(rz_change_kind(change->change)));
    write_rrset(out, "after", change->change.after, text);
    write_rrset(out, "before", change->change.before, text);
    if (change->blame)
        rz_blame_json(out, change->blame);
    rz_json_int(out, "column", change->file ? subject->column : 0);
    rz_json_text(out, "dangling", change->dangling);
    rz_json_text(out, "file", change->file);
    rz_json_bool(out, "gap", change->gap);
    rz_json_int(out, "line", change->file ? subject->line : 0);
    rz_json_text(out, "owner", rz_name_text(owner, subject->owner));
    rz_json_text(out, "reason", change->reason);
    rz_json_text(out, "renamed_from", change->renamed_from);
    rz_json_text(out, "risk", risk_text[change->risk]);
    rz_json_text(out, "type", rz_rtype_text(type, subject->type));
    rz_buffer_char(out, '}');
}

static void write_findings(struct rz_buffer *out, const struct rz_zone_plan *zone)
{
    rz_json_key(out, "findings");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < zone->finding_count; i++) {
        rz_json_comma(out);
        rz_buffer_char(out, '{');
        rz_json_bool(out, "allowed", zone->findings[i].allowed);
        rz_json_text(out, "message", zone->findings[i].message);
        rz_json_text(out, "rule", zone->findings[i].rule);
        rz_buffer_char(out, '}');
    }
    rz_buffer_char(out, ']');
}

static void write_zone(struct rz_buffer *out, const struct rz_zone_plan *zone,
                       struct rz_buffer *text)
{
    char apex[RZ_NAME_TEXT_MAX], hash[RZ_HASH_TEXT];
    rz_json_comma(out);
    rz_buffer_char(out, '{');
    rz_json_key(out, "changes");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < zone->count; i++)
        rz_plan_change_json(out, &zone->changes[i], text);
    rz_buffer_char(out, ']');
    rz_plan_checks_json(out, zone);
    rz_json_bool(out, "create_zone", zone->create_zone);
    rz_json_bool(out, "delete_zone", zone->delete_zone);
    rz_json_text(out, "desired_fingerprint", rz_hash_text(hash, zone->desired_fingerprint));
    write_findings(out, zone);
    rz_plan_ignore_json(out, zone);
    rz_json_text(out, "live_fingerprint", rz_hash_text(hash, zone->live_fingerprint));
    rz_json_int(out, "live_rrsets", (int64_t)zone->live_rrsets);
    rz_json_bool(out, "manage_listed", zone->manage_listed);
    rz_json_bool(out, "partial", zone->partial);
    rz_json_text(out, "path", zone->path);
    rz_json_bool(out, "planned", zone->status == RZ_OK);
    if (zone->revision.has_serial)
        rz_json_int(out, "serial", zone->revision.serial);
    else
        rz_json_text(out, "serial", NULL);
    rz_json_text(out, "target", zone->target);
    rz_json_text(out, "zone", rz_name_text_plain(apex, zone->apex.wire));
    rz_buffer_char(out, '}');
}

static void write_summary(struct rz_buffer *out, const struct rz_plan *plan)
{
    size_t creates = 0, updates = 0, deletes = 0;
    for (size_t i = 0; i < plan->count; i++) {
        creates += plan->zones[i]->creates;
        updates += plan->zones[i]->updates;
        deletes += plan->zones[i]->deletes;
    }
    rz_json_key(out, "summary");
    rz_buffer_char(out, '{');
    rz_json_int(out, "creates", (int64_t)creates);
    rz_json_int(out, "deletes", (int64_t)deletes);
    rz_json_int(out, "rrsets", (int64_t)plan->records);
    rz_json_int(out, "unchanged", (int64_t)plan->unchanged);
    rz_json_int(out, "updates", (int64_t)updates);
    rz_json_int(out, "zones", (int64_t)plan->count);
    rz_buffer_char(out, '}');
}

static void write_reads(struct rz_buffer *out, struct rz_reads *reads)
{
    rz_json_key(out, "reads");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < rz_reads_count(reads); i++) {
        rz_json_comma(out);
        rz_json_string(out, rz_str_of(rz_reads_path(reads, i)));
    }
    rz_buffer_char(out, ']');
}

static void write_selection(struct rz_buffer *out, const struct rz_strings *globs)
{
    rz_json_key(out, "selection");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < globs->count; i++) {
        rz_json_comma(out);
        rz_json_string(out, rz_str_of(globs->items[i]));
    }
    rz_buffer_char(out, ']');
}

void rz_plan_file_write(struct rz_buffer *out, const struct rz_plan *plan,
                        void (*write_diags)(struct rz_buffer *out, const struct rz_diags *diags),
                        const struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    size_t start = out->size;
    rz_buffer_char(out, '{');
    rz_json_text(out, "commit", plan->commit);
    rz_json_time_ms(out, "created", plan->created, plan->created_ms);
    if (diags) {
        rz_json_key(out, "diagnostics");
        write_diags(out, diags);
    }
    rz_json_time(out, "expires", plan->expires);
    rz_json_text(out, "id", plan->id);
    rz_json_bool(out, "offline", plan->offline);
    if (rz_reads_count(plan->reads))
        write_reads(out, plan->reads);
    rz_json_text(out, "rezone", plan->version);
    rz_json_int(out, "schema", RZ_PLAN_SCHEMA);
    write_selection(out, &plan->selection);
    rz_json_text(out, "sources", plan->sources_digest);
    write_summary(out, plan);
    rz_json_key(out, "zones");
    rz_buffer_char(out, '[');
    for (size_t i = 0; i < plan->count; i++)
        write_zone(out, plan->zones[i], &text);
    rz_buffer_text(out, "]}");
    char digest[65];
    rz_sha256_text(digest, out->data + start, out->size - start);
    out->size--; /* the closing brace comes behind the digest */
    rz_json_text(out, "digest", digest);
    rz_buffer_text(out, "}\n");
}

/* The digest at the end of a plan file's text; NULL where it is not as it was written. */
static const char *find_digest(const struct rz_buffer *text)
{
    static const char key[] = "\"digest\":\"";
    size_t size = sizeof key - 1;
    for (size_t at = text->size; at >= size + 65; at--)
        if (memcmp(text->data + at - size - 65, key, size) == 0)
            return text->data[at - 1] == '"' ? text->data + at - 65 : NULL;
    return NULL;
}

static enum rz_status not_as_written(struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(
        diags, RZ4101, (struct rz_place){0},
        "the plan file is not as rezone wrote it, and is not signed");
    rz_diag_hint(diags, diag, "make a new plan with `rezone plan -o FILE`");
    return RZ_INVALID;
}

enum rz_status rz_plan_file_sign(struct rz_buffer *text, const char *key_path,
                                 struct rz_diags *diags)
{
    char digest[65], key[RZ_KEY_TEXT], value[RZ_SIGNATURE_TEXT];
    struct rz_signature signature;
    const char *found = find_digest(text);
    if (!found || !memchr(text->data, '{', text->size))
        return not_as_written(diags);
    memcpy(digest, found, 64);
    digest[64] = '\0';
    enum rz_status status = rz_sign(&signature, digest, key_path, diags);
    if (status != RZ_OK)
        return status;
    rz_hex(key, signature.key, sizeof signature.key);
    rz_hex(value, signature.value, sizeof signature.value);
    while (text->size && strchr(" \n", text->data[text->size - 1]))
        text->size--;
    const char *end = text->data + text->size;
    bool others = (size_t)(end - found) > 66 && memcmp(end - 2, "]}", 2) == 0;
    if (!others && ((size_t)(end - found) != 66 || end[-1] != '}'))
        return not_as_written(diags);
    text->size -= others ? 2 : 1;
    rz_buffer_text(text, others ? "," : ",\"signatures\":[");
    rz_buffer_printf(text, "{\"key\":\"%s\",\"value\":\"%s\"}]}\n", key, value);
    return RZ_OK;
}
