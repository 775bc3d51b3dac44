/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of commands, from which parsing and help are made. */
#include "cli/commands.h"
#include "cli/reports.h"

#define ANY 1000
#define KEY_OPTIONS                                                                                \
    (RZ_OPTS_NETWORK | RZ_OPT(MARGIN) | RZ_OPT(FORCE) | RZ_OPT(YES) | RZ_OPT(VERBOSE))
#define RZ_OPTS_LOOK                                                                               \
    (RZ_OPTS_NETWORK | RZ_OPT(PROVIDER) | RZ_OPT(PARENT) | RZ_OPT(RESOLVER) | RZ_OPT(PORT))
#define RZ_OPTS_REGISTRATION                                                                       \
    (RZ_OPTS_NETWORK | RZ_OPT(PROVIDER) | RZ_OPT(PARENT) | RZ_OPT(RESOLVER) | RZ_OPT(WAIT)         \
     | RZ_OPT(DRY_RUN) | RZ_OPT(YES) | RZ_OPT(ALLOW) | RZ_OPT(VERBOSE))
#define RZ_OPTS_RECORD                                                                             \
    (RZ_OPTS_NETWORK | RZ_OPT(PROVIDER) | RZ_OPT(ZONE) | RZ_OPT(FILE) | RZ_OPT(DRY_RUN)            \
     | RZ_OPT(YES) | RZ_OPT(ALLOW) | RZ_OPT(VERBOSE))

const struct rz_command rz_commands[] = {
    {"init", "[PATH…]", "starts a project in this directory",
     "Writes a commented rezone.yaml and an example zone that can be planned and applied at once to\n"
     "files below live/. Files that exist are left alone and named. --from octodns and --from bind write\n"
     "rezone.yaml and no example: the zones are read from the files or directories given, as by import.",
     "json", RZ_OPTS_REPORT | RZ_OPT(FROM), 0, ANY, rz_command_init},
    {"validate", "[ZONE…]", "checks the project and all zone files, without network",
     "Reads rezone.yaml and every zone file, and shows all errors at once, each with its place and a\n"
     "way out. Secrets are not resolved.",
     RZ_FORMATS_REPORT,
     RZ_OPTS_PROJECT | RZ_OPT(ZONE) | RZ_OPT(SHARD) | RZ_OPT(UNTRUSTED) | RZ_OPT(REPORT), 0, ANY,
     rz_command_validate},
    {"render", "[ZONE…]", "shows zones as they will be, expanded",
     "Text is a master file (RFC 1035), yaml a native zone document. Without network.\n"
     "With --explain the arguments are [ZONE] [OWNER] [TYPE], as in `render --explain www A`; without\n"
     "any, all RRsets of all zones. Of each it says the line that gave it, through which templates with\n"
     "which arguments, and what it overrode, removed or adjusted.",
     "json, yaml", RZ_OPTS_PROJECT | RZ_OPT(ZONE) | RZ_OPT(SHARD) | RZ_OPT(EXPLAIN), 0, ANY,
     rz_command_render},
    {"plan", "[ZONE…]", "shows what apply would change",
     "Compares the files with the live zones and shows every RRset to create (+), update (~) or\n"
     "delete (-), risky ones (!) first. Exit code 0: nothing to do; 2: changes; 3: the policy forbids.\n"
     "--since REF plans only zones of which a file, template or data file differs from that revision of the\n"
     "repository (`main...`: from where this branch left main). --offline asks no server and no secret: it\n"
     "compares with the files of that revision, or with what the last run left; such a plan is for review and\n"
     "is not applied. --untrusted goes with it, for pull requests of strangers.\n"
     "--blame names the newest commit that touched the lines of each change, or took what is gone out of the\n"
     "zone's file or its templates, and its author; so do the comments and pages that are made of the plan\n"
     "file.",
     RZ_FORMATS_REPORT,
     RZ_OPTS_NETWORK | RZ_OPT(REPORT) | RZ_OPT(REFRESH) | RZ_OPT(NO_CACHE) | RZ_OPT(ZONE)
         | RZ_OPT(SHARD) | RZ_OPT(JOBS) | RZ_OPT(ALLOW) | RZ_OPT(LENIENT) | RZ_OPT(PLAN_FILE)
         | RZ_OPT(SINCE) | RZ_OPT(BLAME) | RZ_OPT(OFFLINE) | RZ_OPT(UNTRUSTED) | RZ_OPT(SIGN_KEY)
         | RZ_OPT(MODE) | RZ_OPT(TARGET) | RZ_OPT(VERBOSE),
     0, ANY, rz_command_plan},
    {"plan sign", "FILE", "signs a plan file that was reviewed",
     "Adds a signature with --sign-key to the file. `policy: {approvals: N}` says how many keys must have\n"
     "signed a plan before it may be applied.",
     "json", RZ_OPTS_REPORT | RZ_OPT(SIGN_KEY), 1, 1, rz_command_plan_sign},
    {"apply", "[FILE]", "makes the live zones what the files say",
     "With FILE, carries out exactly that plan without asking, or refuses (exit code 3) when it was\n"
     "edited, has expired, was applied, or files or live RRsets have changed since. Without, plans,\n"
     "shows and asks. What fails verification is rolled back (exit code 4).\n"
     "With FILE and --queue, takes zones of the plan that no other worker has taken, mends those of workers\n"
     "that were killed, and ends when all of them have ended; the exit code is that of all together.",
     RZ_FORMATS_REPORT,
     RZ_OPT(REPORT) | RZ_OPTS_NETWORK | RZ_OPT(NO_CACHE) | RZ_OPT(ZONE) | RZ_OPT(SHARD)
         | RZ_OPT(QUEUE) | RZ_OPT(JOBS) | RZ_OPT(ALLOW) | RZ_OPT(LENIENT) | RZ_OPT(YES)
         | RZ_OPT(IGNORE_SOURCES) | RZ_OPT(VERIFY_KEY) | RZ_OPT(MODE) | RZ_OPT(TARGET)
         | RZ_OPT(VERBOSE),
     0, 1, rz_command_apply},
    {"verify", "[ZONE…]", "checks from outside that the files are what is served",
     "Reads each zone back through its provider and asks every authoritative server for every RRset:\n"
     "records, TTL and authority must be as the files say. Then the `checks:` of the zones run, one try\n"
     "each. With --verbose, server by server what was asked and answered. Exit code 2 where something\n"
     "differs or a check fails.",
     RZ_FORMATS_REPORT,
     RZ_OPT(REPORT) | RZ_OPTS_NETWORK | RZ_OPT(ZONE) | RZ_OPT(SHARD) | RZ_OPT(VERBOSE), 0, ANY,
     rz_command_verify},
    {"ci gate", "FILE", "opens or closes a pipeline for a plan file",
     "Reads FILE alone: no project, secret or network. Exit code 0 lets it pass; 3: it has expired, breaks a\n"
     "rule of the policy that was not allowed, deletes a zone, or passes what --max-risk, --max-changes,\n"
     "--max-deletes, --verify-key and --approvals let through.",
     "json",
     RZ_OPTS_REPORT | RZ_OPT(MAX_RISK) | RZ_OPT(MAX_CHANGES) | RZ_OPT(MAX_DELETES)
         | RZ_OPT(VERIFY_KEY) | RZ_OPT(APPROVALS),
     1, 1, rz_command_ci_gate},
    {"ci comment", "FILE", "writes a plan file as a comment on a pull request",
     "Markdown of at most 60,000 octets, made of FILE alone. Its first line is a hidden marker by which the\n"
     "comment of an earlier run is found and replaced; --env tells plans that stand side by side apart. Where\n"
     "not all fits, --output comment.md leaves the whole in comment.full.md, and the comment names it.\n"
     "JSON has `body` and `marker`.",
     "json", RZ_OPTS_REPORT | RZ_OPT(ENV), 1, 1, rz_command_ci_comment},
    {"drift", "[ZONE…]", "finds what is live otherwise than the files say, and who moved",
     "Compares files, live zones and what the last run left. Of each RRset it says `unapplied` (the files\n"
     "moved), `drifted` (live moved) or `both`; also zones that are in no file or missing, and servers\n"
     "whose serial is behind or that answer otherwise than the provider. Without a journal two sides are\n"
     "compared, and it says so. --since RUN compares with what that run left.\n"
     "--adopt takes live values into the zone files, comments kept; --repair applies the files. With\n"
     "--watch all zones are read again when a serial or a file moved, and every sixth time in any case.\n"
     "Exit code 0: none; 2: drift; 1: something could not be compared.",
     RZ_FORMATS_REPORT,
     RZ_OPTS_NETWORK | RZ_OPT(REPORT) | RZ_OPT(ZONE) | RZ_OPT(JOBS) | RZ_OPT(SINCE) | RZ_OPT(TARGET)
         | RZ_OPT(PROVIDER) | RZ_OPT(LENIENT) | RZ_OPT(ADOPT) | RZ_OPT(REPAIR) | RZ_OPT(FORCE)
         | RZ_OPT(YES) | RZ_OPT(ALLOW) | RZ_OPT(WATCH) | RZ_OPT(METRICS) | RZ_OPT(LISTEN)
         | RZ_OPT(VERBOSE),
     0, ANY, rz_command_drift},
    {"rollback", "RUN", "undoes a run",
     "Compares the live zones with before and after of the run, says what each is, and puts back what\n"
     "the run changed. An RRset changed by somebody else since is a conflict (exit code 3) unless\n"
     "--force.",
     RZ_FORMATS_REPORT,
     RZ_OPT(REPORT) | RZ_OPTS_NETWORK | RZ_OPT(YES) | RZ_OPT(FORCE) | RZ_OPT(VERBOSE), 1, 1,
     rz_command_rollback},
    {"recover", "[RUN]", "undoes or finishes what a killed run left",
     "Finds the runs that left zones open and whose process is gone, compares each zone with before and\n"
     "after, says whether it is old, new or mixed, and puts back what it was before; with --forward,\n"
     "makes it what the run wanted. Reads each zone back and settles the journal. Exit code 3: somebody\n"
     "else has changed the same records (--force overwrites them); 5: a zone is still open.",
     "json", RZ_OPTS_NETWORK | RZ_OPT(YES) | RZ_OPT(FORCE) | RZ_OPT(FORWARD) | RZ_OPT(VERBOSE), 0,
     1, rz_command_recover},
    {"unlock", "[ZONE…]", "shows the locks of zones, and breaks stale ones",
     "Without ZONE, shows which run has which zone in hand, its fencing number, and whether its process\n"
     "lives. With ZONE, breaks the lock of a dead run; that of a live one only with --force, and that\n"
     "run then stops before its next step.",
     "json", RZ_OPTS_PROJECT | RZ_OPT(ZONE) | RZ_OPT(FORCE), 0, ANY, rz_command_unlock},
    {"history", "[OWNER [TYPE]]", "lists runs, or the changes of an owner",
     "Without arguments, the runs. With an owner such as www.example.com, who changed it, when and\n"
     "from what; with a type, only that RRset.",
     "json",
     RZ_OPTS_PROJECT | RZ_OPT(ZONE) | RZ_OPT(LIMIT) | RZ_OPT(OFFSET) | RZ_OPT(SINCE) | RZ_OPT(UNTIL)
         | RZ_OPT(ACTOR) | RZ_OPT(STATUS) | RZ_OPT(OLDEST_FIRST),
     0, 2, rz_command_history},
    {"show", "RUN", "shows a run: its zones and changes, before and after",
     "Everything the journal keeps of the run: of each zone what was verified and answered, server by\n"
     "server, and what came of its checks (with --verbose right answers too); each change.",
     RZ_FORMATS_REPORT,
     RZ_OPT(REPORT) | RZ_OPTS_PROJECT | RZ_OPT(ZONE) | RZ_OPT(LIMIT) | RZ_OPT(OFFSET)
         | RZ_OPT(VERBOSE),
     1, 1, rz_command_show},
    {"journal backup", "FILE", "copies the journal to a file",
     "One file with all of it, as it is at one moment; runs may go on meanwhile. An existing file is left\n"
     "alone without --force.",
     "json", RZ_OPTS_PROJECT | RZ_OPT(FORCE), 1, 1, rz_command_journal_backup},
    {"journal restore", "FILE", "replaces the journal by a backup",
     "Refused while another rezone has the journal open, and while zones are open that `rezone recover` must\n"
     "mend first (--force forgets them). Numbers of runs go on from the higher of the two.",
     "json", RZ_OPTS_PROJECT | RZ_OPT(YES) | RZ_OPT(FORCE), 1, 1, rz_command_journal_restore},
    {"journal notices", "", "lists what receivers of `notify:` were not told yet",
     "Messages that could not be delivered, the oldest first: to whom, what of, how many commands have tried,\n"
     "and why the last one failed. The next run, and the next plan or drift that has something to tell, sends\n"
     "them again. 100 are kept for a receiver, each for a week.",
     "json", RZ_OPTS_PROJECT, 0, 0, rz_command_journal_notices},
    {"journal prune", "", "deletes old runs from the journal",
     "Deletes runs that are older than --keep AGE with their changes. What later runs must know stays: open\n"
     "zones, and the last run that was committed of each zone.",
     "json", RZ_OPTS_PROJECT | RZ_OPT(KEEP), 0, 0, rz_command_journal_prune},
    {"queue list", "", "lists the queues of plans that workers share",
     "What `apply FILE --queue` has put into the journal, the newest first: how many of its zones are\n"
     "waiting, in hand, done or failed, and how many workers are at it.",
     "json", RZ_OPTS_PROJECT | RZ_OPT(LIMIT) | RZ_OPT(OFFSET), 0, 0, rz_command_queue_list},
    {"queue show", "[QUEUE]", "shows a queue zone by zone",
     "Without QUEUE the newest. Of each zone its state, the run that has or had it in hand, and why it\n"
     "failed. `lost`: its worker is gone, and the next that takes it looks first what it is.",
     "json", RZ_OPTS_PROJECT | RZ_OPT(STATUS) | RZ_OPT(LIMIT) | RZ_OPT(OFFSET), 0, 1,
     rz_command_queue_show},
    {"queue cancel", "QUEUE", "gives no zones of a queue away any more",
     "Workers finish what they have in hand and end with exit code 1. `rezone queue retry` opens it again.",
     "json", RZ_OPTS_PROJECT, 1, 1, rz_command_queue_cancel},
    {"queue retry", "QUEUE", "puts the zones of a queue that failed back into it",
     "Those that failed, were refused or rolled back wait again, and a queue that was stopped or cancelled\n"
     "is open; then start workers with the same plan file. Refused while workers are at it.",
     "json", RZ_OPTS_PROJECT, 1, 1, rz_command_queue_retry},
    {"import", "[ZONE…|PATH…]", "writes native zone files from what exists",
     "--from live: the zones of a provider, named by --provider. --from octodns, --from zonefile (or\n"
     "bind): the files or directories given. Writes DIR/ZONE.yaml (--to DIR, default zones), checks that each\n"
     "file gives the very same zone, and never overwrites without --force. --extract-templates writes\n"
     "what at least three zones share to templates/, with parameters where they differ in one value.",
     "json",
     RZ_OPTS_NETWORK | RZ_OPT(ZONE) | RZ_OPT(FROM) | RZ_OPT(PROVIDER) | RZ_OPT(TO) | RZ_OPT(FORCE)
         | RZ_OPT(EXTRACT_TEMPLATES),
     0, ANY, rz_command_import},
    {"fmt", "[PATH…]", "lays YAML files out in the canonical form",
     "Without PATH, rezone.yaml, the zone files and the templates. Comments, order and the spelling of\n"
     "values stay. With --check nothing is written, and the exit code is 2 where a file would change.",
     "json", RZ_OPTS_PROJECT | RZ_OPT(CHECK), 0, ANY, rz_command_fmt},
    {"zone list", "", "lists the zones of the project, or of a provider",
     "With --provider NAME, the zones that live there and whether the project has them.", "json",
     RZ_OPTS_NETWORK | RZ_OPT(ZONE) | RZ_OPT(PROVIDER), 0, 0, rz_command_zone_list},
    {"zone create", "ZONE", "creates a zone at its targets, with SOA and NS",
     "The zone is one of the project; its other records come with apply.", "json",
     RZ_OPTS_NETWORK | RZ_OPT(YES) | RZ_OPT(ALLOW) | RZ_OPT(VERBOSE), 1, 1, rz_command_zone_create},
    {"zone delete", "ZONE", "deletes a zone from a provider",
     "Shows what is deleted and asks. The journal keeps all of it: `rezone rollback RUN` brings the\n"
     "zone back.",
     "json", RZ_OPTS_NETWORK | RZ_OPT(PROVIDER) | RZ_OPT(YES) | RZ_OPT(ALLOW) | RZ_OPT(VERBOSE), 1,
     1, rz_command_zone_delete},
    {"forward list", "[ZONE…]", "lists the forwarding rules that resolvers have",
     "Of the project's zones that go to a resolver; ZONE may be a glob. A rule that the running resolver\n"
     "and its file differ in shows both, with `0 - 0 .`.",
     "json", RZ_OPTS_NETWORK | RZ_OPT(ZONE), 0, ANY, rz_command_forward_list},
    {"forward check", "[ZONE…]", "asks the targets of forwarding rules themselves",
     "Each target of the rules in the files is asked for the rule's domain, or its certificate is looked\n"
     "at where it is asked by TLS. The exit code is 2 where one does not answer as it should.",
     "json", RZ_OPTS_NETWORK | RZ_OPT(ZONE), 0, ANY, rz_command_forward_check},
    {"record create", "NAME TYPE VALUE…", "adds records to what is live",
     "NAME is whole, such as www.example.com; its zone is looked up at the providers. A value is in the\n"
     "form of a master file, plain text for TXT, or a JSON object of fields. With --file many at once:\n"
     "JSON lines {\"name\", \"type\", \"ttl\", \"priority\", \"value\" or \"values\"} or CSV with a line of\n"
     "column names. What fails verification is undone (exit code 4); the journal keeps it all.",
     "json", RZ_OPTS_RECORD | RZ_OPT(TTL) | RZ_OPT(PRIORITY), 0, ANY, rz_command_record_create},
    {"record update", "NAME TYPE [VALUE…]", "replaces the values or the TTL of records",
     "The RRset must be there. Without values only --ttl changes. --file as for `record create`.",
     "json", RZ_OPTS_RECORD | RZ_OPT(TTL) | RZ_OPT(PRIORITY), 0, ANY, rz_command_record_update},
    {"record delete", "NAME TYPE [VALUE…]", "deletes records",
     "Without values the whole RRset. --file as for `record create`.", "json",
     RZ_OPTS_RECORD | RZ_OPT(PRIORITY), 0, ANY, rz_command_record_delete},
    {"record get", "NAME [TYPE]", "shows the live records of a name", "As the provider gives them.",
     "json", RZ_OPTS_NETWORK | RZ_OPT(REFRESH) | RZ_OPT(PROVIDER) | RZ_OPT(ZONE), 1, 2,
     rz_command_record_get},
    {"record list", "ZONE [NAMES [TYPE]]", "lists the live records of a zone",
     "NAMES is a pattern of whole names: `*` within a label, `**` across. Records that are no DNS records\n"
     "(URL, FRAME, MXE) are shown too.",
     "json",
     RZ_OPTS_NETWORK | RZ_OPT(REFRESH) | RZ_OPT(PROVIDER) | RZ_OPT(ZONE) | RZ_OPT(LIMIT)
         | RZ_OPT(OFFSET),
     1, 3, rz_command_record_list},
    {"domain list", "", "lists the registered domains of an account",
     "Status, expiry, days left and renewal as the registrar gives them, and whether the provider hosts the\n"
     "zone. The nameservers are asked for one by one, for --details and --nameserver.",
     "json",
     RZ_OPTS_NETWORK | RZ_OPT(REFRESH) | RZ_OPT(PROVIDER) | RZ_OPT(STATUS) | RZ_OPT(EXPIRING)
         | RZ_OPT(SEARCH) | RZ_OPT(HOSTED) | RZ_OPT(AUTORENEW) | RZ_OPT(NAMESERVER)
         | RZ_OPT(DETAILS) | RZ_OPT(SORT) | RZ_OPT(LIMIT) | RZ_OPT(OFFSET),
     0, 0, rz_command_domain_list},
    {"domain show", "NAME…", "shows registrations and the zones hosted for them",
     "NAME may be a pattern. Nameservers at the parent, SOA and records of the zone by type, whether the\n"
     "domain is delegated to what is hosted, and what can be done. JSON is a line a domain.",
     "json", RZ_OPTS_NETWORK | RZ_OPT(REFRESH) | RZ_OPT(PROVIDER), 1, ANY, rz_command_domain_show},
    {"domain check", "NAME…", "says whether names can be registered, and for how much",
     "rezone never orders or pays.", "json", RZ_OPTS_NETWORK | RZ_OPT(PROVIDER), 1, 100,
     rz_command_domain_check},
    {"domain tlds", "", "lists the top-level domains that can be had, with prices",
     "As the registrar gives them.", "json", RZ_OPTS_NETWORK | RZ_OPT(REFRESH) | RZ_OPT(PROVIDER),
     0, 0, rz_command_domain_tlds},
    {"domain nameservers get", "NAME", "shows which nameservers a domain is delegated to",
     "As the registrar has them.", "json", RZ_OPTS_NETWORK | RZ_OPT(PROVIDER), 1, 1,
     rz_command_domain_nameservers_get},
    {"domain nameservers set", "NAME NAMESERVER NAMESERVER…",
     "delegates a domain to other nameservers",
     "NAME may be a pattern: all active registrations that match. A run as of apply, with an entry in the\n"
     "journal that `rezone rollback RUN` undoes: shows the change, asks, reads it back from the registrar\n"
     "(what is not as it was set is put back, exit code 4), and asks the parent's servers. Where these do\n"
     "not publish it soon, that is told; with --wait TIME the change is undone after that time.",
     "json", RZ_OPTS_REGISTRATION, 3, 14, rz_command_domain_nameservers_set},
    {"domain nameservers register", "NAME NAMESERVER ADDRESS",
     "registers a nameserver below a domain",
     "Its address becomes glue at the parent. A run as of `domain nameservers set`; but no call of the\n"
     "registrar shows an address again or takes it back, so that rollback refuses.",
     "json", RZ_OPTS_REGISTRATION, 3, 3, rz_command_domain_nameservers_register},
    {"domain verify", "NAME…", "checks domains: registration, delegation, nameservers, DNSSEC",
     "NAME may be a pattern of the account's registrations. Asks the servers of the parent zone for the\n"
     "delegation, and each nameserver at each address: over UDP and TCP, whether it is authoritative, has\n"
     "the same serial and names the same nameservers, resolves for strangers, knows EDNS, and whether the\n"
     "parent's DS leads to keys whose signature is good. --resolver is asked what it has. --ownership checks\n"
     "a TXT challenge. Exit code 2 where a check is bad.",
     "json", RZ_OPTS_LOOK | RZ_OPT(REFRESH) | RZ_OPT(OWNERSHIP), 1, ANY, rz_command_domain_verify},
    {"domain report", "NAME…", "reports all there is to know about domains",
     "Registration, delegation, each nameserver, DS records, the hosted zone and the checks of `domain verify`.\n"
     "As text, JSON, Markdown or an HTML page of its own (--output FILE). NAME may be a pattern. Exit code 2\n"
     "where a check is bad.",
     "json, markdown, html", RZ_OPTS_LOOK | RZ_OPT(REFRESH) | RZ_OPT(OWNERSHIP), 1, ANY,
     rz_command_domain_report},
    {"domain watch", "NAME…", "checks domains again and again, for monitoring",
     "The checks of `domain verify`, once or --every TIME, --count rounds. Shows what is not good, and with\n"
     "--every only when that changes. JSON is a line a round. Exit code of the last round: 0 all good; 2 a\n"
     "check is bad; 1 something could not be asked.",
     "json", RZ_OPTS_LOOK | RZ_OPT(OWNERSHIP) | RZ_OPT(EVERY) | RZ_OPT(TIMES), 1, ANY,
     rz_command_domain_watch},
    {"dnssec list", "NAME", "lists the DS records that the parent of a domain has",
     "As the registrar has them.", "json", RZ_OPTS_NETWORK | RZ_OPT(PROVIDER), 1, 1,
     rz_command_dnssec_list},
    {"dnssec status", "NAME [FILE]", "shows the chain of trust of a zone, to every signature",
     "Which DS records the registrar has, which the parent publishes, which keys the zone has; then every\n"
     "signature, and that each name that does not exist can be denied: of the zone as each nameserver gives\n"
     "it by transfer (where that is refused, of the answers for the names that the project's files have), as\n"
     "its providers have it, or of a signed zone file. secure, insecure (no DS at the parent), expiring\n"
     "(--warn), bogus (resolvers reject it), unknown; of a FILE without --parent: signed. Exit code 0 where\n"
     "all is good, 2 where something is to be done, 1 where it could not be looked at. Then what comes next,\n"
     "and when: the next step of a roll-over, the renewal of signatures, the end of the one that ends first.",
     "json", RZ_OPTS_LOOK | RZ_OPT(SERVER) | RZ_OPT(WARN), 1, 2, rz_command_dnssec_status},
    {"dnssec resign", "[ZONE…]", "makes signatures anew that end soon",
     "Of zones that rezone signs itself: at a provider of kind zonefile with `keys`. A zone is written where a\n"
     "signature has less time left than `signature_refresh`; only such signatures, and the serial, change. For\n"
     "a timer; zones without anything due are left alone.",
     "json", RZ_OPTS_NETWORK | RZ_OPT(ZONE), 0, ANY, rz_command_dnssec_resign},
    {"dnssec rollover plan", "ZONE KIND", "prints the timetable of an exchange of keys",
     "Step by step what `rollover start` and `step` change in the zone and at the parent, and how long caches\n"
     "may hold what was before, with the TTLs that there are. KIND: zsk (pre-publication),\n"
     "zsk-double-signature, ksk (double KSK; a CSK too), ksk-double-ds, algorithm (RFC 6781, RFC 7583).\n"
     "Nothing is changed.",
     "json", RZ_OPTS_NETWORK | RZ_OPT(MARGIN) | RZ_OPT(EMERGENCY) | RZ_OPT(PARENT), 2, 2,
     rz_command_dnssec_rollover_plan},
    {"dnssec add", "NAME [KEY…]", "adds DS records at the parent",
     "KEY is a DS (12345 13 2 DIGEST), or a DNSKEY (257 3 13 KEY) from which the DS is computed. Without\n"
     "KEY, the key-signing keys that all nameservers of the zone publish alike and signed. A run as of\n"
     "`domain nameservers set`, with an entry in the journal.",
     "json", RZ_OPTS_REGISTRATION | RZ_OPT(PORT), 1, 50, rz_command_dnssec_add},
    {"dnssec remove", "NAME TAG", "removes the DS records of a key tag from the parent",
     "A run as of `domain nameservers set`, with an entry in the journal.", "json",
     RZ_OPTS_REGISTRATION, 2, 2, rz_command_dnssec_remove},
    {"dnssec key list", "ZONE", "shows the keys of a zone, in use or not",
     "As the provider that signs it has them: tag, role, state (active: signs and is published; published;\n"
     "hidden: only signs; retired: out of use), algorithm, and since when it is active as the journal knows.",
     "json", RZ_OPTS_NETWORK, 1, 1, rz_command_dnssec_key_list},
    {"dnssec key generate", "ZONE ksk|zsk|csk", "makes a key, out of use",
     "Of the algorithm that the zone's file wants. `rollover start --key` or `key publish` brings it into use.",
     "json", RZ_OPTS_NETWORK, 2, 2, rz_command_dnssec_key_generate},
    {"dnssec key import", "ZONE FILE [ksk|zsk|csk]", "takes a private key that was made elsewhere",
     "FILE is PEM (PKCS #8 and what OpenSSL wrote before), without a passphrase, or BIND's Kname.private, with\n"
     "the .key beside it, which says the role too. SHA-1 is not taken. The key is out of use until it is\n"
     "brought into it. What it signs is checked first.",
     "json", RZ_OPTS_NETWORK, 2, 3, rz_command_dnssec_key_import},
    {"dnssec key publish", "ZONE TAG", "puts a key into the DNSKEY set",
     "A run, with all that belongs to one. Refused (exit code 3) where the zone would be bogus, unless --force.",
     "json", KEY_OPTIONS, 2, 2, rz_command_dnssec_key_publish},
    {"dnssec key activate", "ZONE TAG", "publishes a key and lets it sign",
     "A run, with all that belongs to one. A zone without keys is signed so. Refused (exit code 3) where the\n"
     "zone would be bogus, unless --force.",
     "json", KEY_OPTIONS, 2, 2, rz_command_dnssec_key_activate},
    {"dnssec key deactivate", "ZONE TAG", "lets a key sign no more, and leaves it published",
     "A run, with all that belongs to one. Refused (exit code 3) unless another key signs in its place that\n"
     "resolvers know by now, by TTL, --margin and the journal, or with --force.",
     "json", KEY_OPTIONS, 2, 2, rz_command_dnssec_key_deactivate},
    {"dnssec key retire", "ZONE TAG", "takes a key out of use, and keeps it",
     "A run, with all that belongs to one. Refused (exit code 3) while caches may have signatures of it, and\n"
     "where the parent has a DS of it and of no other key that signs, unless --force.",
     "json", KEY_OPTIONS, 2, 2, rz_command_dnssec_key_retire},
    {"dnssec key remove", "ZONE TAG", "destroys a key that is out of use",
     "For good: a run that had it in use cannot be rolled back any more. Refused (exit code 3) while it is in\n"
     "use or the parent has a DS of it.",
     "json", RZ_OPTS_NETWORK | RZ_OPT(FORCE) | RZ_OPT(YES), 2, 2, rz_command_dnssec_key_remove},
    {"dnssec ds show", "ZONE", "compares the DS of a zone's keys with the parent's",
     "The keys are those that the provider publishes as entries of the chain of trust. Exit code 2 where the\n"
     "parent's servers have other DS, or none.",
     "json", RZ_OPTS_NETWORK, 1, 1, rz_command_dnssec_ds_show},
    {"dnssec ds set", "ZONE", "puts the DS of a zone's keys into its parent",
     "Where the parent zone, or the registration of the name, is of the project: a run there, with all that\n"
     "belongs to one. Elsewhere shows what the parent shall have. Exit code 2 until its servers have it.\n"
     "Refused (exit code 3) during a roll-over, and while resolvers may have answers from before the zone was\n"
     "signed, unless --force.",
     "json", RZ_OPTS_NETWORK | RZ_OPT(FORCE) | RZ_OPT(YES) | RZ_OPT(VERBOSE), 1, 1,
     rz_command_dnssec_ds_set},
    {"dnssec ds remove", "ZONE", "takes the DS of a zone out of its parent",
     "The first step to an unsigned zone; `dnssec: false` and `apply` follow when the DS is in no cache any\n"
     "more, and are refused before.",
     "json", RZ_OPTS_NETWORK | RZ_OPT(YES) | RZ_OPT(VERBOSE), 1, 1, rz_command_dnssec_ds_remove},
    {"dnssec rollover start", "ZONE KIND", "begins to exchange the keys of a zone",
     "Takes the first step, a run with all that belongs to one, and keeps in the journal what comes next and\n"
     "when. `rezone dnssec rollover step`, from cron or by hand, takes the others. KIND as for `rollover plan`,\n"
     "which shows all of them. With --key a key that is there, out of use, takes over (`dnssec key import`).",
     "json",
     RZ_OPTS_NETWORK | RZ_OPT(KEY) | RZ_OPT(MARGIN) | RZ_OPT(EMERGENCY) | RZ_OPT(YES)
         | RZ_OPT(VERBOSE),
     2, 2, rz_command_rollover_start},
    {"dnssec rollover step", "[ZONE…]", "takes the steps of roll-overs that are due",
     "Of all roll-overs of the project, or of these zones. What is not due yet waits; a step that was killed\n"
     "is taken up again. The DS is exchanged where the parent zone or the registration is of the project; the\n"
     "roll-over waits until the parent's servers have it (exit code 2). --force does not wait for TTLs: in an\n"
     "emergency, when keys are known to others and a bogus zone is the lesser evil.",
     "json", RZ_OPTS_NETWORK | RZ_OPT(FORCE) | RZ_OPT(YES) | RZ_OPT(VERBOSE), 0, ANY,
     rz_command_rollover_step},
    {"dnssec rollover status", "", "shows the roll-overs under way",
     "With what comes next and from when on, as the journal has it.", "json", RZ_OPTS_PROJECT, 0, 0,
     rz_command_rollover_status},
    {"dnssec rollover cancel", "ZONE", "forgets a roll-over",
     "The keys stay as they are, which is safe: `plan` leaves keys of a signed zone alone.", "json",
     RZ_OPTS_PROJECT | RZ_OPT(YES), 1, 1, rz_command_rollover_cancel},
    {"auth login", "", "begins a session with the password",
     "Gets a new token, whatever there was, and keeps it for later runs. Without this command a session\n"
     "begins with the first request.",
     "json", RZ_OPTS_NETWORK | RZ_OPT(PROVIDER), 0, 0, rz_command_auth_login},
    {"auth status", "", "shows the session, without network",
     "The account, where the token is kept, and how long it is good for. The token is not shown.",
     "json", RZ_OPTS_PROJECT | RZ_OPT(SET) | RZ_OPT(PROVIDER), 0, 0, rz_command_auth_status},
    {"auth refresh", "", "gets a new token before the old one ends",
     "By the refresh token, or by the password where there is none or it has ended.", "json",
     RZ_OPTS_NETWORK | RZ_OPT(PROVIDER), 0, 0, rz_command_auth_refresh},
    {"auth logout", "", "ends the session, here and at the service",
     "Revokes the tokens and removes the token file and its backup.", "json",
     RZ_OPTS_NETWORK | RZ_OPT(PROVIDER), 0, 0, rz_command_auth_logout},
    {"health", "", "checks that the providers can be reached and used",
     "Asks each provider, or the one named, for its zones; of one with a session also the account, the\n"
     "life of the token, latency, the check of its certificate and the difference of the clocks. JSON and\n"
     "Prometheus text have counts, latencies and retries of the HTTP requests that this took.",
     "json, prometheus", RZ_OPTS_NETWORK | RZ_OPT(PROVIDER), 0, 0, rz_command_health},
    {"template list", "", "lists the templates of the project",
     "With version, description, and how many zones use each, directly or through other templates.",
     "json", RZ_OPTS_PROJECT, 0, 0, rz_command_template_list},
    {"template show", "NAME", "explains a template: parameters, rules, groups, who extends it",
     "NAME may ask for a version, such as web@2; without, the newest. -v shows all zones that extend it.",
     "json", RZ_OPTS_PROJECT | RZ_OPT(VERBOSE), 1, 1, rz_command_template_show},
    {"template new", "NAME", "writes a commented template to start from",
     "Writes templates/NAME.yaml, with parameters, a rule, records and tests. NAME may have folders\n"
     "(mail/google) and a version (web@2).",
     "json", RZ_OPTS_PROJECT, 1, 1, rz_command_template_new},
    {"template clone", "NAME NEW", "copies a template under a new name or version",
     "Comments and layout stay. `rezone template clone web web@2` begins a new version beside the old one;\n"
     "zones that extend `web` without a version get it at once.",
     "json", RZ_OPTS_PROJECT, 2, 2, rz_command_template_clone},
    {"template rename", "NAME NEW", "gives a template that nothing uses a new name",
     "Refuses (exit code 3) while zones or templates extend it, and says which and where.", "json",
     RZ_OPTS_PROJECT, 2, 2, rz_command_template_rename},
    {"template delete", "NAME", "deletes a template that nothing uses",
     "Refuses (exit code 3) while zones or templates extend it, and says which and where.", "json",
     RZ_OPTS_PROJECT, 1, 1, rz_command_template_delete},
    {"template search", "WORD", "finds templates by a word in them",
     "Looks in names, descriptions, parameters, groups, records and rules; case does not matter.",
     "json", RZ_OPTS_PROJECT, 1, 1, rz_command_template_search},
    {"template test", "[NAME]", "runs the tests that templates have in them",
     "Each test binds its arguments (`with`) in a zone of its own and compares what the template gives\n"
     "with `expect`, or wants an `error`. Shows what differs. Exit code 1 where a test fails.",
     "json, junit", RZ_OPTS_PROJECT, 0, 1, rz_command_template_test},
    {"template graph", "[NAME]", "draws which zones and templates extend which templates",
     "With NAME, only what it builds on and what builds on it. As text, for Graphviz (dot) or Mermaid.",
     "json, dot, mermaid", RZ_OPTS_PROJECT, 0, 1, rz_command_template_graph},
    {"cache stats", "", "shows what the cache of compiled zones holds",
     "Zones that were read before are kept compiled in the user's cache directory, found by a hash of all\n"
     "their inputs; plan uses them as they are. With --provider NAME, what that provider keeps of the\n"
     "server's replies for commands that only show, how long it may, and how often each endpoint was\n"
     "answered from there; --refresh of those commands goes round it.",
     "json", RZ_OPTS_PROJECT | RZ_OPT(SET) | RZ_OPT(PROVIDER), 0, 0, rz_command_cache_stats},
    {"cache clear", "", "empties the cache of compiled zones",
     "The next plan reads everything anew. With --provider NAME, what\n"
     "that provider keeps.",
     "json", RZ_OPTS_PROJECT | RZ_OPT(SET) | RZ_OPT(PROVIDER), 0, 0, rz_command_cache_clear},
    {"version", "", "shows the version", "The version of rezone and of the libraries it runs with.",
     "json", RZ_OPTS_REPORT, 0, 0, rz_command_version},
    {"explain", "[CODE…]", "explains the code of a message, such as RZ1104",
     "What it means and what to do; of checks of zones also examples. A part of a code, such as RZ12,\n"
     "lists the family; without CODE, all. Needs no project.",
     "json", RZ_OPTS_REPORT, 0, ANY, rz_command_explain},
    {"completion", "bash|zsh|fish", "prints the completion of a shell",
     "A script that lets the Tab key complete commands, options, and the zones, templates, providers\n"
     "and runs of the project, by asking `rezone complete`. For bash: source <(rezone completion bash).\n"
     "For zsh, behind compinit: source <(rezone completion zsh). For fish: rezone completion fish |\n"
     "source. Installed packages bring them along.",
     "json", RZ_OPTS_REPORT, 1, 1, rz_command_completion},
    {"complete", "[WORD…]", "lists what may stand next on a command line",
     "What shells ask when Tab is pressed: `rezone complete -- plan --zone ex` prints what may stand\n"
     "in place of the last word, and behind a tab what it is. A line `:file` or `:directory` says that\n"
     "paths may stand there. Asks no network and says nothing about errors.",
     "json", RZ_OPTS_REPORT, 0, ANY, rz_command_complete},
    {"help", "[COMMAND…|TOPIC]", "shows help for a command, or a topic of the guide",
     "Without arguments, lists the commands and the topics; `rezone help topics` says what each topic is.",
     "", RZ_OPTS_ALL, 0, 4, rz_command_help},
    {0},
};
