/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options, and the reading of a command line by them. */
#include <stdlib.h>

#include "cli/cli.h"
#include "support/alloc.h"

const struct rz_option rz_cli_options[RZ_OPT_COUNT] = {
    [RZ_OPT_DIRECTORY] = {RZ_OPT_DIRECTORY, "directory", 'C', "DIR",
                          "the project's directory; other paths are relative to it"},
    [RZ_OPT_CONFIG] = {RZ_OPT_CONFIG, "config", 0, "FILE",
                       "the project file, instead of rezone.yaml"},
    [RZ_OPT_DEFINE] = {RZ_OPT_DEFINE, "define", 'D', "NAME=VALUE",
                       "sets a variable, over all files; may be repeated"},
    [RZ_OPT_ENV] = {RZ_OPT_ENV, "env", 0, "NAME", "the environment of rezone.yaml to overlay"},
    [RZ_OPT_ZONE] = {RZ_OPT_ZONE, "zone", 0, "GLOB",
                     "only zones that match: `*` within a label, `**` across; may be repeated"},
    [RZ_OPT_SHARD] = {RZ_OPT_SHARD, "shard", 0, "K/N",
                      "only the K-th of N shares of the zones: N machines have each zone once"},
    [RZ_OPT_QUEUE] = {RZ_OPT_QUEUE, "queue", 0, NULL,
                      "takes the plan's zones one by one, with all others that do so"},
    [RZ_OPT_FORMAT] = {RZ_OPT_FORMAT, "format", 0, "FORMAT", "form of the result"},
    [RZ_OPT_OUTPUT] = {RZ_OPT_OUTPUT, "output", 0, "FILE",
                       "writes the result there instead of to standard output"},
    [RZ_OPT_REPORT] = {RZ_OPT_REPORT, "report", 0, "FORMAT:FILE",
                       "writes the result there too, in that form; may be repeated"},
    [RZ_OPT_JOBS] = {RZ_OPT_JOBS, "jobs", 'j', "N", "worker threads; default: one a processor"},
    [RZ_OPT_COLOR] = {RZ_OPT_COLOR, "color", 0, "WHEN",
                      "auto, always or never; auto honours NO_COLOR"},
    [RZ_OPT_QUIET] = {RZ_OPT_QUIET, "quiet", 'q', NULL, "no notes and no progress"},
    [RZ_OPT_VERBOSE] = {RZ_OPT_VERBOSE, "verbose", 'v', NULL,
                        "long values in full, each zone's state as it changes"},
    [RZ_OPT_TRACE] = {RZ_OPT_TRACE, "trace", 0, "FILE",
                      "writes HTTP and DNS messages there, secrets removed"},
    [RZ_OPT_LOG_FORMAT] = {RZ_OPT_LOG_FORMAT, "log-format", 0, "text|json",
                           "form of what goes to standard error: text, or records of JSON"},
    [RZ_OPT_HELP] = {RZ_OPT_HELP, "help", 'h', NULL, "shows this help"},
    [RZ_OPT_ALLOW] = {RZ_OPT_ALLOW, "allow", 0, "RULE",
                      "lets the plan break a rule of the policy; may be repeated"},
    [RZ_OPT_LENIENT] = {RZ_OPT_LENIENT, "lenient", 0, NULL,
                        "leaves out what a target cannot hold, with a warning"},
    [RZ_OPT_YES] = {RZ_OPT_YES, "yes", 'y', NULL, "does not ask"},
    [RZ_OPT_IGNORE_SOURCES] = {RZ_OPT_IGNORE_SOURCES, "ignore-sources", 0, NULL,
                               "applies a plan file although the files here differ"},
    [RZ_OPT_FORCE] = {RZ_OPT_FORCE, "force", 'f', NULL, "overwrites"},
    [RZ_OPT_PLAN_FILE] = {RZ_OPT_PLAN_FILE, "out", 'o', "FILE",
                          "writes the plan there, for `rezone apply FILE`"},
    [RZ_OPT_FROM] = {RZ_OPT_FROM, "from", 0, "KIND",
                     "what to read: live, octodns, zonefile or bind"},
    [RZ_OPT_PROVIDER] = {RZ_OPT_PROVIDER, "provider", 0, "NAME",
                         "the provider, as rezone.yaml calls it"},
    [RZ_OPT_TO] = {RZ_OPT_TO, "to", 0, "DIR", "the directory to write zone files to"},
    [RZ_OPT_LIMIT] = {RZ_OPT_LIMIT, "limit", 0, "N", "at most this many lines; default 50"},
    [RZ_OPT_OFFSET] = {RZ_OPT_OFFSET, "offset", 0, "N", "skips this many lines"},
    [RZ_OPT_SINCE] =
        {RZ_OPT_SINCE, "since", 0, "SINCE",
         "a time: 2026-01-31, 2026-01-31T23:59:59Z, or 7d for a week ago; of drift, a run; "
         "of plan, a git revision"},
    [RZ_OPT_UNTIL] = {RZ_OPT_UNTIL, "until", 0, "TIME", "the same forms"},
    [RZ_OPT_ACTOR] = {RZ_OPT_ACTOR, "actor", 0, "NAME", "only runs of this actor"},
    [RZ_OPT_STATUS] =
        {RZ_OPT_STATUS, "status", 0, "STATUS",
         "only these: of runs committed, rolled_back, failed, unknown; of a queue's zones also "
         "waiting, taken, lost, refused; of domains such as Active"},
    [RZ_OPT_OLDEST_FIRST] = {RZ_OPT_OLDEST_FIRST, "oldest-first", 0, NULL, "the oldest first"},
    [RZ_OPT_CHECK] = {RZ_OPT_CHECK, "check", 0, NULL,
                      "writes nothing; exit code 2 where a file would change"},
    [RZ_OPT_NO_CACHE] = {RZ_OPT_NO_CACHE, "no-cache", 0, NULL, "reads everything anew"},
    [RZ_OPT_EXTRACT_TEMPLATES] = {RZ_OPT_EXTRACT_TEMPLATES, "extract-templates", 0, NULL,
                                  "writes what many zones share once, as templates"},
    [RZ_OPT_SIGN_KEY] = {RZ_OPT_SIGN_KEY, "sign-key", 0, "FILE",
                         "signs the plan with this Ed25519 private key (PEM)"},
    [RZ_OPT_VERIFY_KEY] = {RZ_OPT_VERIFY_KEY, "verify-key", 0, "FILE",
                           "the plan must be signed by this Ed25519 key (PEM); may be repeated"},
    [RZ_OPT_FORWARD] = {RZ_OPT_FORWARD, "forward", 0, NULL,
                        "finishes what was begun instead of undoing it"},
    [RZ_OPT_MODE] = {RZ_OPT_MODE, "mode", 0, "MODE",
                     "full, create-missing (no updates or deletes) or update-existing"},
    [RZ_OPT_TARGET] = {RZ_OPT_TARGET, "target", 0, "RRSET",
                       "only this, as 'OWNER TYPE' or OWNER, globs allowed; may be repeated"},
    [RZ_OPT_KEEP] = {RZ_OPT_KEEP, "keep", 0, "AGE", "keeps runs that are younger, such as 90d"},
    [RZ_OPT_TTL] = {RZ_OPT_TTL, "ttl", 0, "TTL", "seconds, or a time such as 1h30m"},
    [RZ_OPT_PRIORITY] = {RZ_OPT_PRIORITY, "priority", 0, "N",
                         "the first number of MX, SRV and the like"},
    [RZ_OPT_DRY_RUN] = {RZ_OPT_DRY_RUN, "dry-run", 0, NULL,
                        "shows what would change, and changes nothing"},
    [RZ_OPT_FILE] = {RZ_OPT_FILE, "file", 0, "FILE",
                     "records from a file of JSON lines or CSV; `-` is standard input"},
    [RZ_OPT_SEARCH] = {RZ_OPT_SEARCH, "search", 0, "TEXT",
                       "only names that have this text in them"},
    [RZ_OPT_EXPIRING] = {RZ_OPT_EXPIRING, "expiring", 0, "TIME",
                         "only what expires within this time, such as 30d"},
    [RZ_OPT_SORT] = {RZ_OPT_SORT, "sort", 0, "KEY", "name, expires or status"},
    [RZ_OPT_REFRESH] = {RZ_OPT_REFRESH, "refresh", 0, NULL,
                        "asks the providers for everything, whatever they keep"},
    [RZ_OPT_ADOPT] = {RZ_OPT_ADOPT, "adopt", 0, NULL,
                      "writes live values that drifted into the zone files"},
    [RZ_OPT_REPAIR] = {RZ_OPT_REPAIR, "repair", 0, NULL,
                       "applies the files to the zones that drifted"},
    [RZ_OPT_WATCH] = {RZ_OPT_WATCH, "watch", 0, "INTERVAL",
                      "looks again and again, such as every 10m, until stopped by a signal"},
    [RZ_OPT_METRICS] = {RZ_OPT_METRICS, "metrics", 0, "FILE",
                        "writes metrics for Prometheus there, each time whole"},
    [RZ_OPT_LISTEN] =
        {RZ_OPT_LISTEN, "listen", 0, "ADDRESS",
         "with --watch, serves /metrics and /report at this loopback address and port"},
    [RZ_OPT_OFFLINE] =
        {RZ_OPT_OFFLINE, "offline", 0, NULL,
         "no network: compares with the files of --since, or with what the last run left"},
    [RZ_OPT_UNTRUSTED] = {RZ_OPT_UNTRUSTED, "untrusted", 0, NULL,
                          "the files are a stranger's: env() reads nothing, whatever they allow"},
    [RZ_OPT_MAX_RISK] = {RZ_OPT_MAX_RISK, "max-risk", 0, "RISK",
                         "the highest risk of a change that passes: none, notice or high"},
    [RZ_OPT_MAX_CHANGES] = {RZ_OPT_MAX_CHANGES, "max-changes", 0, "N",
                            "as many changes pass, creates among them"},
    [RZ_OPT_MAX_DELETES] = {RZ_OPT_MAX_DELETES, "max-deletes", 0, "N", "as many deletes pass"},
    [RZ_OPT_APPROVALS] = {RZ_OPT_APPROVALS, "approvals", 0, "N",
                          "as many of the keys of --verify-key must have signed; default: all"},
    [RZ_OPT_BLAME] = {RZ_OPT_BLAME, "blame", 0, NULL,
                      "says of each change who wrote its lines, and in which commit"},
    [RZ_OPT_EXPLAIN] = {RZ_OPT_EXPLAIN, "explain", 0, NULL,
                        "says of each RRset where it comes from and what it overrode"},
    [RZ_OPT_PARENT] = {RZ_OPT_PARENT, "parent", 0, "SERVER",
                       "a server of the parent zone, as ADDRESS or ADDRESS:PORT, instead of those "
                       "that resolvers name; may be repeated"},
    [RZ_OPT_RESOLVER] = {RZ_OPT_RESOLVER, "resolver", 0, "SERVER",
                         "a resolver to ask, instead of the machine's own; may be repeated"},
    [RZ_OPT_PORT] = {RZ_OPT_PORT, "port", 0, "PORT",
                     "the port that nameservers are asked at, instead of 53"},
    [RZ_OPT_SERVER] =
        {RZ_OPT_SERVER, "server", 0, "SERVER",
         "a server of the zone, as ADDRESS or ADDRESS:PORT, instead of those that the "
         "parent names; may be repeated"},
    [RZ_OPT_WARN] = {RZ_OPT_WARN, "warn", 0, "TIME",
                     "exit code 2 where a signature ends within this time; default 3d"},
    [RZ_OPT_KEY] = {RZ_OPT_KEY, "key", 0, "TAG",
                    "the key of that tag takes over, instead of a new one"},
    [RZ_OPT_EMERGENCY] = {RZ_OPT_EMERGENCY, "emergency", 0, NULL,
                          "without margins: only what caches may still hold is waited for"},
    [RZ_OPT_WAIT] = {RZ_OPT_WAIT, "wait", 0, "TIME",
                     "gives the parent this time to publish the change, and undoes it otherwise"},
    [RZ_OPT_MARGIN] = {RZ_OPT_MARGIN, "margin", 0, "TIME",
                       "waits this much longer than TTLs say, for servers that lag; default 1h"},
    [RZ_OPT_OWNERSHIP] = {RZ_OPT_OWNERSHIP, "ownership", 0, NULL,
                          "also checks that the challenge of this project is published as a TXT "
                          "record, and says which that is"},
    [RZ_OPT_EVERY] = {RZ_OPT_EVERY, "every", 0, "TIME", "checks again and again, such as 10m"},
    [RZ_OPT_TIMES] = {RZ_OPT_TIMES, "count", 0, "N",
                      "ends after so many rounds; default: with --every none, else 1"},
    [RZ_OPT_DETAILS] =
        {RZ_OPT_DETAILS, "details", 0, NULL,
         "with the nameservers of each, which the registrar is asked for one by one"},
    [RZ_OPT_HOSTED] = {RZ_OPT_HOSTED, "hosted", 0, "yes|no",
                       "only domains whose zone the provider hosts, or does not"},
    [RZ_OPT_AUTORENEW] = {RZ_OPT_AUTORENEW, "autorenew", 0, "yes|no",
                          "only domains that renew themselves, or do not"},
    [RZ_OPT_NAMESERVER] = {RZ_OPT_NAMESERVER, "nameserver", 0, "GLOB",
                           "only domains with such a nameserver at the registrar"},
    [RZ_OPT_HTTP_METRICS] =
        {RZ_OPT_HTTP_METRICS, "http-metrics", 0, "FILE",
         "writes counts, latencies and retries of HTTP requests there: Prometheus "
         "text, or JSON where FILE ends in .json"},
    [RZ_OPT_SET] = {RZ_OPT_SET, "set", 0, "PROVIDER.KEY=VALUE",
                    "sets an option of a provider, over all files; may be repeated"},
};

static bool complain(struct rz_cli *cli, const char *message, const char *what, const char *hint)
{
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0}, "%s%s", message,
                                        what);
    if (hint)
        rz_diag_hint(&cli->diags, diag, "%s", hint);
    return false;
}

static const struct rz_option *find_long(struct rz_str name)
{
    for (size_t i = 0; i < RZ_OPT_COUNT; i++)
        if (rz_str_is(name, rz_cli_options[i].name))
            return &rz_cli_options[i];
    return NULL;
}

static const struct rz_option *find_letter(char letter)
{
    for (size_t i = 0; i < RZ_OPT_COUNT; i++)
        if (rz_cli_options[i].letter && rz_cli_options[i].letter == letter)
            return &rz_cli_options[i];
    return NULL;
}

static bool unknown_option(struct rz_cli *cli, const char *text)
{
    const char *names[RZ_OPT_COUNT];
    char hint[128];
    for (size_t i = 0; i < RZ_OPT_COUNT; i++)
        names[i] = rz_cli_options[i].name;
    struct rz_str name = rz_str_of(text + (text[1] == '-' ? 2 : 1));
    const char *equals = memchr(name.data, '=', name.size);
    if (equals)
        name.size = (size_t)(equals - name.data);
    int nearest = rz_str_nearest(name, names, RZ_OPT_COUNT);
    snprintf(hint, sizeof hint,
             nearest >= 0 ? "did you mean --%s?" : "`rezone help` lists what there is",
             nearest >= 0 ? names[nearest] : "");
    return complain(cli, "unknown option ", text, hint);
}

static void store(struct rz_cli *cli, enum rz_option_id id, const char *value)
{
    struct rz_option_values *values = &cli->options;
    values->given[id] = true;
    if (!value)
        return;
    values->last[id] = value;
    struct rz_strings *all = &values->all[id];
    const char **items = rz_arena_alloc(&cli->arena, (all->count + 1) * sizeof *items);
    if (all->count)
        memcpy(items, all->items, all->count * sizeof *items);
    items[all->count++] = value;
    all->items = items;
}

/* What is between the command line and its reader. */
struct line {
    char **argv;
    int argc, at;
};

static bool take(struct rz_cli *cli, struct line *line, const struct rz_option *option,
                 const char *inlined)
{
    if (!option->argument) {
        if (inlined)
            return complain(cli, "this option takes no value: --", option->name, NULL);
        store(cli, option->id, NULL);
        return true;
    }
    const char *value = inlined;
    if (!value) {
        if (line->at + 1 >= line->argc)
            return complain(cli, "this option needs a value: --", option->name, option->help);
        value = line->argv[++line->at];
    }
    store(cli, option->id, value);
    return true;
}

static bool take_long(struct rz_cli *cli, struct line *line, const char *text)
{
    const char *equals = strchr(text, '=');
    struct rz_str name = {text + 2, equals ? (size_t)(equals - text - 2) : strlen(text + 2)};
    const struct rz_option *option = find_long(name);
    return option ? take(cli, line, option, equals ? equals + 1 : NULL) : unknown_option(cli, text);
}

/* -q, -qv, -CDIR, -C DIR */
static bool take_letters(struct rz_cli *cli, struct line *line, const char *text)
{
    for (const char *at = text + 1; *at; at++) {
        const struct rz_option *option = find_letter(*at);
        if (!option)
            return unknown_option(cli, text);
        if (option->argument)
            return take(cli, line, option, at[1] ? at + 1 : NULL);
        store(cli, option->id, NULL);
    }
    return true;
}

static bool take_all(struct rz_cli *cli, struct line *line)
{
    bool good = true, options_end = false;
    for (; line->at < line->argc; line->at++) {
        const char *text = line->argv[line->at];
        if (options_end || text[0] != '-' || text[1] == '\0')
            cli->arguments[cli->argument_count++] = text;
        else if (strcmp(text, "--") == 0)
            options_end = true;
        else if (text[1] == '-')
            good &= take_long(cli, line, text);
        else
            good &= take_letters(cli, line, text);
    }
    return good;
}

const struct rz_command *rz_cli_find_command(const char *const *words, size_t count, size_t *taken)
{
    const struct rz_command *found = NULL;
    *taken = 0;
    for (const struct rz_command *command = rz_commands; command->name; command++) {
        size_t used = 0;
        const char *name = command->name;
        for (; *name && used < count; used++) {
            size_t size = strcspn(name, " ");
            if (strlen(words[used]) != size || memcmp(words[used], name, size) != 0)
                break;
            name += size + (name[size] == ' ');
        }
        if (*name == '\0' && used > *taken) {
            found = command;
            *taken = used;
        }
    }
    return found;
}

/* The command whose words begin the arguments; removes its words. */
static const struct rz_command *take_command(struct rz_cli *cli)
{
    size_t taken;
    const struct rz_command *found = rz_cli_find_command(cli->arguments, cli->argument_count,
                                                         &taken);
    cli->arguments += taken;
    cli->argument_count -= taken;
    return found;
}

/* "one of: list, create, delete": what may follow the words of a family. */
static void list_family(struct rz_buffer *hint, const char *family)
{
    size_t skip = strlen(family) + 1, count = 0;
    for (const struct rz_command *command = rz_commands; command->name; command++)
        if (rz_cli_is_family(command, family))
            rz_buffer_printf(hint, "%s%s", count++ ? ", " : "one of: ", command->name + skip);
}

/* The command of a family ("": of all) whose other words the arguments from `first` on are near to,
 * the longest run of them, since what follows may be the command's own arguments; NULL. */
static const char *nearest_command(const struct rz_cli *cli, const char *family, size_t first)
{
    const char *names[256];
    size_t count = 0, skip = *family ? strlen(family) + 1 : 0, end = first + 3;
    for (const struct rz_command *command = rz_commands; command->name && count < 256; command++)
        if (rz_cli_is_family(command, family))
            names[count++] = command->name + skip;
    for (end = end < cli->argument_count ? end : cli->argument_count; end > first; end--) {
        RZ_BUFFER_CLEANUP struct rz_buffer words = {0};
        for (size_t i = first; i < end; i++)
            rz_buffer_printf(&words, "%s%s", i > first ? " " : "", cli->arguments[i]);
        int nearest = rz_str_nearest(rz_buffer_view(&words), names, count);
        if (nearest >= 0)
            return names[nearest] - skip;
    }
    return NULL;
}

static bool unknown_command(struct rz_cli *cli)
{
    RZ_BUFFER_CLEANUP struct rz_buffer name = {0}, hint = {0};
    const char *family = cli->arguments[0];
    list_family(&hint, family);
    bool is_family = hint.size > 0;
    if (is_family && cli->argument_count == 1) {
        rz_buffer_printf(&name, "`rezone %s` is not a command by itself", family);
        return complain(cli, name.data, "", hint.data);
    }
    rz_buffer_printf(&name, "%s%s%s", family, is_family ? " " : "",
                     is_family ? cli->arguments[1] : "");
    const char *nearest = is_family ? nearest_command(cli, family, 1) : nearest_command(cli, "", 0);
    if (nearest || !is_family)
        rz_buffer_reset(&hint);
    if (nearest)
        rz_buffer_printf(&hint, "did you mean `rezone %s`?", nearest);
    else if (!is_family)
        rz_buffer_text(&hint, "`rezone help` lists the commands");
    return complain(cli, "there is no command ", name.data, hint.data);
}

static bool check_options(struct rz_cli *cli)
{
    bool good = true;
    char message[160];
    for (size_t i = 0; i < RZ_OPT_COUNT; i++) {
        if (!cli->options.given[i] || cli->command->options & RZ_OPT_BIT(i))
            continue;
        snprintf(message, sizeof message, "`rezone %s` has no option --", cli->command->name);
        good = complain(cli, message, rz_cli_options[i].name, "its --help lists those it has");
    }
    if (cli->options.given[RZ_OPT_HELP])
        return good;
    snprintf(message, sizeof message, "usage: rezone %s %s", cli->command->name,
             cli->command->usage);
    if (cli->argument_count < cli->command->arguments_min)
        good = complain(cli, "an argument is missing", "", message);
    if (cli->argument_count > cli->command->arguments_max)
        good = complain(cli, "an argument too many: ", cli->arguments[cli->command->arguments_max],
                        message);
    return good;
}

/* `rezone zone --help` */
static bool asks_for_family(const struct rz_cli *cli)
{
    if (cli->options.given[RZ_OPT_HELP] && cli->argument_count == 1)
        for (const struct rz_command *each = rz_commands; each->name; each++)
            if (rz_cli_is_family(each, cli->arguments[0]))
                return true;
    return false;
}

bool rz_cli_parse(struct rz_cli *cli, int argc, char **argv)
{
    struct line line = {argv, argc, 1};
    cli->arguments = rz_arena_alloc(&cli->arena, ((size_t)argc + 1) * sizeof *cli->arguments);
    if (!take_all(cli, &line))
        return false;
    cli->command = take_command(cli);
    if (!cli->command && cli->argument_count)
        return asks_for_family(cli) || unknown_command(cli);
    return !cli->command || check_options(cli);
}

bool rz_cli_number(struct rz_cli *cli, enum rz_option_id id, uint64_t maximum, uint64_t *value)
{
    const char *text = cli->options.last[id];
    char *end, message[96];
    if (!text)
        return true;
    unsigned long long number = strtoull(text, &end, 10);
    if (*text >= '0' && *text <= '9' && *end == '\0' && number <= maximum) {
        *value = number;
        return true;
    }
    snprintf(message, sizeof message, "--%s is a count of at most %llu, not ",
             rz_cli_options[id].name, (unsigned long long)maximum);
    return complain(cli, message, text, NULL);
}
