/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Token files: who may read them, how they are replaced, and how damage is noticed. */
#include "dnsservices/token_file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/alloc.h"
#include "support/json_write.h"

#define FILE_MAX 65536
#define SALT_SIZE 16
#define MAC_SIZE 32
#define ITERATIONS 20000 /* slows guessing the password from a stolen file; 5 ms here */
#define LOCK_WAIT_MS 60000
#define LOCK_STEP_MS 20

struct rz_token_file {
    const char *path; /* whole, for messages */
    char *directory, *name, *backup, *lock_name;
    struct rz_token_owner owner;
    struct rz_context *context;
    int dir, lock;
};

void rz_token_free(struct rz_token *token)
{
    rz_secret_close(token->token);
    rz_secret_close(token->refresh);
    *token = (struct rz_token){0};
}

static enum rz_status refuse(const struct rz_token_file *file, struct rz_diags *diags,
                             enum rz_status status, const char *what, const char *hint)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ3505, rz_place_named(file->path), "%s", what);
    rz_diag_hint(diags, diag, "%s", hint);
    return status;
}

static enum rz_status failed(const struct rz_token_file *file, struct rz_diags *diags,
                             const char *doing)
{
    rz_diags_add(diags, RZ3505, rz_place_named(file->path), "%s: %s", doing, strerror(errno));
    return RZ_IO;
}

static enum rz_status check_directory(const struct rz_token_file *file, struct rz_diags *diags)
{
    struct stat stat;
    if (fstat(file->dir, &stat) != 0)
        return failed(file, diags, "the directory cannot be looked at");
    if (stat.st_uid != geteuid())
        return refuse(file, diags, RZ_REFUSED, "its directory belongs to another user",
                      "name a directory of your own in token_path");
    if (stat.st_mode & (S_IRWXG | S_IRWXO))
        return refuse(file, diags, RZ_REFUSED, "its directory is open to other users",
                      "run chmod 700 on the directory, or name another one in token_path");
    return RZ_OK;
}

static void split_path(struct rz_token_file *file)
{
    const char *slash = strrchr(file->path, '/');
    file->directory = slash == file->path ? rz_strdup("/")
                      : slash             ? rz_strndup(file->path, (size_t)(slash - file->path))
                                          : rz_strdup(".");
    file->name = rz_strdup(slash ? slash + 1 : file->path);
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_buffer_printf(&text, "%s.bak", file->name);
    file->backup = rz_strdup(text.data);
    rz_buffer_reset(&text);
    rz_buffer_printf(&text, "%s.lock", file->name);
    file->lock_name = rz_strdup(text.data);
}

enum rz_status rz_token_file_open(struct rz_token_file **made, const char *path,
                                  const struct rz_token_owner *owner, struct rz_context *context,
                                  struct rz_diags *diags)
{
    struct rz_token_file *file = rz_alloc_zero(1, sizeof *file);
    *file = (struct rz_token_file){
        .path = path, .owner = *owner, .context = context, .dir = -1, .lock = -1};
    split_path(file);
    enum rz_status status = RZ_OK;
    if (!*file->name || strcmp(file->name, ".") == 0 || strcmp(file->name, "..") == 0)
        status = refuse(file, diags, RZ_REFUSED, "the path names no file",
                        "such as /home/me/token");
    else if (mkdirat(context->project_dir, file->directory, 0700) != 0 && errno != EEXIST)
        status = failed(file, diags, "its directory cannot be made");
    else if ((file->dir = openat(context->project_dir, file->directory,
                                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
             < 0)
        status = failed(file, diags, "its directory cannot be opened");
    else
        status = check_directory(file, diags);
    if (status != RZ_OK) {
        rz_token_file_close(file);
        file = NULL;
    }
    *made = file;
    return status;
}

void rz_token_file_close(struct rz_token_file *file)
{
    if (!file)
        return;
    rz_token_file_unlock(file);
    if (file->dir >= 0)
        close(file->dir);
    free(file->directory);
    free(file->name);
    free(file->backup);
    free(file->lock_name);
    free(file);
}

enum rz_status rz_token_file_lock(struct rz_token_file *file, struct rz_diags *diags)
{
    struct rz_context *context = file->context;
    file->lock = openat(file->dir, file->lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                        0600);
    if (file->lock < 0)
        return failed(file, diags, "its lock cannot be opened");
    int64_t start = context->ticks(context->user);
    while (flock(file->lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return failed(file, diags, "it cannot be locked");
        if (rz_context_cancelled(context))
            return RZ_CANCELLED;
        if (context->ticks(context->user) - start > LOCK_WAIT_MS)
            return refuse(file, diags, RZ_LIMIT, "another process has held its lock for a minute",
                          "see whether a rezone hangs; the lock ends with its process");
        context->sleep_ms(context, LOCK_STEP_MS);
    }
    return RZ_OK;
}

void rz_token_file_unlock(struct rz_token_file *file)
{
    if (file->lock >= 0)
        close(file->lock);
    file->lock = -1;
}

/* HMAC-SHA256 of everything the file says, under PBKDF2 of the password. */
static void make_mac(const struct rz_token_file *file, const struct rz_token *token,
                     const unsigned char salt[SALT_SIZE], unsigned char mac[MAC_SIZE])
{
    unsigned char key[32];
    unsigned size = MAC_SIZE;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    const char *parts[] = {"rezone token 1", file->owner.server, file->owner.account,
                           rz_secret_text(token->token),
                           token->refresh ? rz_secret_text(token->refresh) : ""};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        rz_buffer_printf(&text, "%zu:%s;", strlen(parts[i]), parts[i]);
    rz_buffer_printf(&text, "%lld;%lld", (long long)token->issued, (long long)token->expires);
    const struct rz_secret *password = file->owner.password;
    if (PKCS5_PBKDF2_HMAC(rz_secret_text(password), (int)rz_secret_size(password), salt, SALT_SIZE,
                          ITERATIONS, EVP_sha256(), sizeof key, key)
            != 1
        || !HMAC(EVP_sha256(), key, sizeof key, (const unsigned char *)text.data, text.size, mac,
                 &size))
        rz_out_of_memory();
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(text.data, text.size);
}

static void write_hex(struct rz_buffer *out, const char *key, const unsigned char *octets,
                      size_t size)
{
    char text[2 * MAC_SIZE + 1];
    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", octets[i]);
    rz_json_text(out, key, text);
}

static bool read_hex(unsigned char *octets, size_t size, const json_t *text)
{
    const char *hex = json_string_value(text);
    if (!hex || json_string_length(text) != 2 * size || strspn(hex, "0123456789abcdef") != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++)
        octets[i] = (unsigned char)strtoul((char[]){hex[2 * i], hex[2 * i + 1], 0}, NULL, 16);
    return true;
}

static void print(const struct rz_token_file *file, struct rz_buffer *out,
                  const struct rz_token *token)
{
    unsigned char salt[SALT_SIZE], mac[MAC_SIZE];
    file->context->random(file->context->user, salt, sizeof salt);
    make_mac(file, token, salt, mac);
    rz_buffer_char(out, '{');
    rz_json_text(out, "account", file->owner.account);
    rz_json_int(out, "expires", token->expires);
    rz_json_int(out, "issued", token->issued);
    write_hex(out, "mac", mac, sizeof mac);
    rz_json_text(out, "refresh", token->refresh ? rz_secret_text(token->refresh) : NULL);
    write_hex(out, "salt", salt, sizeof salt);
    rz_json_text(out, "server", file->owner.server);
    rz_json_text(out, "token", rz_secret_text(token->token));
    rz_json_int(out, "version", 1);
    rz_buffer_text(out, "}\n");
}

/* NULL: read; else what is wrong. */
static const char *parse(const struct rz_token_file *file, struct rz_str text,
                         struct rz_token *token)
{
    unsigned char salt[SALT_SIZE], mac[MAC_SIZE], expected[MAC_SIZE];
    const char *secret, *refresh, *server, *account, *why = NULL;
    json_int_t issued, expires;
    json_t *salt_hex, *mac_hex, *json = json_loadb(text.data, text.size, 0, NULL);
    if (json_unpack(json, "{s:s, s:s, s:s, s:I, s:I, s:o, s:o}", "server", &server, "account",
                    &account, "token", &secret, "issued", &issued, "expires", &expires, "salt",
                    &salt_hex, "mac", &mac_hex)
        != 0)
        why = "it is no token file of rezone";
    else if (strcmp(server, file->owner.server) != 0 || strcmp(account, file->owner.account) != 0)
        why = "it is of another account or server";
    else if (!read_hex(salt, sizeof salt, salt_hex) || !read_hex(mac, sizeof mac, mac_hex))
        why = "it is damaged";
    refresh = json_string_value(json_object_get(json, "refresh"));
    if (!why) {
        *token = (struct rz_token){.token = rz_secret_keep(rz_str_of(secret)),
                                   .refresh = refresh ? rz_secret_keep(rz_str_of(refresh)) : NULL,
                                   .issued = issued,
                                   .expires = expires};
        if (token->token)
            make_mac(file, token, salt, expected);
        if (!token->token || CRYPTO_memcmp(mac, expected, sizeof mac) != 0) {
            rz_token_free(token);
            why = "it was changed since it was written, or the password was";
        }
    }
    json_decref(json);
    return why;
}

/* The whole file; NULL: read, ENOENT in errno: none, else what is wrong. */
static const char *load(const struct rz_token_file *file, const char *name, struct rz_buffer *text)
{
    struct stat stat;
    int fd = openat(file->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ELOOP ? "it is a symbolic link" : "it cannot be opened";
    const char *why = fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode) ? "it is no regular file"
                      : stat.st_uid != geteuid()                      ? "it belongs to another user"
                      : stat.st_mode & (S_IRWXG | S_IRWXO)            ? "it was open to other users"
                      : stat.st_size > FILE_MAX                       ? "it is too large"
                                                                      : NULL;
    while (!why) {
        ssize_t got = read(fd, rz_buffer_reserve(text, 4096), 4096);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || text->size > FILE_MAX) {
            why = got == 0 ? NULL : "it cannot be read";
            break;
        }
        text->size += (size_t)got;
    }
    close(fd);
    errno = 0;
    return why;
}

static enum rz_status read_one(const struct rz_token_file *file, const char *name,
                               struct rz_token *token, struct rz_diags *diags)
{
    struct rz_buffer text = {0};
    const char *why = load(file, name, &text);
    if (why && errno == ENOENT)
        return RZ_NOT_FOUND;
    if (!why)
        why = parse(file, rz_buffer_view(&text), token);
    if (text.data)
        OPENSSL_cleanse(text.data, text.capacity);
    rz_buffer_free(&text);
    if (!why)
        return RZ_OK;
    struct rz_diag *diag = rz_diags_add(diags, RZ3506, rz_place_named(file->path),
                                        "%s is not used: %s", name, why);
    rz_diag_hint(diags, diag, "the session is begun anew where there is no good backup");
    return RZ_INVALID;
}

/* A temporary file, written whole and synced. The name is in `temporary`. */
static bool write_new(const struct rz_token_file *file, char temporary[64], struct rz_str text)
{
    uint32_t chance;
    file->context->random(file->context->user, &chance, sizeof chance);
    snprintf(temporary, 64, ".token-%ld-%08x.tmp", (long)getpid(), chance);
    int fd = openat(file->dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    0600);
    if (fd < 0)
        return false;
    bool good = true;
    while (good && text.size) {
        ssize_t put = write(fd, text.data, text.size);
        if (put < 0 && errno == EINTR)
            continue;
        good = put > 0;
        text.data += good ? put : 0;
        text.size -= good ? (size_t)put : 0;
    }
    good = good && fsync(fd) == 0;
    int saved = errno;
    close(fd);
    if (!good)
        unlinkat(file->dir, temporary, 0);
    errno = saved;
    return good;
}

/* The backup is a second name of the file that is about to be replaced. */
static void keep_backup(const struct rz_token_file *file)
{
    unlinkat(file->dir, file->backup, 0);
    if (linkat(file->dir, file->name, file->dir, file->backup, 0) != 0)
        return; /* none there: nothing to keep */
}

static enum rz_status replace(const struct rz_token_file *file, const struct rz_token *token,
                              bool keep, struct rz_diags *diags)
{
    char temporary[64];
    struct rz_buffer text = {0};
    print(file, &text, token);
    bool good = write_new(file, temporary, rz_buffer_view(&text));
    if (good && keep)
        keep_backup(file);
    if (good && renameat(file->dir, temporary, file->dir, file->name) != 0) {
        int saved = errno;
        unlinkat(file->dir, temporary, 0);
        errno = saved;
        good = false;
    }
    good = good && fsync(file->dir) == 0;
    int saved = errno;
    OPENSSL_cleanse(text.data, text.size);
    rz_buffer_free(&text);
    errno = saved;
    return good ? RZ_OK : failed(file, diags, "it cannot be written");
}

enum rz_status rz_token_file_read(struct rz_token_file *file, struct rz_token *token,
                                  struct rz_diags *diags)
{
    *token = (struct rz_token){0};
    enum rz_status status = read_one(file, file->name, token, diags);
    if (status == RZ_OK)
        return RZ_OK;
    if (status != RZ_INVALID || read_one(file, file->backup, token, diags) != RZ_OK)
        return RZ_NOT_FOUND;
    return replace(file, token, false, diags);
}

enum rz_status rz_token_file_write(struct rz_token_file *file, const struct rz_token *token,
                                   struct rz_diags *diags)
{
    struct rz_token old;
    struct rz_diags unseen = {0};
    /* A damaged file is no backup. */
    bool keep = read_one(file, file->name, &old, &unseen) == RZ_OK;
    if (keep)
        rz_token_free(&old);
    rz_diags_free(&unseen);
    return replace(file, token, keep, diags);
}

enum rz_status rz_token_file_remove(struct rz_token_file *file, struct rz_diags *diags)
{
    const char *names[] = {file->name, file->backup};
    for (size_t i = 0; i < 2; i++)
        if (unlinkat(file->dir, names[i], 0) != 0 && errno != ENOENT)
            return failed(file, diags, "it cannot be removed");
    return fsync(file->dir) == 0 ? RZ_OK : failed(file, diags, "it cannot be removed");
}
