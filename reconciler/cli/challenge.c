/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Challenges: HMAC-SHA-256 of the name under the project's own key. */
#include "cli/challenge.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/file.h"

#define KEY_FILE "challenge.key"
#define KEY_SIZE 32

static bool read_key(struct rz_cli *cli, int dir, unsigned char key[KEY_SIZE])
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (rz_file_read(dir, KEY_FILE, 4096, &text) == RZ_OK && text.size == KEY_SIZE) {
        memcpy(key, text.data, KEY_SIZE);
        return true;
    }
    if (text.size) {
        errno = EINVAL; /* a damaged key is not thrown away: what was published hangs on it */
        return false;
    }
    cli->context.random(cli->context.user, key, KEY_SIZE);
    return rz_file_replace(dir, KEY_FILE, (struct rz_str){(const char *)key, KEY_SIZE}, 0600)
           == RZ_OK;
}

static bool load_key(struct rz_cli *cli, unsigned char key[KEY_SIZE])
{
    if (mkdirat(cli->context.project_dir, ".rezone", 0700) != 0 && errno != EEXIST)
        return false;
    int dir = openat(cli->context.project_dir, ".rezone",
                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool good = dir >= 0 && read_key(cli, dir, key);
    int error = errno;
    if (dir >= 0)
        close(dir);
    errno = error;
    return good;
}

bool rz_challenge(struct rz_cli *cli, const struct rz_name *name, struct rz_name *owner,
                  char token[64])
{
    unsigned char key[KEY_SIZE], digest[EVP_MAX_MD_SIZE];
    unsigned size = sizeof digest;
    const char *why;
    if (!load_key(cli, key)) {
        rz_diags_add(&cli->diags, RZ9002, rz_place_named(".rezone/" KEY_FILE),
                     "cannot be read or made: %s", strerror(errno));
        return false;
    }
    if (rz_name_parse(owner, RZ_STR(RZ_CHALLENGE_LABEL), name->wire, &why) != RZ_OK) {
        rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0}, "no name can be below it: %s", why);
        return false;
    }
    HMAC(EVP_sha256(), key, sizeof key, name->wire, name->size, digest, &size);
    size_t at = (size_t)snprintf(token, 64, "rezone=");
    for (size_t i = 0; i < 20; i++)
        at += (size_t)snprintf(token + at, 64 - at, "%02x", digest[i]);
    return true;
}
