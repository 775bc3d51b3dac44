/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RDATA between presentation form and canonical wire form (RFC 4034 §6.2: names lower case,
 * uncompressed). libzscanner reads, libknot writes; types unknown to them use RFC 3597 §5. */
#ifndef RZ_DNS_RDATA_H
#define RZ_DNS_RDATA_H

#include "dns/name.h"
#include "support/buffer.h"

#define RZ_RDATA_MAX 65535

/* Reader with scratch memory (about 200 KiB); one a thread, reused for many values. */
struct rz_rdata_reader;
struct rz_rdata_reader *rz_rdata_reader_new(void);
void rz_rdata_reader_free(struct rz_rdata_reader *reader);

/* The result of the last successful call; borrowed from the reader until its next call. */
struct rz_rdata {
    const uint8_t *wire;
    uint16_t size;
};

/* Reads presentation form, one record, relative names below `origin`. Comments, parentheses that
 * stay open, line ends outside quotes and `$` directives are refused. On RZ_INVALID `*why` is a
 * sentence part valid until the next call. A, AAAA and single-name types take a fast path. */
enum rz_status rz_rdata_read(struct rz_rdata_reader *reader, uint16_t type, struct rz_str text,
                             const uint8_t *origin, struct rz_rdata *rdata, const char **why);
/* Plain text of a TXT-like type: cut into character strings of 255 octets (cuts never matter to
 * DNS, so any octet may be a cut). At most 65,535 octets in wire form. */
enum rz_status rz_rdata_from_text(struct rz_rdata_reader *reader, struct rz_str text,
                                  struct rz_rdata *rdata, const char **why);
/* Checks and lowers wire RDATA of any origin (uncompressed). RZ_INVALID where malformed for `type`. */
enum rz_status rz_rdata_canonical(uint16_t type, uint8_t *wire, uint16_t size);

/* Appends presentation form with absolute names, one line, always readable back by rz_rdata_read
 * to the same octets. Falls to RFC 3597 form where the octets are no valid RDATA of the type. */
void rz_rdata_print(struct rz_buffer *out, uint16_t type, const uint8_t *wire, uint16_t size);
/* Plain text of TXT-like RDATA if it is valid UTF-8 without NUL and cut at 255 octets exactly as
 * rz_rdata_from_text cuts; false, nothing appended, otherwise. */
bool rz_rdata_plain_text(struct rz_buffer *out, const uint8_t *wire, uint16_t size);
/* Calls `visit` for each domain name inside the RDATA. */
void rz_rdata_names(uint16_t type, const uint8_t *wire, uint16_t size,
                    void (*visit)(void *user, const uint8_t *name), void *user);

#endif
