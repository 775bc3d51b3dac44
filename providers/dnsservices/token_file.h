/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file in which a session outlives the process: mode 0600 in a directory of mode 0700, replaced as
 * one step, its predecessor kept as FILE.bak, protected by an HMAC under a key made from the
 * password, locked by FILE.lock. */
#ifndef RZ_DNSSERVICES_TOKEN_FILE_H
#define RZ_DNSSERVICES_TOKEN_FILE_H

#include "context.h"
#include "secret.h"
#include "support/diag.h"

struct rz_token {
    struct rz_secret *token, *refresh; /* refresh NULL: none */
    int64_t issued, expires;           /* by this machine's clock; issued 0: not known */
};
void rz_token_free(struct rz_token *token);

/* Whose session it is. Borrowed. */
struct rz_token_owner {
    const char *server, *account;
    const struct rz_secret *password;
};

struct rz_token_file;

/* Opens the directory, making it where it is missing, and checks it. RZ_REFUSED or RZ_IO with a
 * diagnostic. `owner` is borrowed until closing. */
enum rz_status rz_token_file_open(struct rz_token_file **file, const char *path,
                                  const struct rz_token_owner *owner, struct rz_context *context,
                                  struct rz_diags *diags);
void rz_token_file_close(struct rz_token_file *file);

/* Waits for other processes. RZ_LIMIT after a minute. */
enum rz_status rz_token_file_lock(struct rz_token_file *file, struct rz_diags *diags);
void rz_token_file_unlock(struct rz_token_file *file);

/* Reads the token, or the backup where the file is damaged: then the backup takes its place. With a
 * warning for what is damaged. RZ_NOT_FOUND: neither is of use. */
enum rz_status rz_token_file_read(struct rz_token_file *file, struct rz_token *token,
                                  struct rz_diags *diags);
enum rz_status rz_token_file_write(struct rz_token_file *file, const struct rz_token *token,
                                   struct rz_diags *diags);
/* Removes the file and its backup. */
enum rz_status rz_token_file_remove(struct rz_token_file *file, struct rz_diags *diags);

#endif
