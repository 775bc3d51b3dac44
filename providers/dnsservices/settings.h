/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings of a dnsservices provider, from three places in rising precedence: DNS_SERVICES_* of the
 * environment, the same names in .env of the project directory, rezone.yaml. */
#ifndef RZ_DNSSERVICES_SETTINGS_H
#define RZ_DNSSERVICES_SETTINGS_H

#include "provider.h"
#include "secret.h"

enum rz_dnsservices_auth { RZ_DNSSERVICES_JWT, RZ_DNSSERVICES_BASIC };
/* How record names are sent: as the zone's own records have them, or always one way. */
enum rz_dnsservices_names {
    RZ_DNSSERVICES_NAMES_AUTO,
    RZ_DNSSERVICES_NAMES_RELATIVE,
    RZ_DNSSERVICES_NAMES_FULL
};

struct rz_dnsservices_settings {
    const char *username, *password_reference, *base_url, *token_path, *ca_file, *public_key,
        *service;
    struct rz_secret *password;
    bool verify_ssl, debug;
    uint64_t timeout; /* seconds */
    uint64_t rate, concurrency;
    uint64_t cache, cache_domains; /* seconds; 0: nothing is kept */
    int auth_type;                 /* enum rz_dnsservices_auth */
    int names;                     /* enum rz_dnsservices_names */
    struct rz_strings servers;
};

/* The rows of rezone.yaml, into struct rz_dnsservices_settings. */
extern const struct rz_field rz_dnsservices_fields[];

/* Reads all three places and checks them, with a diagnostic for each problem. Strings are in `arena`;
 * close with rz_dnsservices_settings_close in any case. */
enum rz_status rz_dnsservices_settings_load(struct rz_dnsservices_settings *settings,
                                            struct rz_arena *arena, const struct rz_node *config,
                                            const struct rz_source *source,
                                            struct rz_context *context, struct rz_diags *diags);
void rz_dnsservices_settings_close(struct rz_dnsservices_settings *settings);

/* One line of a .env file: `NAME=value`, `export NAME="value"`, comments. */
struct rz_env_entry {
    const char *name, *value;
    uint32_t line;
};
/* Reads the text of a .env file; entries are in `arena`. A line that is none of the forms is a
 * diagnostic without its text, since that may be a secret. Pure. */
enum rz_status rz_env_read(struct rz_env_entry **entries, size_t *count, struct rz_arena *arena,
                           const char *name, struct rz_str text, struct rz_diags *diags);

#endif
