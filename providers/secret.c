/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secrets in memory of their own: locked, left out of core dumps, wiped. A list of all that are
 * loaded lets traces and quoted replies be redacted. */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/alloc.h"

#define SECRET_MAX ((size_t)64 << 10)
#define REDACT_MIN 4 /* shorter ones would blot out ordinary words */

struct rz_secret {
    struct rz_secret *next;
    char *text; /* a mapping of `capacity` octets */
    size_t size, capacity;
};

/* The one list of the process: redaction must know secrets of every provider. */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct rz_secret *list;

static struct rz_secret *secret_new(size_t capacity)
{
    struct rz_secret *secret = rz_alloc_zero(1, sizeof *secret);
    secret->capacity = capacity;
    secret->text = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (secret->text == MAP_FAILED) {
        free(secret);
        return NULL;
    }
    mlock(secret->text, capacity); /* a limit on locked memory is no reason to refuse */
    madvise(secret->text, capacity, MADV_DONTDUMP);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    return secret;
}

static void secret_register(struct rz_secret *secret)
{
    pthread_mutex_lock(&list_lock);
    secret->next = list;
    list = secret;
    pthread_mutex_unlock(&list_lock);
}

void rz_secret_close(struct rz_secret *secret)
{
    if (!secret)
        return;
    pthread_mutex_lock(&list_lock);
    for (struct rz_secret **at = &list; *at; at = &(*at)->next)
        if (*at == secret) {
            *at = secret->next;
            break;
        }
    pthread_mutex_unlock(&list_lock);
    OPENSSL_cleanse(secret->text, secret->capacity);
    munmap(secret->text, secret->capacity);
    free(secret);
}

static enum rz_status refuse(struct rz_diags *diags, struct rz_place place, enum rz_status status,
                             const char *hint, const char *format, const char *what)
{
    RZ_BUFFER_CLEANUP struct rz_buffer message = {0};
    rz_buffer_text(&message, format);
    rz_buffer_text(&message, what);
    struct rz_diag *diag = rz_diags_add(diags, RZ2010, place, "%s", message.data);
    diag->excerpt = NULL; /* the line may hold the very value */
    rz_diag_hint(diags, diag, "%s", hint);
    return status;
}

static enum rz_status from_environment(struct rz_secret **secret, const char *name,
                                       struct rz_place place, struct rz_diags *diags)
{
    const char *value = getenv(name);
    if (!value || !*value)
        return refuse(diags, place, RZ_NOT_FOUND, "set it in the environment of rezone",
                      "the secret is missing: there is no environment variable ", name);
    size_t size = strlen(value);
    if (size >= SECRET_MAX)
        return refuse(diags, place, RZ_LIMIT, "secrets are at most 64 KiB",
                      "the secret is too long: environment variable ", name);
    *secret = secret_new(SECRET_MAX);
    if (!*secret)
        return RZ_IO;
    memcpy((*secret)->text, value, size);
    (*secret)->size = size;
    return RZ_OK;
}

/* Reads straight into the locked memory, so that no copy is left elsewhere. */
static bool read_all(int fd, struct rz_secret *secret)
{
    ssize_t got;
    while ((got = read(fd, secret->text + secret->size, secret->capacity - 1 - secret->size))
           != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || secret->size + (size_t)got >= secret->capacity - 1)
            return false;
        secret->size += (size_t)got;
    }
    while (secret->size
           && (secret->text[secret->size - 1] == '\n' || secret->text[secret->size - 1] == '\r'))
        secret->text[--secret->size] = '\0';
    return true;
}

static enum rz_status from_file(struct rz_secret **secret, const char *path, struct rz_place place,
                                struct rz_diags *diags)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        enum rz_status status = errno == ENOENT ? RZ_NOT_FOUND : RZ_IO;
        return refuse(diags, place, status, strerror(errno), "cannot read the secret's file ",
                      path);
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return refuse(diags, place, RZ_INVALID, "name a file that holds nothing but the secret",
                      "the secret's file is no regular file: ", path);
    }
    if (st.st_mode & (S_IRWXG | S_IRWXO)) {
        close(fd);
        return refuse(diags, place, RZ_REFUSED, "run chmod 600 on it",
                      "the secret's file is open to other users: ", path);
    }
    *secret = secret_new(SECRET_MAX);
    bool good = *secret && read_all(fd, *secret);
    close(fd);
    if (good && (*secret)->size > 0)
        return RZ_OK;
    rz_secret_close(*secret);
    *secret = NULL;
    return refuse(diags, place, RZ_INVALID, "it holds the secret and nothing else, at most 64 KiB",
                  good ? "the secret's file is empty: " : "cannot read the secret's file ", path);
}

enum rz_status rz_secret_resolve(struct rz_secret **secret, const char *reference,
                                 struct rz_place place, struct rz_diags *diags)
{
    static const char environment[] = "${secret:env:", file[] = "${secret:file:";
    struct rz_str text = rz_str_of(reference);
    *secret = NULL;
    bool from_env = rz_str_starts_with(text, environment);
    if ((!from_env && !rz_str_starts_with(text, file)) || text.data[text.size - 1] != '}')
        return refuse(diags, place, RZ_INVALID,
                      "write ${secret:env:NAME} or ${secret:file:PATH}; values do not belong in "
                      "files under version control",
                      "a secret must be given by reference", "");
    size_t skip = from_env ? sizeof environment - 1 : sizeof file - 1;
    if (text.size - 1 == skip)
        return refuse(diags, place, RZ_INVALID, "write ${secret:env:NAME} or ${secret:file:PATH}",
                      "the secret's reference names nothing", "");
    RZ_CLEANUP(rz_free_pointer) char *name = rz_strndup(text.data + skip, text.size - 1 - skip);
    enum rz_status status = from_env ? from_environment(secret, name, place, diags)
                                     : from_file(secret, name, place, diags);
    if (status == RZ_OK)
        secret_register(*secret);
    return status;
}

struct rz_secret *rz_secret_keep(struct rz_str text)
{
    struct rz_secret *secret = text.size < SECRET_MAX ? secret_new(text.size + 1) : NULL;
    if (!secret)
        return NULL;
    memcpy(secret->text, text.data, text.size);
    secret->size = text.size;
    secret_register(secret);
    return secret;
}

const char *rz_secret_text(const struct rz_secret *secret)
{
    return secret->text;
}

size_t rz_secret_size(const struct rz_secret *secret)
{
    return secret->size;
}

/* The loaded secret that begins at `at`, the longest of several. */
static size_t match(const char *at, size_t left)
{
    size_t longest = 0;
    for (const struct rz_secret *secret = list; secret; secret = secret->next)
        if (secret->size >= REDACT_MIN && secret->size <= left && secret->size > longest
            && memcmp(at, secret->text, secret->size) == 0)
            longest = secret->size;
    return longest;
}

void rz_secret_redact(struct rz_buffer *out, struct rz_str text)
{
    size_t start = 0;
    pthread_mutex_lock(&list_lock);
    for (size_t i = 0; i < text.size && list;) {
        size_t size = match(text.data + i, text.size - i);
        if (size == 0) {
            i++;
            continue;
        }
        rz_buffer_append(out, text.data + start, i - start);
        rz_buffer_text(out, "***");
        start = i += size;
    }
    pthread_mutex_unlock(&list_lock);
    rz_buffer_append(out, text.data + start, text.size - start);
}
