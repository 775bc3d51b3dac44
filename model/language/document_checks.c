/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `checks:` of zone documents and templates. Those of all layers are carried out; one that two layers
 * give alike, once. */
#include <stdlib.h>

#include "dns/rdata.h"
#include "language/check.h"
#include "language/document_internal.h"
#include "support/alloc.h"

#define CHECKS_MAX 1000 /* of one zone */

struct check_fields {
    const char *http, *tcp, *tls, *dns;
    struct rz_strings exec, expect, contains, equals, via;
    bool resolve;
    const char *ca_file, *name;
    uint64_t days, timeout, retries;
    int when;
};

#define AT(member) .offset = offsetof(struct check_fields, member)

const struct rz_field rz_check_fields[] = {
    {.key = "http",
     .kind = RZ_FIELD_STRING,
     AT(http),
     .summary = "URL that must answer; redirects are not followed"},
    {.key = "tcp",
     .kind = RZ_FIELD_STRING,
     AT(tcp),
     .summary = "`host:port` that must take a connection"},
    {.key = "tls",
     .kind = RZ_FIELD_STRING,
     AT(tls),
     .summary = "`host:port` that must have a certificate that is trusted and good"},
    {.key = "dns",
     .kind = RZ_FIELD_STRING,
     AT(dns),
     .summary = "`OWNER TYPE` that must be answered; relative to the zone"},
    {.key = "exec",
     .kind = RZ_FIELD_STRINGS,
     AT(exec),
     .summary = "command and arguments, run without a shell; needs `verify: {exec: true}` in "
                "rezone.yaml"},
    {.key = "expect",
     .kind = RZ_FIELD_STRINGS,
     AT(expect),
     .summary = "of http: the status, or a list of those that are good; default: 200 to 299"},
    {.key = "contains",
     .kind = RZ_FIELD_STRINGS,
     AT(contains),
     .summary = "of http: texts that the body has; of dns: records, or parts of a text, that the "
                "answer has"},
    {.key = "equals",
     .kind = RZ_FIELD_STRINGS,
     AT(equals),
     .summary = "of dns: all records of the answer"},
    {.key = "via",
     .kind = RZ_FIELD_STRINGS,
     AT(via),
     .summary = "of dns: resolvers to ask, each of which must answer so; default: the zone's "
                "authoritative servers"},
    {.key = "resolve",
     .kind = RZ_FIELD_BOOL,
     .fallback = "false",
     AT(resolve),
     .summary =
         "of http, tcp, tls: connect to the addresses that the zone gives, not to those that "
         "the resolver finds"},
    {.key = "ca_file",
     .kind = RZ_FIELD_STRING,
     AT(ca_file),
     .summary = "of http, tls: CA certificates (PEM) in place of the system's"},
    {.key = "name",
     .kind = RZ_FIELD_STRING,
     AT(name),
     .summary = "of tls: the name that the certificate must have; default: the host"},
    {.key = "days",
     .kind = RZ_FIELD_UINT,
     .fallback = "0",
     .maximum = 3650,
     AT(days),
     .summary = "of tls: days that the certificate must still be good for"},
    {.key = "timeout",
     .kind = RZ_FIELD_DURATION,
     .fallback = "10s",
     .minimum = 1,
     .maximum = 3600,
     AT(timeout),
     .summary = "of one try"},
    {.key = "retries",
     .kind = RZ_FIELD_UINT,
     .fallback = "2",
     .maximum = 100,
     AT(retries),
     .summary = "tries after one that failed, within the timeout of `verify:`"},
    {.key = "when",
     .kind = RZ_FIELD_ENUM,
     .choices = rz_check_moments,
     .fallback = "always",
     AT(when),
     .summary = "after-apply: not in `rezone verify`; verify: only there"},
    {0},
};

/* Keys that not all kinds have, and the kinds (bits) that have them. */
static const struct {
    const char *key;
    unsigned kinds;
} of_kinds[] = {
    {"expect", 1u << RZ_CHECK_HTTP},
    {"contains", 1u << RZ_CHECK_HTTP | 1u << RZ_CHECK_DNS},
    {"equals", 1u << RZ_CHECK_DNS},
    {"via", 1u << RZ_CHECK_DNS},
    {"resolve", 1u << RZ_CHECK_HTTP | 1u << RZ_CHECK_TCP | 1u << RZ_CHECK_TLS},
    {"ca_file", 1u << RZ_CHECK_HTTP | 1u << RZ_CHECK_TLS},
    {"name", 1u << RZ_CHECK_TLS},
    {"days", 1u << RZ_CHECK_TLS},
};

struct check_reader {
    struct rz_document *document;
    const struct rz_node *map;
    struct rz_arena *arena; /* of the zone */
    struct rz_check *check;
};

static bool fail(const struct check_reader *reader, const char *key, const char *message,
                 const char *hint)
{
    struct rz_document *document = reader->document;
    const struct rz_node *at = key ? rz_node_get(reader->map, key) : NULL;
    struct rz_diag *diag = rz_document_error(document, RZ5110, at ? at : reader->map, "%s",
                                             message);
    rz_diag_hint(document->diags, diag, "%s", hint);
    return false;
}

static bool find_kind(const struct check_reader *reader)
{
    int found = 0;
    for (int kind = 0; rz_check_kinds[kind]; kind++)
        if (rz_node_get(reader->map, rz_check_kinds[kind])) {
            reader->check->kind = kind;
            found++;
        }
    if (found == 1)
        return true;
    return fail(reader, NULL, found ? "a check does one thing" : "a check says what it does",
                "write one of http, tcp, tls, dns and exec in each");
}

static bool check_keys(const struct check_reader *reader)
{
    bool good = true;
    for (size_t i = 0; i < sizeof of_kinds / sizeof *of_kinds; i++) {
        if (of_kinds[i].kinds & 1u << reader->check->kind
            || !rz_node_get(reader->map, of_kinds[i].key))
            continue;
        const char *kind = rz_check_kinds[reader->check->kind];
        fail(reader, of_kinds[i].key,
             rz_arena_printf(reader->arena, "`%s` is not for %s checks", of_kinds[i].key, kind),
             "take it out");
        good = false;
    }
    return good;
}

static bool is_url(const char *text)
{
    const char *host = strncmp(text, "https://", 8) == 0  ? text + 8
                       : strncmp(text, "http://", 7) == 0 ? text + 7
                                                          : NULL;
    if (!host || strchr("/?#:", *host))
        return false;
    for (const char *c = host; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c == 0x7f)
            return false;
    size_t authority = strcspn(host, "/?#");
    return !memchr(host, '@', authority);
}

static bool read_statuses(const struct check_reader *reader)
{
    const struct rz_strings *expect = &reader->check->expect;
    for (size_t i = 0; i < expect->count; i++) {
        const char *text = expect->items[i];
        if (strlen(text) != 3 || text[0] < '1' || text[0] > '5' || strspn(text, "0123456789") != 3)
            return fail(reader, "expect", "`expect` is a status of HTTP, or a list of them",
                        "such as 200 or [200, 301]");
    }
    return true;
}

/* Text of a record in its canonical form; texts stay as they are. */
static bool canonical(const struct check_reader *reader, const char *key, uint16_t type,
                      struct rz_strings *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        struct rz_rdata rdata;
        const char *why;
        if (rz_rtype_flags(type) & RZ_RTYPE_TEXT)
            continue;
        if (rz_rdata_read(reader->document->reader, type, rz_str_of(texts->items[i]),
                          reader->document->zone->apex.wire, &rdata, &why)
            != RZ_OK)
            return fail(reader, key,
                        rz_arena_printf(reader->arena, "`%.200s` is no record of the type: %s",
                                        texts->items[i], why),
                        "write records as in `records:`");
        RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
        rz_rdata_print(&text, type, rdata.wire, rdata.size);
        texts->items[i] = rz_arena_str(reader->arena, rz_buffer_view(&text)).data;
    }
    return true;
}

static bool read_question(const struct check_reader *reader)
{
    struct rz_check *check = reader->check;
    struct rz_document *document = reader->document;
    const struct rz_node *node = rz_node_get(reader->map, "dns");
    const char *blank = strchr(check->subject, ' '), *why;
    struct rz_name owner;
    uint16_t type;
    if (!blank)
        return fail(reader, "dns", "`dns` is an owner and a type", "such as `www A` or `@ MX`");
    struct rz_str name = {check->subject, (size_t)(blank - check->subject)};
    if (rz_str_is(name, "@"))
        rz_name_copy(&owner, document->zone->apex.wire);
    else if (rz_name_parse(&owner, name, document->zone->apex.wire, &why) != RZ_OK)
        return fail(reader, "dns", rz_arena_printf(reader->arena, "not a name: %s", why),
                    "such as `www A` or `@ MX`");
    if (!rz_document_type(document, node, rz_str_trim(rz_str_of(blank)), &type))
        return false;
    if (check->via.count == 0 && !rz_name_in(owner.wire, document->zone->apex.wire))
        return fail(reader, "dns", "the name is not in the zone, whose servers are asked",
                    "say which resolvers to ask: `via: [192.0.2.53]`");
    char owner_text[RZ_NAME_TEXT_MAX], type_text[RZ_RTYPE_TEXT_MAX];
    check->subject = rz_arena_printf(reader->arena, "%s %s", rz_name_text(owner_text, owner.wire),
                                     rz_rtype_text(type_text, type));
    return canonical(reader, "contains", type, &check->contains)
           && canonical(reader, "equals", type, &check->equals);
}

/* A zone's file may come from a stranger: it reads nothing outside the project. */
static bool is_below_project(const struct check_reader *reader)
{
    const char *path = reader->check->ca_file;
    bool outside = path
                   && (*path == '/' || strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0
                       || strstr(path, "/../") || rz_str_ends_with(rz_str_of(path), "/.."));
    return !outside
           || fail(reader, "ca_file", "the file is outside the project",
                   "copy the certificates into the project, and name them below it");
}

static bool read_subject(const struct check_reader *reader)
{
    char host[256];
    uint16_t port;
    const struct rz_check *check = reader->check;
    switch (check->kind) {
    case RZ_CHECK_HTTP:
        if (!is_url(check->subject))
            return fail(reader, "http", "`http` is a URL without credentials",
                        "such as https://www.example.com/health");
        return read_statuses(reader);
    case RZ_CHECK_TCP:
    case RZ_CHECK_TLS:
        return rz_check_split(check->subject, host, &port)
               || fail(reader, rz_check_kinds[check->kind], "it is a host and a port",
                       "such as www.example.com:443 or [2001:db8::1]:443");
    case RZ_CHECK_DNS: return read_question(reader);
    default:
        return (check->command.count && check->command.items[0][0])
               || fail(reader, "exec", "`exec` is a command with its arguments",
                       "such as [./check.sh, \"${zone}\"]");
    }
}

static void add_check(struct rz_document *document, const struct rz_check *check)
{
    struct rz_checks *checks = document->checks;
    for (size_t i = 0; i < checks->count; i++)
        if (rz_check_equal(&checks->items[i], check))
            return;
    checks->items = rz_grow(checks->items, &checks->capacity, checks->count + 1,
                            sizeof *checks->items);
    checks->items[checks->count++] = *check;
}

static void load_check(struct rz_document *document, const struct rz_node *written)
{
    struct check_fields fields = {0};
    struct rz_check check = {0};
    document->scope.failed = false;
    const struct rz_node *map = rz_scope_expand(&document->scope, written);
    document->failed |= document->scope.failed;
    if (document->scope.failed || map->kind == RZ_NODE_NULL)
        return;
    struct rz_field_reader reader = {document->source, document->check_arena, document->diags};
    struct check_reader own = {document, map, document->check_arena, &check};
    if (map->kind != RZ_NODE_MAP) {
        struct rz_diag *diag = rz_document_error(document, RZ1005, map, "a check is a map, not %s",
                                                 rz_node_kind_text(map));
        rz_diag_hint(document->diags, diag, "such as {http: https://www.example.com/}");
        return;
    }
    if (rz_fields_load(&reader, map, rz_check_fields, &fields) != RZ_OK) {
        document->failed = true;
        return;
    }
    check = (struct rz_check){
        .command = fields.exec,
        .expect = fields.expect,
        .contains = fields.contains,
        .equals = fields.equals,
        .via = fields.via,
        .resolve = fields.resolve,
        .ca_file = fields.ca_file,
        .name = fields.name,
        .days = fields.days,
        .timeout = fields.timeout,
        .retries = fields.retries,
        .when = fields.when,
        .file = rz_arena_strdup(document->check_arena, document->source->name),
        .line = written->line,
        .column = written->column};
    check.subject = fields.http ? fields.http : fields.tcp ? fields.tcp : fields.tls;
    check.subject = check.subject ? check.subject : fields.dns;
    if (find_kind(&own) && check_keys(&own)
        && (check.subject || check.kind == RZ_CHECK_EXEC
            || fail(&own, NULL, "the check says nothing to look at", "give it a value"))
        && is_below_project(&own) && read_subject(&own))
        add_check(document, &check);
}

void rz_document_load_checks(struct rz_document *document, const struct rz_node *list)
{
    if (!list || list->kind == RZ_NODE_NULL)
        return;
    const struct rz_node *expanded = list;
    if (list->kind == RZ_NODE_SCALAR) { /* `${…}` may stand for the list */
        document->scope.failed = false;
        expanded = rz_scope_expand(&document->scope, list);
        document->failed |= document->scope.failed;
        if (document->scope.failed)
            return;
    }
    if (expanded->kind != RZ_NODE_LIST) {
        rz_document_error(document, RZ1005, list, "`checks` is a list of checks");
        return;
    }
    for (uint32_t i = 0; i < expanded->count; i++) {
        if (document->checks->count >= CHECKS_MAX) {
            rz_document_error(document, RZ1003, expanded->items[i], "a zone has at most %d checks",
                              CHECKS_MAX);
            return;
        }
        load_check(document, expanded->items[i]);
    }
}
