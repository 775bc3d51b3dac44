/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dnssec key list, generate, import, publish, activate, deactivate, retire, remove: one key of a zone. What
 * changes the zone is a run; what would make it bogus is refused. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/key_times.h"
#include "cli/rollover.h"
#include "delegation/parent.h"
#include "dns/dnskey.h"
#include "dns/master_file.h"
#include "dns/rtype.h"
#include "key_text.h"
#include "report/report.h"
#include "support/json_write.h"

struct rz_key_command {
    struct rz_cli *cli;
    struct rz_project project;
    struct rz_zone_list zones;
    struct rz_rolling rolling;
    struct rz_key_times times;
};

static enum rz_status refuse(struct rz_key_command *c, enum rz_code code, enum rz_status status,
                             const char *what, const char *hint)
{
    struct rz_diag *diag = rz_diags_add(&c->cli->diags, code, rz_place_named(c->rolling.name), "%s",
                                        what);
    rz_diag_hint(&c->cli->diags, diag, "%s", hint);
    return status;
}

static enum rz_status open_command(struct rz_key_command *c, struct rz_cli *cli)
{
    *c = (struct rz_key_command){.cli = cli};
    if (!rz_cli_open(cli, &c->project, &c->zones, NULL))
        return RZ_INVALID;
    enum rz_status status = rz_rolling_open_any(&c->rolling, cli, &c->project, &c->zones,
                                                cli->arguments[0]);
    return status == RZ_OK ? rz_key_times_read(&c->times, &c->rolling) : status;
}

/* ---- how keys are shown */

static void key_json(struct rz_buffer *json, const struct rz_key_command *c, size_t i)
{
    char algorithm[RZ_SIGNING_ALGORITHM_MAX];
    const struct rz_signing_key *key = &c->times.held.items[i].key;
    rz_json_comma(json);
    rz_buffer_char(json, '{');
    rz_json_time(json, "active_since", key->state == RZ_KEY_ACTIVE ? c->times.active[i] : 0);
    rz_json_text(json, "algorithm", rz_signing_algorithm_text(algorithm, key->algorithm));
    rz_json_int(json, "bits", key->bits);
    rz_json_bool(json, "private", *c->times.held.items[i].id != '\0');
    rz_json_text(json, "role", rz_key_role_text(key->role));
    rz_json_text(json, "state", rz_key_state_text(key->state));
    rz_json_int(json, "tag", rz_signing_key_tag(key));
    rz_buffer_char(json, '}');
}

static void key_text(struct rz_buffer *out, const struct rz_key_command *c, size_t i)
{
    char algorithm[RZ_SIGNING_ALGORITHM_MAX], time[RZ_TIME_TEXT_MAX];
    const struct rz_signing_key *key = &c->times.held.items[i].key;
    rz_buffer_printf(out, "%5u  %s  %-9s  %s", rz_signing_key_tag(key), rz_key_role_text(key->role),
                     rz_key_state_text(key->state),
                     rz_signing_algorithm_text(algorithm, key->algorithm));
    if (!rz_signing_key_bits(key->algorithm, NULL, 0))
        rz_buffer_printf(out, "/%u", key->bits);
    if (c->times.active[i] && key->state == RZ_KEY_ACTIVE)
        rz_buffer_printf(out, "  since %s", rz_time_text(time, c->times.active[i]));
    rz_buffer_text(out, *c->times.held.items[i].id ? "\n" : "  its private half is elsewhere\n");
}

static void report(struct rz_key_command *c)
{
    struct rz_cli *cli = c->cli;
    RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
    rz_buffer_text(&json, "{\"diagnostics\":");
    rz_report_diags_json(&json, &cli->diags);
    rz_buffer_text(&json, ",\"keys\":[");
    for (size_t i = 0; i < c->times.count; i++) {
        key_json(&json, c, i);
        if (!cli->json)
            key_text(&cli->out.text, c, i);
    }
    rz_buffer_char(&json, ']');
    rz_json_text(&json, "zone", c->rolling.name);
    rz_buffer_text(&json, "}\n");
    if (cli->json)
        rz_cli_json(cli, &json);
    else if (!c->times.count)
        rz_buffer_text(&cli->out.text, "No keys.\n");
}

/* Reports the keys as they are now. */
static int close_command(struct rz_key_command *c, enum rz_status status, bool changed)
{
    if (status == RZ_OK && changed) {
        rz_key_times_free(&c->times);
        status = rz_key_times_read(&c->times, &c->rolling);
    }
    if (status == RZ_OK)
        report(c);
    rz_key_times_free(&c->times);
    rz_rolling_close(&c->rolling);
    rz_zone_list_free(&c->zones);
    rz_project_free(&c->project);
    return rz_cli_exit(status);
}

int rz_command_dnssec_key_list(struct rz_cli *cli)
{
    struct rz_key_command c;
    return close_command(&c, open_command(&c, cli), false);
}

/* ---- generate */

static bool parse_role(struct rz_key_command *c, const char *text, uint8_t *role)
{
    for (*role = RZ_KEY_KSK; *role <= RZ_KEY_CSK; ++*role)
        if (strcmp(text, rz_key_role_text(*role)) == 0)
            return true;
    refuse(c, RZ9001, RZ_INVALID, "a key is a ksk, a zsk or a csk, which is both",
           "`rezone dnssec key list` shows the keys that there are");
    return false;
}

/* The algorithm and bits that a key of the zone has: as its file wants, else as they are. */
static struct rz_signing_key kind_of(const struct rz_key_command *c, uint8_t role)
{
    const struct rz_rrset *like = c->rolling.wanted ? c->rolling.wanted : c->rolling.keys.now;
    struct rz_signing_key kind = {.role = role, .algorithm = 13, .bits = 256}, key;
    for (struct rz_rdata_cursor r = like ? rz_rrset_rdata(like) : (struct rz_rdata_cursor){0};
         rz_rdata_next(&r);)
        if (rz_signing_key_from_wire(&key, r.wire, r.size)) {
            kind.algorithm = key.algorithm;
            kind.bits = key.bits;
            if (key.role & role)
                break;
        }
    return kind;
}

int rz_command_dnssec_key_generate(struct rz_cli *cli)
{
    struct rz_key_command c;
    struct rz_held_keys made = {0};
    uint8_t role;
    enum rz_status status = open_command(&c, cli);
    if (status == RZ_OK && !parse_role(&c, cli->arguments[1], &role))
        status = RZ_INVALID;
    const struct rz_dnssec_ops *ops = status == RZ_OK ? c.rolling.provider->ops->dnssec : NULL;
    if (ops && !ops->generate_key)
        status = refuse(&c, RZ6012, RZ_UNSUPPORTED,
                        "its provider generates keys only as it needs them",
                        "`rezone dnssec rollover start` brings a new key");
    if (status == RZ_OK) {
        struct rz_signing_key kind = kind_of(&c, role);
        status = ops->generate_key(c.rolling.provider, c.rolling.entry->apex.wire, &kind, &made,
                                   &cli->diags);
    }
    rz_held_keys_free(&made);
    return close_command(&c, status, true);
}

/* ---- import */

/* Without stdio, whose buffer nobody would wipe. */
static bool read_file(struct rz_buffer *text, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char *room = rz_buffer_reserve(text, RZ_KEY_TEXT_MAX - 1);
    ssize_t got = 1;
    while (fd >= 0 && got > 0 && text->size < RZ_KEY_TEXT_MAX - 1) {
        got = read(fd, room + text->size, RZ_KEY_TEXT_MAX - 1 - text->size);
        text->size += got > 0 ? (size_t)got : 0;
    }
    bool good = fd >= 0 && got == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

/* The DNSKEY in a file "….key" beside "….private"; `*zone` holds it. NULL: there is none. */
static enum rz_status read_public(struct rz_key_command *c, const char *path, struct rz_zone *zone,
                                  struct rz_rdata *dnskey, bool *found)
{
    struct rz_buffer text = {.limit = RZ_KEY_TEXT_MAX};
    size_t size = strlen(path), suffix = strlen(".private");
    const uint8_t *apex = c->rolling.entry->apex.wire;
    rz_zone_init(zone, apex);
    if (size < suffix || strcmp(path + size - suffix, ".private") != 0)
        return RZ_OK;
    const char *other = rz_arena_printf(&c->cli->arena, "%.*s.key", (int)(size - suffix), path);
    if (!read_file(&text, other)) {
        rz_buffer_free(&text);
        return RZ_OK;
    }
    struct rz_source source = {other, rz_buffer_view(&text)};
    struct rz_master_file_options options = {.include_dir = -1, .default_ttl = 3600, .path = other};
    enum rz_status status = rz_master_file_read(zone, &source, &options, &c->cli->diags);
    if (status == RZ_OK)
        status = rz_zone_finish(zone, RZ_ZONE_LIVE, &c->cli->diags);
    const struct rz_rrset *keys = rz_zone_find(zone, apex, RZ_TYPE_DNSKEY);
    struct rz_rdata_cursor r = keys ? rz_rrset_rdata(keys) : (struct rz_rdata_cursor){0};
    if (status == RZ_OK && !rz_rdata_next(&r))
        status = refuse(c, RZ6053, RZ_INVALID, "the file .key has no key of this zone",
                        "it has to have a DNSKEY record of the zone's name");
    *dnskey = (struct rz_rdata){r.wire, r.size};
    *found = status == RZ_OK;
    rz_buffer_free(&text);
    return status;
}

static uint8_t default_role(const struct rz_key_command *c, const struct rz_rdata *dnskey)
{
    bool sep = rz_dnskey_flags(dnskey->wire, dnskey->size) & RZ_DNSKEY_SEP;
    for (size_t i = 0; i < c->times.count && sep; i++)
        if (c->times.held.items[i].key.role == RZ_KEY_CSK
            && c->times.held.items[i].key.state == RZ_KEY_ACTIVE)
            return RZ_KEY_CSK;
    return sep ? RZ_KEY_KSK : RZ_KEY_ZSK;
}

static enum rz_status take_key(struct rz_key_command *c, struct rz_key_text_source *source)
{
    uint8_t room[RZ_SIGNING_KEY_WIRE_MAX];
    struct rz_signing_key facts;
    struct rz_buffer bind = {.limit = RZ_KEY_TEXT_MAX};
    struct rz_provider *provider = c->rolling.provider;
    const struct rz_dnssec_ops *ops = provider->ops->dnssec;
    const uint8_t *apex = c->rolling.entry->apex.wire;
    const char *why = rz_key_text_import(&bind, &facts, room, source);
    enum rz_status status = RZ_OK;
    if (why) {
        rz_diags_add(&c->cli->diags, RZ6053, rz_place_named(c->cli->arguments[1]),
                     "the private key cannot be taken: %s", why);
        status = RZ_INVALID;
    } else if (rz_held_keys_find(&c->times.held, &facts)
               && *rz_held_keys_find(&c->times.held, &facts)->id) {
        status = refuse(c, RZ6053, RZ_CONFLICT, "the key is there already",
                        "`rezone dnssec key list` shows it");
    }
    if (status == RZ_OK) {
        struct rz_secret *secret = rz_secret_keep(rz_buffer_view(&bind));
        status = secret ? ops->import_key(provider, apex, &facts, secret, &c->cli->diags) : RZ_IO;
        rz_secret_close(secret);
    }
    rz_key_text_wipe(&bind);
    return status;
}

static enum rz_status import(struct rz_key_command *c)
{
    struct rz_cli *cli = c->cli;
    struct rz_buffer text = {.limit = RZ_KEY_TEXT_MAX};
    struct rz_zone zone;
    struct rz_rdata dnskey;
    struct rz_key_text_source source = {0};
    bool found = false, told = cli->argument_count > 2;
    enum rz_status status = read_public(c, cli->arguments[1], &zone, &dnskey, &found);
    if (status == RZ_OK && told && !parse_role(c, cli->arguments[2], &source.role))
        status = RZ_INVALID;
    else if (status == RZ_OK && !told && !found)
        status = refuse(c, RZ9001, RZ_INVALID,
                        "whether the key is a ksk, a zsk or a csk is not said",
                        "name the role behind the file");
    if (status == RZ_OK && !read_file(&text, cli->arguments[1])) {
        rz_diags_add(&cli->diags, RZ6053, rz_place_named(cli->arguments[1]),
                     "the key cannot be read, or is longer than %u octets", RZ_KEY_TEXT_MAX);
        status = RZ_IO;
    }
    if (status == RZ_OK) {
        source.text = rz_buffer_view(&text);
        source.dnskey = found ? &dnskey : NULL;
        source.rsa = kind_of(c, RZ_KEY_KSK).algorithm == 10 ? 10 : 8;
        if (!told)
            source.role = default_role(c, &dnskey);
        status = take_key(c, &source);
    }
    rz_key_text_wipe(&text);
    rz_zone_free(&zone);
    return status;
}

int rz_command_dnssec_key_import(struct rz_cli *cli)
{
    struct rz_key_command c;
    enum rz_status status = open_command(&c, cli);
    return close_command(&c, status == RZ_OK ? import(&c) : status, true);
}

/* ---- states */

static enum rz_status find_key(struct rz_key_command *c, size_t *which)
{
    char text[8];
    size_t count = 0;
    for (size_t i = 0; i < c->times.count; i++) {
        snprintf(text, sizeof text, "%u", rz_signing_key_tag(&c->times.held.items[i].key));
        if (strcmp(text, c->cli->arguments[1]) != 0)
            continue;
        *which = i;
        count++;
    }
    return count == 1 ? RZ_OK
                      : refuse(c, RZ6012, RZ_NOT_FOUND,
                               count ? "several keys have that tag" : "no key has that tag",
                               "`rezone dnssec key list` shows the keys");
}

static enum rz_status explain(struct rz_key_command *c, enum rz_keystep_fault fault, int64_t until)
{
    static const char *const what[] = {
        [RZ_KEYSTEP_ALGORITHM] =
            "it would be the first key of its algorithm: all keys have to sign "
            "before one of them is published",
        [RZ_KEYSTEP_ONLY_ONE] = "no other key that is published signs what this one signs",
        [RZ_KEYSTEP_SIGNS] =
            "it signs: without it in the DNSKEY set its signatures are worth nothing",
        [RZ_KEYSTEP_CACHED] = "caches may hold signatures of it",
        [RZ_KEYSTEP_UNKNOWN] = "caches may not have the key that signs in its place"};
    char time[RZ_TIME_TEXT_MAX];
    struct rz_diag *diag = rz_diags_add(&c->cli->diags, RZ6009, rz_place_named(c->rolling.name),
                                        "%s%s%s", what[fault], until ? ", until " : "",
                                        until ? rz_time_text(time, until) : "");
    rz_diag_hint(
        &c->cli->diags, diag, "%s",
        fault == RZ_KEYSTEP_ALGORITHM ? "`rezone dnssec rollover start ZONE algorithm` does so"
        : fault == RZ_KEYSTEP_SIGNS   ? "deactivate it first, and wait"
        : fault == RZ_KEYSTEP_ONLY_ONE
            ? "activate another one first, and wait; or roll it (`rezone dnssec rollover`)"
        : until ? "wait until then, or say --force"
                : "the journal does not know since when: wait for the longest TTL from now "
                  "on, then say --force");
    return RZ_REFUSED;
}

static enum rz_status check(struct rz_key_command *c, size_t which, uint8_t state)
{
    int64_t until;
    const struct rz_rollover_times *times = rz_rolling_measure(&c->rolling);
    c->rolling.times.margin = (uint32_t)rz_rollover_margin(c->cli);
    struct rz_keystep step = {.keys = c->times.items,
                              .count = c->times.count,
                              .which = which,
                              .state = state,
                              .times = times,
                              .now = c->cli->context.now(c->cli->context.user)};
    enum rz_keystep_fault fault = rz_keystep_check(&step, &until);
    return fault == RZ_KEYSTEP_FINE || c->cli->options.given[RZ_OPT_FORCE]
               ? RZ_OK
               : explain(c, fault, until);
}

/* The records with the key in another state. */
static enum rz_status change(struct rz_key_command *c, size_t which, uint8_t state)
{
    struct rz_zone after;
    struct rz_held_keys keys = {0};
    struct rz_signing nsec = {.mode = RZ_SIGNING_NSEC};
    struct rz_rolling *r = &c->rolling;
    const uint8_t *apex = r->entry->apex.wire;
    rz_zone_init(&after, apex);
    for (size_t i = 0; i < c->times.count; i++) {
        struct rz_signing_key key = c->times.held.items[i].key;
        key.state = i == which ? state : key.state;
        rz_held_keys_add(&keys, &key, "");
    }
    rz_dnssec_put(&after, r->keys.now ? NULL : &nsec, &keys);
    enum rz_status status = rz_zone_finish(&after, RZ_ZONE_LIVE, &c->cli->diags);
    const struct rz_rrset *how = rz_zone_find(&r->desired, apex, RZ_TYPE_DNSSEC);
    if (status == RZ_OK)
        status = rz_rolling_change_keys(r, rz_zone_find(&after, apex, RZ_TYPE_DNSSECKEY),
                                        r->keys.now ? NULL
                                        : how && r->wanted
                                            ? how
                                            : rz_zone_find(&after, apex, RZ_TYPE_DNSSEC));
    rz_held_keys_free(&keys);
    rz_zone_free(&after);
    return status;
}

static int set_state(struct rz_cli *cli, uint8_t add, uint8_t remove)
{
    struct rz_key_command c;
    size_t which = 0;
    enum rz_status status = open_command(&c, cli);
    if (status == RZ_OK)
        status = find_key(&c, &which);
    uint8_t now = status == RZ_OK ? c.times.held.items[which].key.state : 0;
    uint8_t state = (uint8_t)((now | add) & ~remove);
    if (status == RZ_OK && state != now && add && !*c.times.held.items[which].id)
        status = refuse(&c, RZ6005, RZ_REJECTED, "the private half of the key is not here",
                        "`rezone dnssec key import` takes it");
    if (status == RZ_OK && state != now)
        status = check(&c, which, state);
    if (status == RZ_OK && state != now)
        status = change(&c, which, state);
    return close_command(&c, status, state != now);
}

int rz_command_dnssec_key_publish(struct rz_cli *cli)
{
    return set_state(cli, RZ_KEY_PUBLISHED, 0);
}

int rz_command_dnssec_key_activate(struct rz_cli *cli)
{
    return set_state(cli, RZ_KEY_ACTIVE, 0);
}

int rz_command_dnssec_key_deactivate(struct rz_cli *cli)
{
    return set_state(cli, 0, RZ_KEY_SIGNS);
}

int rz_command_dnssec_key_retire(struct rz_cli *cli)
{
    return set_state(cli, 0, RZ_KEY_ACTIVE);
}

/* ---- remove */

/* A DS that the parent has of it, or that was not to be learned. */
static enum rz_status check_ds(struct rz_key_command *c, const struct rz_signing_key *key)
{
    struct rz_lookup lookup;
    struct rz_delegation seen = {0};
    uint8_t dnskey[RZ_SIGNING_KEY_WIRE_MAX];
    const char *why = NULL;
    bool has = false;
    const uint8_t *apex = c->rolling.entry->apex.wire;
    size_t size = rz_signing_key_dnskey(key, dnskey);
    if (!(key->role & RZ_KEY_KSK) || c->cli->options.given[RZ_OPT_FORCE])
        return RZ_OK;
    enum rz_status status = rz_lookup_init(&lookup, &c->cli->context, &c->project.verify.resolvers,
                                           &c->project.verify.parents, &c->cli->diags);
    if (status != RZ_OK)
        return status;
    status = rz_delegation_read(&seen, &lookup, apex, &why);
    for (size_t i = 0; status == RZ_OK && i < seen.count; i++)
        if (seen.servers[i].ds)
            for (struct rz_rdata_cursor r = rz_rrset_rdata(seen.servers[i].ds); rz_rdata_next(&r);)
                has |= rz_ds_matches(r.wire, r.size, apex, dnskey, size);
    rz_delegation_free(&seen);
    if (status != RZ_OK)
        return refuse(c, RZ6009, RZ_REFUSED,
                      "whether the parent has a DS of the key could not be learned",
                      "`verify: {parents: …}` says whom to ask; --force removes it all the same");
    return !has ? RZ_OK
                : refuse(c, RZ6009, RZ_REFUSED, "the parent has a DS of the key",
                         "take that out first: the key is then out of the chain of trust for good");
}

int rz_command_dnssec_key_remove(struct rz_cli *cli)
{
    struct rz_key_command c;
    size_t which = 0;
    enum rz_status status = open_command(&c, cli);
    if (status == RZ_OK)
        status = find_key(&c, &which);
    const struct rz_signing_key *key = status == RZ_OK ? &c.times.held.items[which].key : NULL;
    if (key && key->state != RZ_KEY_RETIRED)
        status = refuse(&c, RZ6009, RZ_REFUSED, "the key is in use",
                        "`rezone dnssec key retire` takes it out of use");
    if (status == RZ_OK)
        status = check_ds(&c, key);
    if (status == RZ_OK && !rz_cli_ask(cli, "Destroy the private key? It cannot be brought back."))
        status = RZ_CANCELLED;
    if (status == RZ_OK)
        status = c.rolling.provider->ops->dnssec->remove_key(
            c.rolling.provider, c.rolling.entry->apex.wire, key, &cli->diags);
    return close_command(&c, status, true);
}
