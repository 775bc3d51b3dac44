/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the server's configuration says of signing a zone, and how that is changed in its database. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rfc2136/knot.h"

#define ID_MAX 256
#define ABANDONED_MS 3000 /* a transaction of a rezone that lives is over sooner */
#define POLL_MS 50

/* ---- reading */

static void copy(char into[ID_MAX], const char *text)
{
    snprintf(into, ID_MAX, "%s", text);
}

/* Items of a zone, or of its template; "": not said. */
struct zone_items {
    char signing[ID_MAX], policy[ID_MAX], from[ID_MAX]; /* `template` */
};

static void take_zone_item(void *user, const knot_ctl_data_t data)
{
    struct zone_items *items = user;
    const char *item = data[KNOT_CTL_IDX_ITEM], *value = data[KNOT_CTL_IDX_DATA];
    if (!item || !value)
        return;
    if (strcmp(item, "dnssec-signing") == 0)
        copy(items->signing, value);
    else if (strcmp(item, "dnssec-policy") == 0)
        copy(items->policy, value);
    else if (strcmp(item, "template") == 0)
        copy(items->from, value);
}

struct policy_items {
    struct rz_knot_zone *zone;
    struct rz_signing *signing;
    bool cds_none;
    uint8_t digest;
};

static bool is_on(const char *value)
{
    return strcmp(value, "on") == 0;
}

static void take_policy_item(void *user, const knot_ctl_data_t data)
{
    struct policy_items *items = user;
    const char *item = data[KNOT_CTL_IDX_ITEM], *value = data[KNOT_CTL_IDX_DATA];
    if (!item || !value)
        return;
    if (strcmp(item, "manual") == 0)
        items->zone->manual = is_on(value);
    else if (strcmp(item, "nsec3") == 0)
        items->signing->mode = is_on(value) ? RZ_SIGNING_NSEC3 : RZ_SIGNING_NSEC;
    else if (strcmp(item, "nsec3-iterations") == 0)
        items->signing->iterations = (uint16_t)strtoul(value, NULL, 10);
    else if (strcmp(item, "nsec3-opt-out") == 0)
        items->signing->opt_out = is_on(value);
    else if (strcmp(item, "cds-cdnskey-publish") == 0)
        items->cds_none = strcmp(value, "none") == 0 || strcmp(value, "delete-dnssec") == 0;
    else if (strcmp(item, "cds-digest-type") == 0)
        items->digest = strcmp(value, "sha384") == 0 ? 4 : 2;
}

static enum rz_status read_section(struct rz_knot_link *link, const char *section, const char *id,
                                   void (*visit)(void *user, const knot_ctl_data_t data),
                                   void *user)
{
    knot_ctl_data_t command = {
        [KNOT_CTL_IDX_CMD] = "conf-read", [KNOT_CTL_IDX_SECTION] = section, [KNOT_CTL_IDX_ID] = id};
    return rz_knot_ask(link, command, visit, user);
}

/* Knot's defaults where the policy does not say. */
static enum rz_status read_policy(struct rz_knot_link *link, const char *name,
                                  struct rz_knot_zone *zone)
{
    struct policy_items items = {.zone = zone, .signing = &zone->signing, .digest = 2};
    zone->signing = (struct rz_signing){.mode = RZ_SIGNING_NSEC};
    zone->ours = strncmp(name, RZ_KNOT_POLICY, strlen(RZ_KNOT_POLICY)) == 0;
    enum rz_status status = *name ? read_section(link, "policy", name, take_policy_item, &items)
                                  : RZ_OK;
    if (zone->signing.mode != RZ_SIGNING_NSEC3) {
        zone->signing.iterations = 0;
        zone->signing.opt_out = false;
    }
    zone->signing.cds = items.cds_none ? 0 : items.digest;
    return status;
}

enum rz_status rz_knot_read(struct rz_knot_link *link, const uint8_t *apex,
                            struct rz_knot_zone *zone)
{
    char name[RZ_NAME_TEXT_MAX];
    struct zone_items own = {0}, shared = {0};
    *zone = (struct rz_knot_zone){0};
    enum rz_status status = read_section(link, "zone", rz_name_text(name, apex), take_zone_item,
                                         &own);
    if (status == RZ_REJECTED)
        return RZ_OK; /* it has no such zone */
    if (status != RZ_OK)
        return status;
    zone->known = true;
    if (!*own.signing || !*own.policy) {
        status = read_section(link, "template", *own.from ? own.from : "default", take_zone_item,
                              &shared);
        if (status != RZ_OK && status != RZ_REJECTED)
            return status; /* no default template is none */
    }
    zone->signs = is_on(*own.signing ? own.signing : shared.signing);
    if (!zone->signs)
        return RZ_OK;
    status = read_policy(link, *own.policy ? own.policy : shared.policy, zone);
    return status == RZ_REJECTED ? rz_knot_refused(link, "reading the policy", apex) : status;
}

/* ---- changing */

static enum rz_status plain(struct rz_knot_link *link, const char *command)
{
    knot_ctl_data_t data = {[KNOT_CTL_IDX_CMD] = command};
    return rz_knot_ask(link, data, NULL, NULL);
}

static enum rz_status set(struct rz_knot_link *link, const char *section, const char *id,
                          const char *item, const char *value)
{
    knot_ctl_data_t data = {[KNOT_CTL_IDX_CMD] = "conf-set",
                            [KNOT_CTL_IDX_SECTION] = section,
                            [KNOT_CTL_IDX_ID] = id,
                            [KNOT_CTL_IDX_ITEM] = item,
                            [KNOT_CTL_IDX_DATA] = value};
    return rz_knot_ask(link, data, NULL, NULL);
}

static bool is_ours(const knot_ctl_data_t data)
{
    const char *section = data[KNOT_CTL_IDX_SECTION], *item = data[KNOT_CTL_IDX_ITEM];
    const char *id = data[KNOT_CTL_IDX_ID] ? data[KNOT_CTL_IDX_ID] : data[KNOT_CTL_IDX_DATA];
    if (!section || !item)
        return false;
    if (strcmp(section, "policy") == 0)
        return id && strncmp(id, RZ_KNOT_POLICY, strlen(RZ_KNOT_POLICY)) == 0;
    return strcmp(section, "zone") == 0
           && (strcmp(item, "dnssec-signing") == 0 || strcmp(item, "dnssec-policy") == 0);
}

static void take_difference(void *user, const knot_ctl_data_t data)
{
    bool *others = user;
    *others |= !is_ours(data);
}

/* A transaction that a killed rezone left open stays so until somebody ends it. One that has nothing but what
 * rezone changes is taken for that; nobody else loses a change. */
static enum rz_status take_over(struct rz_knot_link *link)
{
    bool others = false;
    knot_ctl_data_t difference = {[KNOT_CTL_IDX_CMD] = "conf-diff"};
    enum rz_status status = rz_knot_ask(link, difference, take_difference, &others);
    if (status == RZ_OK && !others)
        status = plain(link, "conf-abort");
    return status == RZ_UNKNOWN ? status : plain(link, "conf-begin");
}

static enum rz_status begin(struct rz_knot_link *link, const uint8_t *apex)
{
    struct rz_context *context = link->knot->context;
    int64_t end = context->ticks(context->user) + ABANDONED_MS;
    enum rz_status status = plain(link, "conf-begin");
    while (status == RZ_REJECTED && context->ticks(context->user) < end
           && !rz_context_stopped(context)) {
        context->sleep_ms(context, POLL_MS);
        status = plain(link, "conf-begin");
    }
    if (status == RZ_REJECTED)
        status = take_over(link);
    if (status != RZ_REJECTED)
        return status;
    rz_knot_refused(link, "changing the configuration", apex);
    rz_diag_hint(link->diags, &link->diags->items[link->diags->count - 1],
                 "somebody has a transaction open: `knotc conf-diff` shows it, `knotc conf-abort` "
                 "ends it");
    return RZ_REJECTED;
}

static void name_policy(char name[ID_MAX], const struct rz_signing *signing)
{
    char iterations[16] = "";
    if (signing->iterations)
        snprintf(iterations, sizeof iterations, "-%u", signing->iterations);
    snprintf(name, ID_MAX, RZ_KNOT_POLICY "%s%s%s%s",
             signing->mode == RZ_SIGNING_NSEC3 ? "nsec3" : "nsec", iterations,
             signing->opt_out ? "-optout" : "",
             signing->cds == 4   ? "-cds384"
             : signing->cds == 2 ? "-cds"
                                 : "");
}

static const char *on(bool value)
{
    return value ? "on" : "off";
}

static enum rz_status set_policy(struct rz_knot_link *link, const char *name,
                                 const struct rz_signing *signing)
{
    char iterations[16];
    snprintf(iterations, sizeof iterations, "%u", signing->iterations);
    const struct {
        const char *item, *value;
    } items[] = {
        {"manual", "on"},
        {"nsec3", on(signing->mode == RZ_SIGNING_NSEC3)},
        {"nsec3-iterations", iterations},
        {"nsec3-opt-out", on(signing->opt_out)},
        {"nsec3-salt-length", "0"},
        {"cds-cdnskey-publish", signing->cds ? "always" : "none"},
        {"cds-digest-type", signing->cds == 4 ? "sha384" : "sha256"},
    };
    enum rz_status status = set(link, "policy", name, NULL, NULL);
    if (status == RZ_REJECTED)
        status = RZ_OK; /* it is there; were it not, the next would say so */
    for (size_t i = 0; status == RZ_OK && i < sizeof items / sizeof *items; i++)
        status = set(link, "policy", name, items[i].item, items[i].value);
    return status;
}

static enum rz_status set_zone(struct rz_knot_link *link, const uint8_t *apex,
                               const struct rz_signing *signing)
{
    char zone[RZ_NAME_TEXT_MAX], policy[ID_MAX];
    enum rz_status status = RZ_OK;
    rz_name_text(zone, apex);
    if (signing) {
        name_policy(policy, signing);
        status = set_policy(link, policy, signing);
        if (status == RZ_OK)
            status = set(link, "zone", zone, "dnssec-policy", policy);
    }
    return status == RZ_OK ? set(link, "zone", zone, "dnssec-signing", on(signing != NULL))
                           : status;
}

enum rz_status rz_knot_write(struct rz_knot_link *link, const uint8_t *apex,
                             const struct rz_signing *signing, bool *sent)
{
    enum rz_status status = begin(link, apex);
    bool begun = status == RZ_OK;
    *sent |= status != RZ_REJECTED;
    if (begun)
        status = set_zone(link, apex, signing);
    if (status == RZ_OK)
        status = plain(link, "conf-commit");
    if (begun && status == RZ_REJECTED) {
        rz_knot_refused(link, "changing the configuration", apex);
        plain(link, "conf-abort");
    }
    return status;
}
