/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changing a zone: compare the serial, then one PATCH, then look how far the serial has moved. The API
 * has no conditional update: a change that somebody else makes between the first two is found by the
 * third where every change moves the serial, and by verification where it was to other RRsets. */
#include <stdio.h>

#include "powerdns/powerdns.h"

struct patching {
    struct rz_powerdns *pd;
    struct rz_batch *batch;
    struct rz_diags *diags;
    struct rz_powerdns_head head; /* of the zone before the next request */
    struct rz_powerdns_body body;
    struct rz_arena arena;                       /* of `disabled` and `soa` */
    const struct rz_powerdns_disabled *disabled; /* in no order: there are few */
    size_t disabled_count;
    const struct rz_rrset *soa;          /* sent along to move the serial; NULL: not needed */
    struct rz_powerdns_disabled *picked; /* scratch */
    uint32_t requests;                   /* that changed the zone */
};

static enum rz_status conflict(const struct patching *p, const char *what)
{
    char zone[RZ_NAME_TEXT_MAX];
    struct rz_diag *diag = rz_diags_add(p->diags, RZ3305, rz_place_named(p->pd->base.name),
                                        "%s was changed meanwhile: %s",
                                        rz_name_text_plain(zone, p->batch->apex), what);
    rz_diag_hint(p->diags, diag, "nothing was sent; plan again");
    return RZ_CONFLICT;
}

static enum rz_status serial_moved(const struct patching *p, uint32_t from, uint32_t to)
{
    char what[80];
    snprintf(what, sizeof what, "its serial is %u and was %u", to, from);
    return conflict(p, what);
}

static enum rz_status check_revision(struct patching *p)
{
    const struct rz_revision *expected = &p->batch->expected;
    bool exists;
    enum rz_status status = rz_powerdns_head(p->pd, p->batch->apex, &exists, &p->head, p->diags);
    if (status != RZ_OK)
        return status;
    if (!exists)
        return conflict(p, "it is not there");
    if (expected->has_serial && p->head.has_serial && expected->serial != p->head.serial)
        return serial_moved(p, expected->serial, p->head.serial);
    return RZ_OK;
}

/* Normally the fetch that came before remembers; else the zone is read for it. */
static enum rz_status recall_disabled(struct patching *p)
{
    const uint8_t *apex = p->batch->apex;
    if (rz_powerdns_recall(p->pd, apex, p->head.serial, &p->arena, &p->disabled,
                           &p->disabled_count))
        return RZ_OK;
    struct rz_zone zone;
    struct rz_powerdns_head head;
    bool exists;
    rz_zone_init(&zone, apex);
    enum rz_status status = rz_powerdns_read(p->pd, apex, NULL, &zone, &exists, &head, p->diags);
    rz_zone_free(&zone);
    if (status != RZ_OK)
        return status;
    if (!exists)
        return conflict(p, "it is not there");
    if (head.serial != p->head.serial)
        return serial_moved(p, p->head.serial, head.serial);
    rz_powerdns_recall(p->pd, apex, head.serial, &p->arena, &p->disabled, &p->disabled_count);
    return RZ_OK;
}

static bool changes_soa(const struct rz_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        if (rz_change_subject(batch->changes[i])->type == RZ_TYPE_SOA)
            return true;
    return false;
}

/* A zone without SOA-EDIT-API keeps its serial when it is changed, so that secondaries would never
 * see the change. Its SOA is then sent along with the next serial. */
static enum rz_status prepare_serial(struct patching *p)
{
    p->body.serial = p->head.serial;
    if (!p->head.keeps_serial)
        return RZ_OK;
    p->body.serial = p->head.serial == UINT32_MAX ? 1 : p->head.serial + 1;
    if (changes_soa(p->batch))
        return RZ_OK;
    char name[RZ_NAME_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer query = {0};
    rz_buffer_printf(&query, "?rrset_name=%s&rrset_type=SOA", rz_name_text(name, p->batch->apex));
    struct rz_zone zone;
    struct rz_powerdns_head head;
    bool exists;
    rz_zone_init(&zone, p->batch->apex);
    enum rz_status status = rz_powerdns_read(p->pd, p->batch->apex, query.data, &zone, &exists,
                                             &head, p->diags);
    if (status == RZ_OK)
        status = rz_zone_finish(&zone, RZ_ZONE_LIVE, p->diags);
    const struct rz_rrset *soa = status == RZ_OK ? rz_zone_find(&zone, p->batch->apex, RZ_TYPE_SOA)
                                                 : NULL;
    if (soa)
        p->soa = rz_rrset_copy(&p->arena, soa);
    rz_zone_free(&zone);
    return status;
}

static size_t pick_disabled(struct patching *p, const struct rz_rrset *rrset)
{
    size_t count = 0;
    for (size_t i = 0; i < p->disabled_count; i++)
        if (p->disabled[i].type == rrset->type
            && rz_name_equal(p->disabled[i].owner.wire, rrset->owner))
            p->picked[count++] = p->disabled[i];
    return count;
}

/* Puts changes from `first` on into the body until it is full; returns the one behind the last. */
static size_t fill(struct patching *p, size_t first)
{
    struct rz_powerdns_body *body = &p->body;
    size_t limit = (size_t)p->pd->options.body_limit;
    rz_powerdns_body_reset(body);
    if (p->soa)
        rz_powerdns_body_add(body, (struct rz_change){p->soa, p->soa}, NULL, 0);
    for (size_t i = first; i < p->batch->count; i++) {
        struct rz_change change = p->batch->changes[i];
        size_t deletes = body->deletes.size, replaces = body->replaces.size;
        rz_powerdns_body_add(body, change, p->picked, pick_disabled(p, rz_change_subject(change)));
        if (rz_powerdns_body_size(body) >= limit && i > first) {
            body->deletes.size = deletes;
            body->replaces.size = replaces;
            return i;
        }
    }
    return p->batch->count;
}

static enum rz_status rejected(const struct patching *p, const struct rz_http_response *response)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_powerdns_error_text(&text, rz_buffer_view(&response->body));
    const struct rz_zone *desired = p->batch->desired;
    const struct rz_rrset *blamed = rz_powerdns_blamed(rz_buffer_view(&text), desired);
    struct rz_place place = blamed ? rz_zone_place(desired, blamed) : (struct rz_place){0};
    if (!place.name)
        place = rz_place_named(p->pd->base.name);
    char zone[RZ_NAME_TEXT_MAX];
    struct rz_diag *diag = rz_diags_add(
        p->diags, RZ3306, place, "PowerDNS refuses to change %s: %s",
        rz_name_text_plain(zone, p->batch->apex), rz_buffer_view(&text).data);
    rz_diag_hint(p->diags, diag, "none of the request's changes was made; correct what it names");
    return RZ_REJECTED;
}

static enum rz_status failed(const struct patching *p, const struct rz_http_response *response)
{
    if (response->status >= 500)
        return rz_powerdns_unsure(p->pd, "the changes", response, p->diags);
    if (response->status == 404)
        return conflict(p, "it is not there");
    if (response->status == 422 || response->status == 400)
        return rejected(p, response);
    enum rz_status status = rz_powerdns_unexpected(p->pd, "changing a zone", response, p->diags);
    return status == RZ_NETWORK ? RZ_REJECTED : status; /* a redirect: nothing was done */
}

static enum rz_status send(struct patching *p)
{
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_powerdns_path(&path, p->pd, p->batch->apex, "");
    rz_powerdns_body_write(&text, &p->body);
    struct rz_http_request request = {
        .method = "PATCH", .path = path.data, .body = rz_buffer_view(&text)};
    struct rz_http_response response;
    enum rz_status status = rz_powerdns_send(p->pd, &request, &response, p->diags);
    if (status == RZ_OK && response.status != 200 && response.status != 204)
        status = failed(p, &response);
    rz_buffer_free(&response.body);
    return status;
}

static void set_outcomes(struct rz_batch *batch, size_t first, size_t end, enum rz_status status)
{
    enum rz_outcome outcome = status == RZ_OK        ? RZ_OUTCOME_DONE
                              : status == RZ_UNKNOWN ? RZ_OUTCOME_UNKNOWN
                                                     : RZ_OUTCOME_NOT_DONE;
    for (size_t i = first; i < end; i++)
        batch->outcomes[i] = outcome;
}

/* The batch is one request unless its JSON is larger than the server takes. */
static enum rz_status send_all(struct patching *p)
{
    enum rz_status status = RZ_OK;
    for (size_t first = 0, end; status == RZ_OK && first < p->batch->count; first = end) {
        end = fill(p, first);
        status = send(p);
        p->requests += status == RZ_OK;
        set_outcomes(p->batch, first, end, status);
        p->soa = NULL; /* once is enough */
    }
    return status;
}

/* Whether the serial is where our own requests have moved it. A change that another program made
 * between our look at the serial and our request has moved it once more. */
static bool is_our_serial(const struct patching *p, uint32_t serial)
{
    uint32_t before = p->head.serial;
    if (!p->head.steps_serial || serial - before == p->requests)
        return true;
    return serial / 100 > before / 100 && serial % 100 <= p->requests; /* YYYYMMDDnn, a new day */
}

static enum rz_status changed_at_once(const struct patching *p, uint32_t serial)
{
    char zone[RZ_NAME_TEXT_MAX];
    struct rz_diag *diag = rz_diags_add(
        p->diags, RZ5012, rz_place_named(p->pd->base.name),
        "somebody else changed %s at the same moment: its serial went from %u to %u, which is more "
        "than this run has done",
        rz_name_text_plain(zone, p->batch->apex), p->head.serial, serial);
    rz_diag_hint(p->diags, diag,
                 "what they wrote to RRsets of this plan may be overwritten: find out who it was, "
                 "then plan again");
    return RZ_CONFLICT;
}

/* What the zone is at now; disabled records are still those remembered. Failing here is no failure
 * of the changes: the next batch just cannot be conditional. */
static enum rz_status note_revision(struct patching *p)
{
    struct rz_diags ignored = {0};
    struct rz_powerdns_head head;
    bool exists;
    enum rz_status status = rz_powerdns_head(p->pd, p->batch->apex, &exists, &head, &ignored);
    rz_diags_free(&ignored);
    p->batch->expected = (struct rz_revision){.exists = true};
    if (status != RZ_OK || !exists || !head.has_serial)
        return RZ_OK;
    p->batch->expected.has_serial = true;
    p->batch->expected.serial = head.serial;
    return is_our_serial(p, head.serial) ? RZ_OK : changed_at_once(p, head.serial);
}

static void notify(const struct patching *p)
{
    RZ_BUFFER_CLEANUP struct rz_buffer path = {0};
    rz_powerdns_path(&path, p->pd, p->batch->apex, "/notify");
    struct rz_http_request request = {.method = "PUT", .path = path.data};
    struct rz_http_response response;
    struct rz_diags ignored = {0};
    enum rz_status status = rz_powerdns_send(p->pd, &request, &response, &ignored);
    if (status != RZ_OK || response.status != 200) {
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        rz_powerdns_error_text(&text, rz_buffer_view(&response.body));
        struct rz_diag *diag = rz_diags_add(
            p->diags, RZ3311, rz_place_named(p->pd->base.name),
            "the changes are done, but secondaries were not notified: %s",
            ignored.count ? ignored.items[0].message : rz_buffer_view(&text).data);
        rz_diag_hint(p->diags, diag, "they will see the new serial when they refresh");
    }
    rz_diags_free(&ignored);
    rz_buffer_free(&response.body);
}

enum rz_status rz_powerdns_apply(struct rz_provider *provider, struct rz_batch *batch,
                                 struct rz_diags *diags)
{
    struct rz_powerdns *pd = (struct rz_powerdns *)provider;
    struct patching p = {.pd = pd, .batch = batch, .diags = diags};
    for (size_t i = 0; i < batch->count; i++)
        batch->outcomes[i] = RZ_OUTCOME_NOT_SENT;
    if (batch->count == 0)
        return RZ_OK;
    if (rz_powerdns_is_signing(batch))
        return rz_powerdns_apply_signing(pd, batch, diags);
    enum rz_status status = check_revision(&p);
    if (status == RZ_OK)
        status = recall_disabled(&p);
    if (status == RZ_OK)
        status = prepare_serial(&p);
    if (status == RZ_OK) {
        p.picked = rz_arena_alloc(&p.arena, (p.disabled_count + 1) * sizeof *p.picked);
        status = send_all(&p);
        if (status == RZ_OK)
            status = note_revision(&p);
        if (status == RZ_OK && pd->options.notify)
            notify(&p);
    }
    rz_powerdns_body_free(&p.body);
    rz_arena_free(&p.arena);
    return status;
}
