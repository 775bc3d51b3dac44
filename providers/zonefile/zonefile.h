/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The zonefile provider inside: a directory of master files, one a zone. A zone is written whole,
 * under a lock, to a temporary file that is renamed over the old one, and only if the old one is
 * still what was fetched. */
#ifndef RZ_ZONEFILE_H
#define RZ_ZONEFILE_H

#include <pthread.h>

#include "provider.h"
#include "command.h"

#define RZ_ZONEFILE_SERVERS_MAX 64
#define RZ_ZONEFILE_PATH_MAX 4096
#define RZ_ZONEFILE_MODE 0644 /* of files that are new */

enum rz_zonefile_serial { RZ_SERIAL_INCREMENT, RZ_SERIAL_UNIXTIME, RZ_SERIAL_DATE };

struct rz_zonefile_made;
struct rz_zonefile_path;
struct rz_zonefile;

/* Files of another form than master files, for providers that are directories all the same: what a
 * resolver includes. Such a "zone" always exists, its file or not, and has no serial. */
struct rz_zonefile_form {
    /* Reads a file's text into `zone` (initialised, not finished). */
    enum rz_status (*read)(struct rz_zone *zone, const struct rz_source *source,
                           struct rz_diags *diags);
    void (*write)(const struct rz_zonefile *zf, struct rz_buffer *out, const struct rz_zone *zone);
    /* Adds to the finished zone what the running server does differently, and finishes it again. */
    enum rz_status (*running)(const struct rz_zonefile *zf, struct rz_zone *zone,
                              struct rz_diags *diags);
    /* Has the running server take the file as it now is, also that it is gone, where `control` is set and no
     * `reload`. `output` gets why it failed. NULL: only the command reloads. */
    enum rz_command_result (*reload)(const struct rz_zonefile *zf,
                                     const struct rz_zonefile_path *path, struct rz_buffer *output);
};

struct rz_zonefile {
    struct rz_provider base;
    struct rz_context *context;
    struct rz_arena arena;
    struct rz_capabilities capabilities;
    const struct rz_zonefile_form *form; /* NULL: master files */
    struct {                             /* options as loaded */
        const char *directory;
        const char *file;
        int serial; /* enum rz_zonefile_serial */
        bool comments, flatten;
        struct rz_strings reload, check, servers;
        struct rz_strings control; /* of resolvers, with what is below */
        const char *ca_file;
        const char *tls_ca_file, *version, *plugins, *otherwise;
        uint64_t port;
        const char *keys; /* directory of private keys; NULL: zones are not signed here */
        uint64_t validity,
            refresh; /* seconds of signatures: in all, and left when they are renewed */
    } options;
    const char *prefix, *suffix; /* of the file pattern, before and behind ${zone} */
    struct rz_command reload, check, control;
    struct rz_server servers[RZ_ZONEFILE_SERVERS_MAX];
    size_t server_count;
    pthread_mutex_t lock;          /* of what follows */
    const char *tls_refusal;       /* named_version.h; "": none, NULL: not known yet */
    struct rz_zonefile_made *made; /* zonefile_stage.h */
};

#define RZ_ZONEFILE_OPTION(field) offsetof(struct rz_zonefile, options.field)

/* Opens a provider whose options, by the table of `ops`, lie in struct rz_zonefile. `code` is that of
 * bad options; `form` NULL: master files. */
struct rz_zonefile_kind {
    const struct rz_provider_ops *ops;
    const struct rz_zonefile_form *form;
    enum rz_code code;
};
enum rz_status rz_zonefile_open(struct rz_zonefile **zonefile, const struct rz_zonefile_kind *kind,
                                const char *name, const struct rz_node *config,
                                const struct rz_source *source, struct rz_context *context,
                                struct rz_diags *diags);
void rz_zonefile_close(struct rz_provider *provider);
const struct rz_capabilities *rz_zonefile_capabilities(const struct rz_provider *provider);
size_t rz_zonefile_servers(const struct rz_provider *provider, struct rz_server *servers,
                           size_t capacity);

/* The zone whose file is meant, and how it is called. */
struct rz_zonefile_path {
    char path[RZ_ZONEFILE_PATH_MAX];      /* below the directory */
    char shown[2 * RZ_ZONEFILE_PATH_MAX]; /* with the directory, for messages and commands */
    char zone[RZ_NAME_TEXT_MAX];          /* plain */
    char encoded[RZ_NAME_TEXT_MAX];       /* the zone as a part of file names */
};

/* The zone as part of a file name: labels of a-z, 0-9, `-` and `_` as they are, other octets as %XX;
 * the root is `@`. No two zones share a name. */
void rz_zonefile_encode(char text[RZ_NAME_TEXT_MAX], const uint8_t *apex);
/* The zone whose file `path` is by the pattern; false for a file that is no zone's. */
bool rz_zonefile_decode(const struct rz_zonefile *zf, const char *path, struct rz_name *apex);
/* RZ_INVALID, with a diagnostic, for a zone without a possible file name. */
enum rz_status rz_zonefile_path(const struct rz_zonefile *zf, const uint8_t *apex,
                                struct rz_zonefile_path *path, struct rz_diags *diags);

/* Descriptor of the directory, made where it is missing and `make` is set; -1 with errno. */
int rz_zonefile_directory(const struct rz_zonefile *zf, bool make);

/* The live file as it was read. */
struct rz_zonefile_content {
    struct rz_buffer text;
    struct rz_hash file_digest;
    struct rz_hash digest; /* over the file and, once parsed, what it includes */
    bool exists, has_includes;
};
void rz_zonefile_content_free(struct rz_zonefile_content *content);
/* Reads and parses the file into `zone` (initialised, not finished). */
enum rz_status rz_zonefile_parse(const struct rz_zonefile *zf, int directory,
                                 const struct rz_zonefile_path *path,
                                 struct rz_zonefile_content *content, struct rz_zone *zone,
                                 struct rz_diags *diags);
/* Reads the octets only; digest is of the file alone. Missing is RZ_OK with exists false. */
enum rz_status rz_zonefile_load(int directory, const struct rz_zonefile_path *path,
                                struct rz_zonefile_content *content, struct rz_diags *diags);

/* The serial that follows `live` (RFC 1982: it never goes back, and is never 0). */
uint32_t rz_zonefile_next_serial(enum rz_zonefile_serial strategy, uint32_t live, int64_t now);
/* The serial of a zone that had none; `wanted` is the desired SOA's. */
uint32_t rz_zonefile_first_serial(enum rz_zonefile_serial strategy, uint32_t wanted, int64_t now);

/* What is to be written. */
struct rz_zonefile_order {
    const struct rz_zonefile *zf;
    const struct rz_zonefile_path *path;
    int directory;
    const struct rz_zone *zone;     /* with DNSSEC and DNSSECKEY records where it is to be signed */
    const struct rz_rrset *soa;     /* the zone's own, or that of the file */
    const struct rz_revision *live; /* of the file */
    bool may_generate;              /* keys that are still to be made */
};
/* Appends the file's text, signed where the zone says so, with the serial that follows `live`.
 * RZ_UNSUPPORTED, without a diagnostic: a key would have to be generated, and may not be. */
enum rz_status rz_zonefile_compose(const struct rz_zonefile_order *order, struct rz_buffer *text,
                                   uint32_t *serial, struct rz_diags *diags);

/* Operations, in zonefile_read.c and zonefile_write.c. */
enum rz_status rz_zonefile_list(struct rz_provider *provider, struct rz_name_list *zones,
                                struct rz_diags *diags);
enum rz_status rz_zonefile_fetch(struct rz_provider *provider, const uint8_t *apex,
                                 struct rz_zone *zone, struct rz_revision *revision,
                                 struct rz_diags *diags);
enum rz_status rz_zonefile_probe(struct rz_provider *provider, const uint8_t *apex,
                                 const struct rz_revision *revision, bool *same,
                                 struct rz_diags *diags);
enum rz_status rz_zonefile_apply(struct rz_provider *provider, struct rz_batch *batch,
                                 struct rz_diags *diags);
enum rz_status rz_zonefile_create(struct rz_provider *provider, const struct rz_zone *zone,
                                  struct rz_diags *diags);
enum rz_status rz_zonefile_delete(struct rz_provider *provider, const uint8_t *apex,
                                  struct rz_diags *diags);
/* Writes the zone again, with signatures that are due made anew. */
enum rz_status rz_zonefile_rewrite(struct rz_zonefile *zf, const struct rz_zone *zone,
                                   struct rz_revision *revision, struct rz_diags *diags);

#endif
