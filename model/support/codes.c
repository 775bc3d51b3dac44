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
