/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of diagnostic codes. One row, one page of the reference. */
#include "support/codes.h"

#include "support/diag.h"

const struct rz_code_info rz_codes[] = {
    /* 10xx YAML */
    {RZ1001, RZ_ERROR, "malformed YAML", "The file is not well-formed YAML 1.1. The message is the scanner's; the place is where it gave up, which may be just after the mistake."},
    {RZ1002, RZ_ERROR, "duplicate key", "A map has the same key twice. YAML readers differ in which they keep, so rezone takes neither: join the two or delete one."},
    {RZ1003, RZ_ERROR, "document over its budget", "The document is too large, too deep, or its aliases expand to too much. The bounds protect runs on other people's pull requests."},
    {RZ1004, RZ_ERROR, "unknown key", "The map may not have this key. Nothing is ignored silently, since a misspelt key would be."},
    {RZ1005, RZ_ERROR, "wrong kind of value", "A list, a map or a text stands where another kind is needed."},
    {RZ1006, RZ_ERROR, "value not allowed", "The value is outside its range, or is none of the allowed words."},
    {RZ1007, RZ_ERROR, "missing key", "A required key is not there."},
    {RZ1008, RZ_ERROR, "unreadable file", "The file does not exist, may not be read, is no regular file, or lies outside the project directory."},
    {RZ1009, RZ_ERROR, "wrong encoding", "The file is not UTF-8, or has a character that YAML does not allow."},
    {RZ1010, RZ_ERROR, "bad alias or merge", "An alias names no anchor before it, or `<<` does not merge a map."},
    {RZ1011, RZ_ERROR, "bad variable reference", "`${…}` names a variable that is not defined, or is not closed. Write `$${` for a literal `${`."},
    {RZ1012, RZ_ERROR, "malformed expression", "What stands in `${…}`, `for`, `when` or `assert` is no expression. The place is where reading gave up."},
    {RZ1013, RZ_ERROR, "expression without a value", "An operator or function was given what it does not take, or the zone's budget of work is used up."},
    /* 11xx zone documents, names, RDATA */
    {RZ1101, RZ_ERROR, "unreadable name", "The text is no domain name: a label over 63 octets, a name over 255, an empty label, a bad escape, or a label that IDNA does not allow."},
    {RZ1102, RZ_ERROR, "owner outside the zone", "An absolute owner (one with a final dot) must end in the zone's name."},
    {RZ1103, RZ_ERROR, "unknown record type", "Types are written in upper case; one that has no name is written TYPE and its number, as RFC 3597 says."},
    {RZ1104, RZ_ERROR, "unreadable RDATA", "The value is not what records of this type hold. Write it as in a master file, or as a map of its fields."},
    {RZ1105, RZ_ERROR, "relative name that looks absolute", "A name without a final dot is relative to the zone. This one ends like a public name and the name so formed does not exist in the zone, so the final dot was probably forgotten."},
    {RZ1106, RZ_ERROR, "unreadable TTL", "A TTL is a number of seconds or a duration such as 5m or 1h30m, at most 2147483647 seconds (RFC 2181 section 8)."},
    {RZ1107, RZ_WARNING, "TXT value in quotes of its own", "TXT values are plain text: quotes inside the value become part of the record. Other tools want them, rezone does not."},
    {RZ1108, RZ_ERROR, "said in two ways", "The short form (`nameservers`, `soa`) and an explicit RRset at the apex give the same data. Keep one."},
    {RZ1110, RZ_ERROR, "RRset given twice", "The same owner and type stand in two places of the zone. Join the values into one list."},
    {RZ1111, RZ_ERROR, "record given twice", "An RRset is a set: the same value stands in it twice, perhaps in two spellings."},
    {RZ1112, RZ_ERROR, "unequal TTLs", "All records of an RRset share one TTL (RFC 2181 section 5.2)."},
    {RZ1113, RZ_ERROR, "RRset over its bounds", "An RRset holds at most 65,535 records, and one that does not fit into a DNS message of 65,535 octets cannot be served."},
    /* 12xx lint errors */
    {RZ1201, RZ_ERROR, "other data beside a CNAME", "An alias says that its name has no data of its own: a CNAME may have nothing beside it but the DNSSEC records that sign it (RFC 2181 section 10.1)."},
    {RZ1202, RZ_ERROR, "several records where one may be", "CNAME, DNAME, SOA and ALIAS hold one record. With two, servers choose either or refuse the zone."},
    {RZ1203, RZ_ERROR, "target is a CNAME", "The host that an NS, MX or SRV record names must have addresses of its own, not be an alias (RFC 2181 section 10.3, RFC 2782). Name the CNAME's target instead."},
    {RZ1204, RZ_ERROR, "CNAME at the apex", "The zone's own name has SOA and NS records, and a CNAME may have nothing beside it. Write addresses, or ALIAS where the provider takes it."},
    {RZ1205, RZ_ERROR, "data below a DNAME", "A DNAME redirects all names below its owner, so records there are never seen (RFC 6672 section 2.4)."},
    {RZ1206, RZ_ERROR, "apex type elsewhere", "SOA, DNSKEY, NSEC3PARAM and ZONEMD say something about a zone as a whole and stand at its apex only."},
    {RZ1207, RZ_ERROR, "no type of data", "ANY, AXFR, OPT, TSIG and their like are types of questions and messages, never data of a zone."},
    {RZ1208, RZ_ERROR, "misplaced DS", "A DS record stands at a delegation, beside the NS records of the child zone; that of a zone itself belongs into its parent (RFC 4035 section 2.4)."},
    {RZ1209, RZ_ERROR, "TTL too large", "A TTL is at most 2147483647 seconds; servers take larger ones for 0 (RFC 2181 section 8)."},
    /* 13xx foreign sources */
    {RZ1301, RZ_WARNING, "OctoDNS option that is not applied", "Options under `octodns:` steer OctoDNS and its providers. rezone honours `ignored` and leaves the others without effect."},
    {RZ1310, RZ_ERROR, "malformed record line", "The line of a master file is no record: the owner or type is missing, or a parenthesis is not closed."},
    {RZ1311, RZ_ERROR, "record of another class", "rezone manages zones of class IN only."},
    {RZ1312, RZ_ERROR, "record without TTL", "Neither the record nor a $TTL line above gives a TTL, and no record before has one to take over. Begin the file with a $TTL line."},
    {RZ1313, RZ_WARNING, "TTL by custom", "The record has no TTL and the file no $TTL line above it. BIND takes the TTL of the record before, or the minimum of the SOA; other servers take a default of their own."},
    {RZ1314, RZ_ERROR, "bad directive", "Directives of master files are $ORIGIN, $TTL, $INCLUDE and $GENERATE."},
    {RZ1315, RZ_ERROR, "$INCLUDE refused", "Included files lie below the directory of the zone files or the project, are regular files, do not include themselves, and are at most eight deep."},
    {RZ1316, RZ_ERROR, "bad $GENERATE", "The line is `$GENERATE start-stop[/step] owner [ttl] [class] type data`, where `$` or `${offset,width,base}` stands for the number. One makes at most 65,536 records."},
    {RZ1317, RZ_ERROR, "master file too large", "A master file with all that it includes is at most 1 GiB."},
    /* 14xx templates */
    {RZ1401, RZ_ERROR, "template given twice", "Two files have a template of the same name and version. Versions live side by side when each says another `version:`."},
    {RZ1402, RZ_ERROR, "bad parameter", "A row of `params:` has an unknown type, a bound, pattern or default that does not fit its type."},
    {RZ1403, RZ_ERROR, "no such template", "`extends` names a template, or a version of one, that is not among the templates of the project."},
    {RZ1404, RZ_ERROR, "bad argument", "An argument is missing, is no parameter of the template, or is not of the parameter's type."},
    {RZ1405, RZ_ERROR, "templates conflict", "Two templates that do not build on each other give the same RRset. Where the later one is meant to win, say `override: true` where it is extended."},
    {RZ1406, RZ_ERROR, "circle of templates", "A template extends itself, directly or through others."},
    {RZ1407, RZ_ERROR, "rule broken", "An assertion of a template does not hold for the arguments given."},
    {RZ1408, RZ_WARNING, "deprecated template", "The template says that another should be used instead."},
    {RZ1409, RZ_ERROR, "nothing to adjust", "`remove` names a value that no template gave."},
    /* 20xx project file and secrets */
    {RZ2001, RZ_ERROR, "no project here", "rezone works in a directory with a rezone.yaml. `rezone init` writes one; `-C DIR` and `--config FILE` name another place."},
    {RZ2002, RZ_ERROR, "unknown provider kind", "`kind:` must be one of the providers that this build has."},
    {RZ2003, RZ_ERROR, "unknown provider", "`to:` must name providers defined under `providers:`."},
    {RZ2004, RZ_ERROR, "zone without a target", "No pattern under `zones:` matches the zone, so rezone does not know where it goes. A last pattern `\"**\"` takes all others."},
    {RZ2005, RZ_ERROR, "zone in two files", "Two files define the same zone. One zone has one file."},
    {RZ2006, RZ_ERROR, "no such zone", "No zone of the project matches what was asked for."},
    {RZ2007, RZ_ERROR, "unknown state", "`state:` is `sqlite:PATH` or `none`."},
    {RZ2008, RZ_ERROR, "file that is no zone", "A file's name, without its ending, is the zone's name unless the document says `zone:`; this one is no domain name."},
    {RZ2009, RZ_ERROR, "unknown environment", "`--env` names an environment that rezone.yaml does not define."},
    {RZ2010, RZ_ERROR, "secret that cannot be had", "Secrets are given by reference: `${secret:env:NAME}`, or `${secret:file:PATH}` for a file that only its owner may read. The variable or file is missing, empty, too long or open to others, or a literal value was written."},
    /* 30xx HTTP transport */
    {RZ3001, RZ_ERROR, "URL that cannot be used", "The URL of an API is http or https, whole, and without credentials, query or fragment. Credentials are given by reference to a secret."},
    {RZ3002, RZ_ERROR, "CA file that cannot be used", "The file of CA certificates cannot be read, or has no certificate in PEM form."},
    {RZ3003, RZ_ERROR, "no connection", "The server's name cannot be resolved, or nothing accepts connections there. Nothing was sent."},
    {RZ3004, RZ_ERROR, "no trusted TLS connection", "The server's certificate is not trusted, is for another name, or there is no TLS 1.2 or later. Verification cannot be turned off: name the CA in `ca_file`."},
    {RZ3005, RZ_ERROR, "no reply in time", "The server did not answer within `timeout`."},
    {RZ3006, RZ_ERROR, "connection broke", "The connection ended before the reply was whole, or what came is no HTTP."},
    {RZ3007, RZ_ERROR, "reply too large", "The reply passes the bound that protects this machine's memory."},
    {RZ3008, RZ_ERROR, "sent, outcome unknown", "The request went out and its reply is missing, so it may have been carried out. It is not repeated blindly: what is there is read back."},
    {RZ3009, RZ_ERROR, "stopped", "The user asked to stop while the request was under way."},
    {RZ3010, RZ_ERROR, "secret that fits no header", "The secret has a line end, a tab or another control character inside, which no HTTP header may have."},
    {RZ3020, RZ_ERROR, "DNS server cannot be reached", "No connection to the server's address and port, or it broke. Nothing was changed unless another diagnostic says so."},
    {RZ3021, RZ_ERROR, "no reply in time", "The server did not take the connection or answer within the timeout."},
    {RZ3022, RZ_ERROR, "malformed reply", "The server closed the connection without a whole reply, or what it sent is no DNS message that answers the question. Nothing of it is used."},
    {RZ3023, RZ_ERROR, "bad TSIG key", "A TSIG key has the name and algorithm that the server knows it by, and a secret in base64. MD5 and SHA-1 are not taken."},
    {RZ3024, RZ_ERROR, "server refuses the TSIG key", "The server does not know a key of this name and algorithm (BADKEY), or its secret is another (BADSIG)."},
    {RZ3025, RZ_ERROR, "clocks differ", "TSIG signatures are good for five minutes; the clocks of this machine and of the server differ by more (BADTIME)."},
    {RZ3026, RZ_ERROR, "reply's signature is wrong or missing", "A signed request must get a signed reply. This one was not signed, or by another key, so it is not believed."},
    {RZ3027, RZ_ERROR, "question or transfer refused", "The server does not let this address or TSIG key ask for the zone or transfer it."},
    {RZ3028, RZ_ERROR, "server not authoritative", "The server does not hold the zone, or is not the primary that takes updates."},
    {RZ3029, RZ_ERROR, "zone changed meanwhile", "The update carries what it replaces as prerequisites (RFC 2136 section 2.4), and one of them did not hold: somebody else changed the zone. Nothing was done. Plan again."},
    {RZ3030, RZ_ERROR, "update refused", "The server does not let this address or TSIG key change these names or types."},
    {RZ3031, RZ_ERROR, "update rejected", "The server understood the update and did not carry it out. Its log may say why."},
    {RZ3032, RZ_ERROR, "update's outcome not known", "The update was sent, but the reply is missing or cannot be believed, so it may have been done or not. It is never sent again blindly: the zone is read back first."},
    {RZ3033, RZ_ERROR, "update too large", "A DNS message has at most 65,535 octets, and the change of one RRset must fit into one."},
    {RZ3034, RZ_ERROR, "transfer too large", "The server sent more than a zone may have. Nothing of it is used."},
    {RZ3035, RZ_ERROR, "zone changed during the transfer", "The SOA at the end of the transfer is not the one at its beginning, so the records in between may be of two versions."},
    {RZ3036, RZ_ERROR, "server failure", "The server answered with an error that is neither a refusal nor a missing zone."},
    {RZ3037, RZ_ERROR, "apex records that stay", "An UPDATE can replace the SOA and the NS records at the apex, but never delete all of them (RFC 2136 section 3.4.2.4)."},
    /* 32xx zonefile */
    {RZ3201, RZ_ERROR, "bad option of a zonefile provider", "The directory, the pattern of file names, a command or a server address is not what it may be."},
    {RZ3202, RZ_ERROR, "zone file cannot be read", "The file of the zone is no regular file, is a symbolic link, is too large, or may not be read."},
    {RZ3203, RZ_ERROR, "zone file cannot be written", "The directory is missing, read-only or full. Nothing was changed: files are written beside the old one and renamed when complete."},
    {RZ3204, RZ_ERROR, "zone file changed meanwhile", "Somebody else changed the file after it was read for the plan. Nothing was written. Plan again."},
    {RZ3205, RZ_ERROR, "zone file has includes", "Writing the zone would replace its $INCLUDE lines by their records. With `flatten: true` the provider does so; the included files are left as they are."},
    {RZ3206, RZ_ERROR, "no SOA for the zone", "A zone file needs an SOA, and neither the desired zone nor the file has one. Give the zone a `soa:`."},
    {RZ3207, RZ_ERROR, "check command refused the zone", "The `check` command did not succeed on the new file, which was therefore not put in place."},
    {RZ3208, RZ_ERROR, "reload command failed", "The `reload` command did not succeed with the new file, so the old file was put back."},
    {RZ3209, RZ_ERROR, "no file name for the zone", "The zone's name makes a file name longer than the system allows."},
    {RZ3210, RZ_ERROR, "zone file locked", "Another process has been writing this zone's file for longer than ten seconds."},
    {RZ3211, RZ_ERROR, "zone file exists", "A zone that is to be created has a file already. Nothing was changed."},
    /* 33xx powerdns */
    {RZ3301, RZ_ERROR, "bad option of a powerdns provider", "The URL, the server's id, or an address is not what it may be."},
    {RZ3302, RZ_ERROR, "API key refused", "PowerDNS answered 401 or 403: the key is not the server's `api-key`, or a proxy before it refuses."},
    {RZ3303, RZ_ERROR, "unexpected reply", "The reply is none that the PowerDNS API gives. The URL may name another service, the server's id may be wrong, or the API may be switched off (`api=yes`)."},
    {RZ3304, RZ_ERROR, "reply is no zone", "The JSON of the reply is malformed, cut short, or has other kinds of values than a zone of the PowerDNS API."},
    {RZ3305, RZ_ERROR, "zone changed meanwhile", "The zone's serial is not the one it had when it was read, so somebody else changed it. Nothing was sent. Plan again."},
    {RZ3306, RZ_ERROR, "change refused by the server", "PowerDNS checked the changes and refused one of them, and with it all: they go in one transaction. Nothing was changed."},
    {RZ3307, RZ_ERROR, "zone cannot be created", "The zone exists already, or PowerDNS refuses what it is to start with."},
    {RZ3308, RZ_ERROR, "zone is not there", "The zone to change or delete does not exist on the server."},
    {RZ3309, RZ_NOTE, "disabled records", "The server keeps records of the zone that are switched off. They are not served, not compared, and stay as they are."},
    {RZ3310, RZ_ERROR, "live record that cannot be read", "A record on the server is not what its type holds. Correct or delete it there."},
    {RZ3311, RZ_WARNING, "notification failed", "The changes are done, but the server did not take the request to notify secondaries."},
    {RZ3312, RZ_ERROR, "outcome unknown", "The server failed while it carried out the changes. What is there is read back."},
    {RZ3313, RZ_WARNING, "live record outside the zone", "A record in the server's database is owned by a name outside its zone. It is never served, and left as it is."},
    /* 34xx rfc2136 */
    {RZ3401, RZ_ERROR, "bad option of an rfc2136 provider", "The server must be an address with an optional port."},
    {RZ3402, RZ_ERROR, "zone changed since it was read", "The serial of the live zone is not the one that the plan was made against. Nothing was done. Plan again."},
    {RZ3403, RZ_WARNING, "serial after an update not known", "The update was done, but the server did not answer the question for the serial that it left."},
    /* 40xx plan, capabilities, policy */
    {RZ4001, RZ_ERROR, "target cannot hold an RRset", "The provider or server does not take this type, TTL or value. `--lenient` leaves it out there and says so."},
    {RZ4002, RZ_ERROR, "policy forbids the plan", "A safety rule of `policy:` is broken. A person who has looked at the lines may pass `--allow RULE`; the journal keeps that."},
    {RZ4003, RZ_ERROR, "bad policy value", "Limits are counts such as 12 or shares such as 30%; protected RRsets are written as `OWNER TYPE`."},
    {RZ4004, RZ_ERROR, "zone not planned", "The zone could not be read or compared; the errors before this one say why."},
    /* 41xx plan files */
    {RZ4101, RZ_ERROR, "not a plan file", "The file is no plan that rezone wrote, or one of another version."},
    {RZ4102, RZ_ERROR, "plan file was changed", "The digest does not fit the content: the file was edited or damaged since `rezone plan -o` wrote it. Make a new plan."},
    {RZ4103, RZ_ERROR, "plan has expired", "Plans are good for `policy: plan_expires`. Make a new one."},
    {RZ4104, RZ_ERROR, "inputs differ", "The files in this directory are not those the plan was made from. `--ignore-sources` applies it all the same."},
    {RZ4105, RZ_ERROR, "live zone has moved", "RRsets that the plan changes are not what they were when it was made. Make a new plan."},
    {RZ4106, RZ_ERROR, "plan is not the newest", "The plan was applied already, or a newer one was: no old plan may overwrite a newer one."},
    {RZ4107, RZ_ERROR, "plan is not signed as it must be", "The policy, or `--verify-key`, wants the plan signed by keys that have not signed it, or a signature in the file is not of this plan. `rezone plan sign FILE --sign-key KEY` adds a signature."},
    {RZ4108, RZ_ERROR, "key cannot be used", "A key that signs plans, or checks their signatures, is an Ed25519 key in a PEM file without a passphrase; a private one may be read by its owner only."},
    /* 50xx apply and rollback */
    {RZ5001, RZ_ERROR, "batch was not carried out", "The target refused changes, or could not be reached. What was done before it in the same zone is undone unless `on_failure: stop`."},
    {RZ5002, RZ_ERROR, "outcome unknown", "The reply to a change is missing, and reading back did not settle whether it was carried out. `rezone recover` compares live with before and after and mends the zone."},
    {RZ5003, RZ_ERROR, "rolled back", "The changes of the zone were undone, and it was proved that it is what it was before. The errors before this one say what failed."},
    {RZ5004, RZ_ERROR, "rollback incomplete", "The zone could not be proved to be what it was before. `rezone recover` takes up the work again."},
    {RZ5005, RZ_ERROR, "conflict with a later change", "Somebody changed the same RRset after the run. Undoing would overwrite that: `--force` does so."},
    {RZ5006, RZ_ERROR, "stopped", "The run was stopped by a signal or an earlier failure before this zone was changed."},
    {RZ5007, RZ_ERROR, "zone cannot be created or deleted", "The target does not make zones, or the desired zone lacks an SOA or apex NS to start with."},
    {RZ5008, RZ_WARNING, "unrelated live changes", "The live zone has moved since the plan was made, but not in the RRsets of the plan."},
    {RZ5009, RZ_NOTE, "state of a run's zone", "Whether the zone is as before the run, as after it, or mixed."},
    {RZ5010, RZ_NOTE, "nothing to undo", "Every RRset of the run is already as it was before."},
    /* 51xx verification */
    {RZ5101, RZ_ERROR, "read-back differs", "Read through the provider, an RRset is not what was applied."},
    {RZ5102, RZ_ERROR, "something else moved", "Read through the provider, an RRset differs that the run did not change."},
    {RZ5103, RZ_ERROR, "answer differs", "An authoritative server answers something else than the zone says."},
    {RZ5104, RZ_ERROR, "server does not answer", "An authoritative server gave no reply, or one that is no answer for the zone."},
    {RZ5105, RZ_ERROR, "serials differ", "The authoritative servers have different SOA serials: one of them does not follow."},
    {RZ5106, RZ_WARNING, "no server to ask", "Verification over DNS was wanted, but neither the provider, the configuration nor the apex NS give an address. Name some under `verify: {servers: […]}` or the provider's `servers:`, or say `verify: {dns: false}`."},
    /* 52xx journal */
    {RZ5201, RZ_ERROR, "journal cannot be used", "The state database cannot be opened, is damaged, from a newer rezone, or the disk is full. Nothing is sent without a journal."},
    {RZ5202, RZ_ERROR, "zone is locked", "Another run has the zone in hand. Wait for it to end."},
    {RZ5203, RZ_ERROR, "zone was left open", "An earlier run was killed, or could not prove how it ended. `rezone recover` mends it."},
    {RZ5204, RZ_ERROR, "lock was lost", "Another run took the zone over; this one may not write any more."},
    {RZ5205, RZ_ERROR, "no such run", "The journal has no run of this number, or the run has no such zone. `rezone history` lists the runs."},
    {RZ5206, RZ_ERROR, "no journal is kept", "With `state: none` runs are not kept once they have ended, so there is nothing to show or roll back."},
    /* 90xx command line */
    {RZ9001, RZ_ERROR, "wrong usage", "The command, an option or an argument is not known, is missing or has no such value. `rezone COMMAND --help` says what there is."},
    {RZ9002, RZ_ERROR, "output cannot be written", "The output file or standard output could not be written."},
    {RZ9003, RZ_ERROR, "would overwrite", "The file exists; rezone does not overwrite what it did not write."},
    {RZ9004, RZ_ERROR, "needs a yes", "Changes are to be made and nobody can be asked. Say `--yes`, or apply a plan file that was reviewed."},
};

const size_t rz_codes_count = sizeof rz_codes / sizeof *rz_codes;

const struct rz_code_info *rz_code_find(int code)
{
    size_t low = 0, high = rz_codes_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if ((int)rz_codes[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < rz_codes_count && (int)rz_codes[low].code == code ? &rz_codes[low] : NULL;
}
