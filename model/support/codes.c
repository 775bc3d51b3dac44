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
    /* 20xx project file and secrets */
    {RZ2001, RZ_ERROR, "no project here", "rezone works in a directory with a rezone.yaml. `rezone init` writes one; `-C DIR` and `--config FILE` name another place."},
    {RZ2002, RZ_ERROR, "unknown provider kind", "`kind:` must be one of the providers that this build has."},
    {RZ2003, RZ_ERROR, "unknown provider", "`to:` must name providers defined under `providers:`."},
    {RZ2004, RZ_ERROR, "zone without a target", "No pattern under `zones:` matches the zone, so rezone does not know where it goes. A last pattern `\"**\"` takes all others."},
    {RZ2005, RZ_ERROR, "zone in two files", "Two files define the same zone. One zone has one file."},
    {RZ2006, RZ_ERROR, "no such zone", "No zone of the project matches what was asked for."},
    {RZ2007, RZ_ERROR, "unknown state", "`state:` is `sqlite:PATH` or `none`."},
    {RZ2008, RZ_ERROR, "file that is no zone", "A file's name, without its ending, is the zone's name unless the document says `zone:`; this one is no domain name."},
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
