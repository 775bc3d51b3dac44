/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data files that zones and templates read (`file()`, `csv()`, `json()`, `yaml()`, $INCLUDE), with a digest
 * of what was in them: inputs of a plan as much as zone files are. */
#ifndef RZ_PROJECT_READS_H
#define RZ_PROJECT_READS_H

#include <openssl/evp.h>

#include "support/status.h"
#include "support/str.h"

struct rz_reads;

struct rz_reads *rz_reads_new(void);
void rz_reads_free(struct rz_reads *reads); /* NULL is fine */

/* For rz_project.reads, with the rz_reads as its user; safe in threads. A file that changes between two
 * readings is noted as one that no file is like. */
void rz_reads_note(void *reads, const char *path, struct rz_str content);
/* Reads the file below the directory and notes it; one that cannot be read is as one that is empty, as
 * when documents are loaded. */
void rz_reads_load(struct rz_reads *reads, int directory, const char *path);

/* Paths in order; valid until the next is noted. */
size_t rz_reads_count(const struct rz_reads *reads); /* of NULL: 0 */
const char *rz_reads_path(struct rz_reads *reads, size_t index);

/* Adds all of them to a digest, in order. Nothing where there are none. */
void rz_reads_digest(struct rz_reads *reads, EVP_MD_CTX *digest);

#endif
