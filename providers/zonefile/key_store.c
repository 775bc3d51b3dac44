/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory of private keys. */
#include "zonefile/key_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dns/dnskey.h"
#include "support/alloc.h"
#include "support/fault.h"
#include "support/file.h"
#include "key_text.h"

#define PEM_MAX RZ_KEY_TEXT_MAX
#define TRIES 16 /* keys generated until one has a tag of its own */

/* ---- the directory */

static enum rz_status refuse(const char *shown, const char *why, const char *hint,
                             struct rz_diags *diags)
{
    struct rz_diag *diag = rz_diags_add(diags, RZ6052, rz_place_named(shown), "%s", why);
    rz_diag_hint(diags, diag, "%s", hint);
    return RZ_REFUSED;
}

/* Whether nobody but this user may read what the descriptor is of. */
static bool is_private(int fd)
{
    struct stat stat;
    return fstat(fd, &stat) == 0 && stat.st_uid == geteuid() && (stat.st_mode & 077) == 0;
}

static int open_directory(int parent, const char *path, int flags, bool make)
{
    if (make && mkdirat(parent, path, 0700) != 0 && errno != EEXIST)
        return -1;
    return openat(parent, path, O_DIRECTORY | O_RDONLY | O_CLOEXEC | flags);
}

/* Of the zone below that of all keys. -1 with errno, ENOENT where there is none, EPERM where it was refused
 * with a diagnostic. */
static int open_store(const struct rz_zonefile *zf, const uint8_t *apex, bool make,
                      struct rz_diags *diags)
{
    char zone[RZ_NAME_TEXT_MAX];
    const char *path = zf->options.keys,
               *hint = "only its owner may have access: chmod 700, and own it";
    int all = open_directory(zf->context->project_dir, path, 0, make), fd = -1;
    if (all < 0)
        return -1;
    rz_zonefile_encode(zone, apex);
    if (is_private(all)) {
        fd = open_directory(all, zone, O_NOFOLLOW, make);
        if (fd < 0 || is_private(fd)) {
            int saved = errno;
            close(all);
            errno = saved;
            return fd;
        }
        close(fd);
    }
    refuse(path, "others have access to the directory of private keys, or it is another user's",
           hint, diags);
    close(all);
    errno = EPERM;
    return -1;
}

static enum rz_status cannot(const struct rz_zonefile *zf, const char *what, struct rz_diags *diags)
{
    if (errno == EPERM && diags->errors)
        return RZ_REFUSED;
    rz_diags_add(diags, RZ6052, rz_place_named(zf->options.keys), "private keys cannot be %s: %s",
                 what, strerror(errno));
    return RZ_IO;
}

/* ---- reading */

/* "ksk-13-12345.pem" */
static bool parse_name(const char *name, uint8_t *role, uint8_t *algorithm)
{
    char word[4];
    unsigned number, tag;
    int end = 0;
    if (sscanf(name, "%3[a-z]-%3u-%5u.pem%n", word, &number, &tag, &end) != 3 || !end || name[end]
        || number > 255)
        return false;
    *algorithm = (uint8_t)number;
    *role = strcmp(word, "ksk") == 0   ? RZ_KEY_KSK
            : strcmp(word, "zsk") == 0 ? RZ_KEY_ZSK
            : strcmp(word, "csk") == 0 ? RZ_KEY_CSK
                                       : 0;
    return *role != 0;
}

static void name_of(char file[48], uint8_t role, uint8_t algorithm, uint16_t tag)
{
    snprintf(file, 48, "%s-%u-%u.pem", rz_key_role_text(role), algorithm, tag);
}

static uint16_t flags_of(uint8_t role)
{
    return role & RZ_KEY_KSK ? RZ_DNSKEY_ZONE | RZ_DNSKEY_SEP : RZ_DNSKEY_ZONE;
}

/* The key of a PEM text behind the others; NULL: done, else why not. */
static const char *add_key(struct rz_stored_keys *keys, const uint8_t *apex, uint8_t role,
                           uint8_t algorithm, struct rz_str pem)
{
    struct rz_stored_key stored = {.sign = {.role = role}};
    const char *why = rz_rrsig_key_load(&stored.sign.key, apex, flags_of(role), algorithm, pem);
    if (why)
        return why;
    const struct rz_rdata *dnskey = &stored.sign.key.dnskey;
    rz_signing_key_of_dnskey(&stored.facts, dnskey->wire, dnskey->size);
    stored.facts.role = role;
    name_of(stored.file, role, algorithm, stored.sign.key.tag);
    keys->items = rz_grow(keys->items, &keys->capacity, keys->count + 1, sizeof *keys->items);
    keys->items[keys->count++] = stored;
    return NULL;
}

static enum rz_status read_key(const struct rz_zonefile *zf, int directory, const char *name,
                               const uint8_t *apex, struct rz_stored_keys *keys,
                               struct rz_diags *diags)
{
    uint8_t role, algorithm;
    char shown[RZ_ZONEFILE_PATH_MAX], zone[RZ_NAME_TEXT_MAX];
    const char *why = NULL;
    struct rz_buffer text = {.limit = PEM_MAX};
    if (!parse_name(name, &role, &algorithm))
        return RZ_OK; /* not ours */
    rz_zonefile_encode(zone, apex);
    snprintf(shown, sizeof shown, "%s/%s/%s", zf->options.keys, zone, name);
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || !is_private(fd)) {
        if (fd >= 0)
            close(fd);
        return refuse(shown, "others have access to a private key, or it is no file of this user",
                      "only its owner may have access: chmod 600, and own it", diags);
    }
    char *room = rz_buffer_reserve(&text, PEM_MAX - 1);
    ssize_t got = read(fd, room, PEM_MAX - 1);
    close(fd);
    if (got >= 0)
        text.size = (size_t)got;
    why = got < 0 ? strerror(errno) : add_key(keys, apex, role, algorithm, rz_buffer_view(&text));
    rz_key_text_wipe(&text);
    if (!why)
        return RZ_OK;
    rz_diags_add(diags, RZ6052, rz_place_named(shown), "the key cannot be read: %s", why);
    return RZ_INVALID;
}

static int compare_files(const void *a, const void *b)
{
    const struct rz_stored_key *one = a, *two = b;
    return strcmp(one->file, two->file);
}

enum rz_status rz_key_store_read(const struct rz_zonefile *zf, const uint8_t *apex,
                                 struct rz_stored_keys *keys, struct rz_diags *diags)
{
    *keys = (struct rz_stored_keys){0};
    int fd = open_store(zf, apex, false, diags);
    if (fd < 0)
        return errno == ENOENT ? RZ_OK : cannot(zf, "read", diags);
    DIR *directory = fdopendir(fd);
    enum rz_status status = directory ? RZ_OK : cannot(zf, "read", diags);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        enum rz_status one = read_key(zf, fd, entry->d_name, apex, keys, diags);
        status = one == RZ_OK ? status : one;
    }
    if (directory)
        closedir(directory);
    else
        close(fd);
    if (keys->count)
        qsort(keys->items, keys->count, sizeof *keys->items, compare_files);
    return status;
}

void rz_stored_keys_free(struct rz_stored_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        rz_rrsig_key_free(&keys->items[i].sign.key);
    free(keys->items);
    *keys = (struct rz_stored_keys){0};
}

/* ---- writing */

static bool has_tag(const struct rz_stored_keys *keys, const struct rz_stored_key *key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (&keys->items[i] != key && keys->items[i].sign.key.tag == key->sign.key.tag)
            return true;
    return false;
}

static enum rz_status write_key(const struct rz_zonefile *zf, const uint8_t *apex, const char *file,
                                struct rz_str pem, struct rz_diags *diags)
{
    int fd = open_store(zf, apex, true, diags);
    struct rz_file_new new;
    if (fd < 0)
        return cannot(zf, "written", diags);
    enum rz_status status = rz_file_prepare(&new, fd, file, pem, 0600);
    RZ_FAULT("keys.prepared");
    if (status == RZ_OK)
        status = rz_file_put_new(&new);
    RZ_FAULT("keys.written");
    if (status != RZ_OK && errno == EEXIST) {
        rz_diags_add(diags, RZ6053, rz_place_named(zf->options.keys), "the key %s is there already",
                     file);
        status = RZ_CONFLICT;
    } else if (status != RZ_OK) {
        status = cannot(zf, "written", diags);
    }
    close(fd);
    return status;
}

enum rz_status rz_key_store_generate(const struct rz_zonefile *zf, const uint8_t *apex,
                                     const struct rz_signing_key *kind, struct rz_stored_keys *keys,
                                     struct rz_diags *diags)
{
    const char *why = NULL;
    for (int i = 0; i < TRIES; i++) {
        struct rz_buffer pem = {.limit = PEM_MAX};
        enum rz_status status = RZ_INVALID;
        why = rz_key_text_generate(&pem, kind->algorithm, kind->bits);
        if (!why)
            why = add_key(keys, apex, kind->role, kind->algorithm, rz_buffer_view(&pem));
        struct rz_stored_key *made = why ? NULL : &keys->items[keys->count - 1];
        if (made && has_tag(keys, made)) {
            rz_rrsig_key_free(&made->sign.key);
            keys->count--;
        } else if (made) {
            status = write_key(zf, apex, made->file, rz_buffer_view(&pem), diags);
            rz_key_text_wipe(&pem);
            return status;
        }
        rz_key_text_wipe(&pem);
        if (why)
            break;
    }
    rz_diags_add(diags, RZ6053, rz_place_named(zf->options.keys), "no key can be generated: %s",
                 why ? why : "all key tags are taken");
    return RZ_REJECTED;
}

enum rz_status rz_key_store_import(const struct rz_zonefile *zf, const uint8_t *apex,
                                   const struct rz_signing_key *facts, struct rz_str text,
                                   struct rz_diags *diags)
{
    struct rz_buffer pem = {.limit = PEM_MAX};
    struct rz_stored_keys one = {0};
    enum rz_status status = RZ_INVALID;
    const char *why = rz_key_text_read(&pem, facts, text);
    if (!why)
        why = add_key(&one, apex, facts->role, facts->algorithm, rz_buffer_view(&pem));
    if (!why && !rz_signing_key_is(&one.items[0].facts, facts))
        why = "its public key is another one";
    if (!why && !rz_key_text_works(&one.items[0].sign.key))
        why = "what it signs cannot be checked with its public key";
    if (!why)
        status = write_key(zf, apex, one.items[0].file, rz_buffer_view(&pem), diags);
    else
        rz_diags_add(diags, RZ6053, rz_place_named(zf->options.keys),
                     "the private key cannot be taken: %s", why);
    rz_key_text_wipe(&pem);
    rz_stored_keys_free(&one);
    return status;
}

enum rz_status rz_key_store_remove(const struct rz_zonefile *zf, const uint8_t *apex,
                                   const char *file, struct rz_diags *diags)
{
    int fd = open_store(zf, apex, false, diags);
    if (fd < 0 || unlinkat(fd, file, 0) != 0 || fsync(fd) != 0) {
        enum rz_status status = cannot(zf, "removed", diags);
        if (fd >= 0)
            close(fd);
        return status;
    }
    close(fd);
    return RZ_OK;
}
