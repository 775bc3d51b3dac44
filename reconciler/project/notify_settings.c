/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading `notify:`. */
#include "project/notify_settings.h"

#define SINKS_MAX 32

const char *const rz_event_words[] = {"planned", "started",     "committed", "drift",
                                      "failed",  "rolled_back", "unknown",   NULL};

struct sink_fields {
    const char *webhook, *slack, *secret, *from, *smtp, *username, *password, *ca_file;
    struct rz_strings email, exec, events, zones;
    uint64_t timeout, retries, wait;
    int tls;
};

static const char *const tls_words[] = {"starttls", "none", NULL};
static const char *const kinds[] = {"webhook", "slack", "email", "exec", NULL};

#define AT(member) .offset = offsetof(struct sink_fields, member)

const struct rz_field rz_notify_fields[] = {
    {.key = "webhook",
     .kind = RZ_FIELD_STRING,
     AT(webhook),
     .summary = "URL that takes JSON by POST, or a reference to a secret that is one"},
    {.key = "slack",
     .kind = RZ_FIELD_STRING,
     AT(slack),
     .summary = "URL of an incoming webhook of Slack, or of what takes the same; by reference to a "
                "secret, since who knows it may post"},
    {.key = "email", .kind = RZ_FIELD_STRINGS, AT(email), .summary = "address, or list of them"},
    {.key = "exec",
     .kind = RZ_FIELD_STRINGS,
     AT(exec),
     .summary = "command and arguments, run without a shell, with the JSON on its standard input"},
    {.key = "secret",
     .kind = RZ_FIELD_SECRET,
     AT(secret),
     .summary = "of webhook: the key of the HMAC-SHA256 in X-Rezone-Signature"},
    {.key = "from", .kind = RZ_FIELD_STRING, AT(from), .summary = "of email: the sender"},
    {.key = "smtp",
     .kind = RZ_FIELD_STRING,
     AT(smtp),
     .summary = "of email: the server, smtp://HOST:587 or smtps://HOST:465"},
    {.key = "username",
     .kind = RZ_FIELD_STRING,
     AT(username),
     .summary = "of email: to log in with"},
    {.key = "password",
     .kind = RZ_FIELD_SECRET,
     AT(password),
     .summary = "of email: to log in with"},
    {.key = "tls",
     .kind = RZ_FIELD_ENUM,
     .choices = tls_words,
     .fallback = "starttls",
     AT(tls),
     .summary = "of email by smtp://: starttls is required, or none"},
    {.key = "ca_file",
     .kind = RZ_FIELD_STRING,
     AT(ca_file),
     .summary = "CA certificates (PEM) in place of the system's"},
    {.key = "events",
     .kind = RZ_FIELD_STRINGS,
     AT(events),
     .summary =
         "planned, started, committed, rolled_back, failed, unknown, drift; default: all but planned "
         "and started"},
    {.key = "zones",
     .kind = RZ_FIELD_STRINGS,
     AT(zones),
     .summary = "patterns of the zones that are told of; default: all"},
    {.key = "timeout",
     .kind = RZ_FIELD_DURATION,
     .fallback = "10s",
     .minimum = 1,
     .maximum = 300,
     AT(timeout),
     .summary = "of one try"},
    {.key = "retries",
     .kind = RZ_FIELD_UINT,
     .fallback = "4",
     .maximum = 20,
     AT(retries),
     .summary = "tries after one that failed, with growing pauses"},
    {.key = "wait",
     .kind = RZ_FIELD_DURATION,
     .fallback = "10s",
     .maximum = 3600,
     AT(wait),
     .summary = "how long the end of a run waits for what is not delivered yet"},
    {0},
};

/* Keys that not all kinds have, and the kinds (bits) that have them. */
static const struct {
    const char *key;
    unsigned kinds;
} of_kinds[] = {
    {"secret", 1u << RZ_SINK_WEBHOOK},
    {"from", 1u << RZ_SINK_EMAIL},
    {"smtp", 1u << RZ_SINK_EMAIL},
    {"username", 1u << RZ_SINK_EMAIL},
    {"password", 1u << RZ_SINK_EMAIL},
    {"tls", 1u << RZ_SINK_EMAIL},
    {"ca_file", 1u << RZ_SINK_WEBHOOK | 1u << RZ_SINK_SLACK | 1u << RZ_SINK_EMAIL},
};

struct sink_reader {
    const struct rz_field_reader *fields;
    const struct rz_node *map;
    struct rz_sink_settings *sink;
};

static bool fail(const struct sink_reader *reader, const char *key, const char *message,
                 const char *hint)
{
    const struct rz_node *at = key ? rz_node_get(reader->map, key) : NULL;
    struct rz_place place = rz_node_place(reader->fields->source, at ? at : reader->map);
    struct rz_diag *diag = rz_diags_add(reader->fields->diags, RZ2015, place, "%s", message);
    rz_diag_hint(reader->fields->diags, diag, "%s", hint);
    return false;
}

static bool find_kind(const struct sink_reader *reader)
{
    int found = 0;
    for (int kind = 0; kinds[kind]; kind++)
        if (rz_node_get(reader->map, kinds[kind])) {
            reader->sink->kind = kind;
            found++;
        }
    return found == 1
           || fail(reader, NULL, "an entry of `notify` tells in one way",
                   "write one of webhook, slack, email and exec in each");
}

static bool check_keys(const struct sink_reader *reader)
{
    bool good = true;
    for (size_t i = 0; i < sizeof of_kinds / sizeof *of_kinds; i++)
        if (!(of_kinds[i].kinds & 1u << reader->sink->kind)
            && rz_node_get(reader->map, of_kinds[i].key))
            good = fail(reader, of_kinds[i].key, "the key is not for this kind of notification",
                        "take it out");
    return good;
}

static bool is_reference(const char *text)
{
    return strncmp(text, "${secret:", 9) == 0;
}

static bool has_scheme(const char *text, const char *a, const char *b)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c == 0x7f)
            return false;
    return (strncmp(text, a, strlen(a)) == 0 && text[strlen(a)])
           || (strncmp(text, b, strlen(b)) == 0 && text[strlen(b)]);
}

/* One address without a display name. */
static bool is_address(const char *text)
{
    const char *at = strchr(text, '@');
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c == 0x7f || strchr("<>,;\"()", *c))
            return false;
    return at && at != text && at[1] && !strchr(at + 1, '@');
}

static bool check_email(const struct sink_reader *reader)
{
    const struct rz_sink_settings *sink = reader->sink;
    bool good = true;
    for (size_t i = 0; i < sink->to.count; i++)
        if (!is_address(sink->to.items[i]))
            good = fail(reader, "email", "it is no address", "such as ops@example.com");
    if (sink->to.count == 0)
        good = fail(reader, "email", "nobody is to get the e-mail", "such as ops@example.com");
    if (!sink->from || !is_address(sink->from))
        good = fail(reader, "from", "an e-mail needs a sender in `from`",
                    "such as rezone@example.com");
    if (!sink->smtp || !has_scheme(sink->smtp, "smtp://", "smtps://") || strchr(sink->smtp, '@'))
        good = fail(reader, "smtp", "an e-mail needs a server in `smtp`",
                    "such as smtp://mail.example.com:587 or smtps://mail.example.com:465");
    if (!sink->username != !sink->password)
        good = fail(reader, sink->username ? "username" : "password",
                    "`username` and `password` go together", "write both or none");
    if (sink->password && !sink->starttls && sink->smtp && strncmp(sink->smtp, "smtps://", 8) != 0)
        good = fail(reader, "tls", "the password would go out in clear",
                    "write `tls: starttls`, or an smtps:// server");
    return good;
}

static bool check_kind(const struct sink_reader *reader)
{
    const struct rz_sink_settings *sink = reader->sink;
    switch (sink->kind) {
    case RZ_SINK_EMAIL: return check_email(reader);
    case RZ_SINK_EXEC:
        return (sink->command.count && sink->command.items[0][0])
               || fail(reader, "exec", "`exec` is a command with its arguments",
                       "such as [./announce.sh]");
    default:
        return (sink->url
                && (is_reference(sink->url) || has_scheme(sink->url, "https://", "http://")))
               || fail(reader, kinds[sink->kind], "it is no URL",
                       "such as https://hooks.example.com/dns, or ${secret:env:HOOK_URL}");
    }
}

static bool read_events(const struct sink_reader *reader, const struct rz_strings *words)
{
    bool good = true;
    reader->sink->events = words->count ? 0 : ~(1u << RZ_EVENT_PLANNED | 1u << RZ_EVENT_STARTED);
    for (size_t i = 0; i < words->count; i++) {
        int event = 0;
        while (rz_event_words[event] && strcmp(rz_event_words[event], words->items[i]) != 0)
            event++;
        if (rz_event_words[event])
            reader->sink->events |= 1u << event;
        else
            good = fail(reader, "events", "it is no event",
                        "one of: planned, started, committed, rolled_back, failed, unknown, drift");
    }
    return good;
}

static bool read_sink(const struct rz_field_reader *fields, const struct rz_node *map,
                      struct rz_sink_settings *sink)
{
    struct sink_fields read = {0};
    struct sink_reader reader = {fields, map, sink};
    if (map->kind != RZ_NODE_MAP)
        return fail(&reader, NULL, "an entry of `notify` is a map",
                    "such as {webhook: https://hooks.example.com/dns}");
    if (rz_fields_load(fields, map, rz_notify_fields, &read) != RZ_OK)
        return false;
    *sink = (struct rz_sink_settings){.url = read.webhook ? read.webhook : read.slack,
                                      .secret = read.secret,
                                      .to = read.email,
                                      .from = read.from,
                                      .smtp = read.smtp,
                                      .username = read.username,
                                      .password = read.password,
                                      .starttls = read.tls == 0,
                                      .ca_file = read.ca_file,
                                      .command = read.exec,
                                      .zones = read.zones,
                                      .timeout = read.timeout,
                                      .retries = read.retries,
                                      .wait = read.wait,
                                      .place = rz_node_place(fields->source, map)};
    bool good = read_events(&reader, &read.events);
    if (!find_kind(&reader))
        return false;
    /* A plan runs nothing, so that it can be made of what nobody has reviewed yet. */
    if (sink->kind == RZ_SINK_EXEC && sink->events & 1u << RZ_EVENT_PLANNED)
        good = fail(&reader, "events", "a command cannot be told of `planned`: plans run nothing",
                    "take it out, or use another kind of notification");
    return check_keys(&reader) && check_kind(&reader) && good;
}

enum rz_status rz_notify_settings_load(struct rz_notify_settings *settings,
                                       const struct rz_field_reader *reader,
                                       const struct rz_node *list)
{
    bool good = true;
    *settings = (struct rz_notify_settings){0};
    if (!list || list->kind == RZ_NODE_NULL)
        return RZ_OK;
    if (list->kind != RZ_NODE_LIST || list->count > SINKS_MAX) {
        rz_diags_add(reader->diags, RZ1005, rz_node_place(reader->source, list),
                     "`notify` is a list of at most %d entries", SINKS_MAX);
        return RZ_INVALID;
    }
    settings->sinks = rz_arena_zero(reader->arena, (list->count + 1) * sizeof *settings->sinks);
    for (uint32_t i = 0; i < list->count; i++)
        good &= read_sink(reader, list->items[i], &settings->sinks[settings->count++]);
    return good ? RZ_OK : RZ_INVALID;
}
