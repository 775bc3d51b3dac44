/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secrets: resolved from references, kept in locked memory, wiped when closed, never printed. */
#ifndef RZ_SECRET_H
#define RZ_SECRET_H

#include "language/node.h"
#include "support/buffer.h"

struct rz_secret; /* text in mlock()ed memory that is left out of core dumps */

/* Resolves `reference`: `${secret:env:NAME}` or `${secret:file:PATH}` (a regular file, not readable
 * by group or others, its trailing line end removed; at most 64 KiB). A literal value is refused
 * with RZ_INVALID: secrets do not belong in files under version control. `place` is for the
 * diagnostic, which never shows the value. Once a secret is loaded core dumps are off. */
enum rz_status rz_secret_resolve(struct rz_secret **secret, const char *reference,
                                 struct rz_place place, struct rz_diags *diags);
/* Keeps a copy of text that was found elsewhere: a token, a line of .env. NULL where no memory can be
 * had, or for more than 64 KiB. Wiping `text` is the caller's. */
struct rz_secret *rz_secret_keep(struct rz_str text);
const char *rz_secret_text(const struct rz_secret *secret); /* NUL-terminated; do not copy around */
size_t rz_secret_size(const struct rz_secret *secret);
/* Wipes and frees; NULL is fine. */
void rz_secret_close(struct rz_secret *secret);
/* Appends `text` with every secret loaded in this process replaced by `***`: for traces and for
 * quoting a server's reply. Secrets shorter than 4 octets are not searched for. */
void rz_secret_redact(struct rz_buffer *out, struct rz_str text);

#endif
