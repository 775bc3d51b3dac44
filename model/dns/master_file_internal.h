/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the master-file reader share: the run, the file in hand, and their complaints. */
#ifndef RZ_DNS_MASTER_FILE_INTERNAL_H
#define RZ_DNS_MASTER_FILE_INTERNAL_H

#include <libzscanner/scanner.h>

#include "dns/master_file.h"

/* One call of rz_master_file_read, over all files. */
struct rz_master_reader {
    struct rz_zone *zone;
    const struct rz_master_file_options *options;
    struct rz_diags *diags;
    size_t errors;    /* of this call */
    size_t generated; /* records made by $GENERATE so far */
    size_t octets;    /* read so far, with includes */
    size_t includes;
    uint32_t ttl;      /* of $TTL */
    uint32_t last_ttl; /* last one that a record gave */
    bool has_ttl, has_last_ttl, warned_ttl;
};

/* One file in hand. */
struct rz_master_input {
    struct rz_master_reader *reader;
    struct rz_master_input *parent; /* the including file; NULL */
    const struct rz_source *source; /* for messages: the text as it is in the file */
    struct rz_str text;             /* what is scanned, see rz_master_plain_text */
    const char *path;               /* below options->include_dir */
    zs_scanner_t *scanner;
    uint32_t provenance;
    unsigned depth;
    uint32_t generate_line; /* of the $GENERATE whose records are being read; else 0 */
    bool given_up;
    struct {
        const char *start;
        uint32_t line;
    } seek; /* where rz_master_line found the last one */
};

/* The text as libzscanner takes it: without byte order mark, LF for CRLF, \DDD for octets above
 * ASCII. Line numbers stay. A copy in `copy` only where there is something to change. */
struct rz_str rz_master_plain_text(struct rz_buffer *copy, struct rz_str text);
/* Reads the whole of `input`; its scanner has origin and owner set. */
void rz_master_input_read(struct rz_master_input *input);
/* Scanner with an origin and the owner that lines without one take; zs_deinit and free it. */
zs_scanner_t *rz_master_scanner_new(const uint8_t *origin, const uint8_t *owner);

/* Splits off the next word of a directive's or record's line: up to a blank or comment, or a quoted
 * text without its quotes (`*quoted` set). Empty with data NULL at the end. */
struct rz_str rz_master_word(struct rz_str *rest, bool *quoted);

/* Handles `$INCLUDE file [origin]`; `rest` is the line behind the directive. */
void rz_master_include(struct rz_master_input *input, struct rz_str rest, struct rz_place place);

/* Rewrites what stands behind `$GENERATE` into records, one a line. False with `*why`, a sentence
 * part, when it cannot be read or would make more than `limit` records. */
bool rz_master_generate(struct rz_buffer *records, struct rz_str rest, size_t limit, size_t *count,
                        const char **why);

/* Line `number` as it stands in the file. */
struct rz_str rz_master_line(struct rz_master_input *input, uint32_t number);
/* A place in the input: `line` as a whole where `at` is empty, else those characters of it. */
struct rz_place rz_master_place(const struct rz_master_input *input, uint32_t line,
                                struct rz_str whole, struct rz_str at);
/* Adds an error of this input and counts it. */
struct rz_diag *rz_master_error(struct rz_master_input *input, enum rz_code code,
                                struct rz_place place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Finds out what is wrong with a record that libzscanner refused with `zs_code`, and says so.
 * `whole` is the line it stopped in, `first` whether that is the record's first line. */
void rz_master_explain(struct rz_master_input *input, int zs_code, uint32_t line,
                       struct rz_str whole, bool first);

#endif
