/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where settings come from, and what is wrong with them: everything at once. */
#include "dnsservices/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stddef.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/file.h"

#define ENV_FILE ".env"
#define ENV_FILE_MAX ((size_t)1 << 20)

static const char *const auth_choices[] = {"jwt", "basic", NULL};
static const char *const names_choices[] = {"auto", "relative", "full", NULL};

#define OPTION(field) offsetof(struct rz_dnsservices_settings, field)
const struct rz_field rz_dnsservices_fields[] = {
    {.key = "username",
     .kind = RZ_FIELD_STRING,
     .offset = OPTION(username),
     .summary = "E-mail address of the account; DNS_SERVICES_USERNAME."},
    {.key = "password",
     .kind = RZ_FIELD_SECRET,
     .offset = OPTION(password_reference),
     .summary =
         "Its password, as ${secret:env:NAME} or ${secret:file:PATH}; DNS_SERVICES_PASSWORD."},
    {.key = "base_url",
     .kind = RZ_FIELD_STRING,
     .offset = OPTION(base_url),
     .summary = "Base of the API, https://dns.services by default; DNS_SERVICES_BASE_URL."},
    {.key = "token_path",
     .kind = RZ_FIELD_STRING,
     .offset = OPTION(token_path),
     .summary = "File of the session, ~/.dns-services/token by default; DNS_SERVICES_TOKEN_PATH."},
    {.key = "verify_ssl",
     .kind = RZ_FIELD_BOOL,
     .offset = OPTION(verify_ssl),
     .summary =
         "Whether the server's certificate is checked, true by default; DNS_SERVICES_VERIFY_SSL."},
    {.key = "timeout",
     .kind = RZ_FIELD_DURATION,
     .offset = OPTION(timeout),
     .minimum = 1,
     .maximum = 3600,
     .summary = "Longest time for one request, 30 seconds by default; DNS_SERVICES_TIMEOUT."},
    {.key = "debug",
     .kind = RZ_FIELD_BOOL,
     .offset = OPTION(debug),
     .summary =
         "Writes a trace without secrets to .rezone/dns-services.trace; DNS_SERVICES_DEBUG."},
    {.key = "auth_type",
     .kind = RZ_FIELD_ENUM,
     .offset = OPTION(auth_type),
     .choices = auth_choices,
     .fallback = "jwt",
     .summary = "jwt: a session with tokens, the default; basic: the password with each request; "
                "DNS_SERVICES_AUTH_TYPE."},
    {.key = "ca_file",
     .kind = RZ_FIELD_STRING,
     .offset = OPTION(ca_file),
     .summary =
         "Certificates in PEM form that the server's must lead to, in place of the system's."},
    {.key = "public_key",
     .kind = RZ_FIELD_STRING,
     .offset = OPTION(public_key),
     .summary =
         "File with the RSA key in PEM form that signs the tokens: then signatures are checked."},
    {.key = "service",
     .kind = RZ_FIELD_STRING,
     .offset = OPTION(service),
     .summary =
         "Number of the hosting service that new zones are made in, where there are several."},
    {.key = "names",
     .kind = RZ_FIELD_ENUM,
     .offset = OPTION(names),
     .choices = names_choices,
     .fallback = "auto",
     .summary = "How names of records are sent: auto (as the zone's own), relative or full."},
    {.key = "rate",
     .kind = RZ_FIELD_UINT,
     .offset = OPTION(rate),
     .fallback = "0",
     .maximum = 100000,
     .summary = "Most requests a second; 0: no bound but the server's."},
    {.key = "concurrency",
     .kind = RZ_FIELD_UINT,
     .offset = OPTION(concurrency),
     .fallback = "16",
     .minimum = 1,
     .maximum = 64,
     .summary = "Most requests in flight."},
    {.key = "cache",
     .kind = RZ_FIELD_DURATION,
     .offset = OPTION(cache),
     .fallback = "1m",
     .maximum = 86400,
     .summary =
         "How long zones and records may be shown from the cache; 0: never. Only commands that "
         "change nothing take them from there."},
    {.key = "cache_domains",
     .kind = RZ_FIELD_DURATION,
     .offset = OPTION(cache_domains),
     .fallback = "10m",
     .maximum = 86400,
     .summary = "The same of registrations, TLDs and prices."},
    {.key = "servers",
     .kind = RZ_FIELD_STRINGS,
     .offset = OPTION(servers),
     .summary = "Servers that serve the zones, asked by verification: address or address:port."},
    {.key = NULL},
};

struct loading {
    struct rz_dnsservices_settings *settings;
    struct rz_arena *arena;
    const struct rz_node *config;
    const struct rz_source *source;
    struct rz_context *context;
    struct rz_diags *diags;
    struct rz_env_entry *entries;
    size_t entry_count;
    struct rz_buffer env_text;
    bool failed;
};

/* A setting as it was found outside of rezone.yaml. */
struct found {
    const char *value;
    struct rz_place place;
};

static void refuse(struct loading *loading, struct rz_place place, const char *what,
                   const char *hint)
{
    struct rz_diag *diag = rz_diags_add(loading->diags, RZ3501, place, "%s", what);
    rz_diag_hint(loading->diags, diag, "%s", hint);
    loading->failed = true;
}

static struct rz_place place_of(const struct loading *loading, const char *key, struct found found)
{
    const struct rz_node *node = rz_node_get(loading->config, key);
    if (!node && found.value)
        return found.place;
    return rz_node_place(loading->source, node ? node : loading->config);
}

/* "DNS_SERVICES_" + suffix: .env over the environment. */
static struct found find(const struct loading *loading, const char *variable)
{
    for (size_t i = loading->entry_count; i-- > 0;)
        if (strcmp(loading->entries[i].name, variable) == 0)
            return (struct found){loading->entries[i].value,
                                  {.name = ENV_FILE, .line = loading->entries[i].line}};
    const char *value = getenv(variable);
    return (struct found){value && *value ? value : NULL, rz_place_named(variable)};
}

static bool in_yaml(const struct loading *loading, const char *key)
{
    const struct rz_node *node = rz_node_get(loading->config, key);
    return node && node->kind != RZ_NODE_NULL;
}

static void read_env_file(struct loading *loading)
{
    struct stat stat;
    int fd = openat(loading->context->project_dir, ENV_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return;
    bool known = fd >= 0 && fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode);
    if (fd >= 0)
        close(fd);
    if (!known
        || rz_file_read(loading->context->project_dir, ENV_FILE, ENV_FILE_MAX, &loading->env_text)
               != RZ_OK) {
        refuse(loading, rz_place_named(ENV_FILE), "cannot be read",
               "it is a regular file of at most 1 MiB that is no symbolic link");
        return;
    }
    if (rz_env_read(&loading->entries, &loading->entry_count, loading->arena, ENV_FILE,
                    rz_buffer_view(&loading->env_text), loading->diags)
        != RZ_OK)
        loading->failed = true;
    for (size_t i = 0; i < loading->entry_count; i++)
        if (stat.st_mode & (S_IRWXG | S_IRWXO)
            && strcmp(loading->entries[i].name, "DNS_SERVICES_PASSWORD") == 0) {
            struct rz_diag *diag = rz_diags_add(
                loading->diags, RZ3503, rz_place_named(ENV_FILE),
                "it has a password in it and other users may read it");
            rz_diag_hint(loading->diags, diag, "run chmod 600 .env");
        }
}

static void load_text(struct loading *loading, const char *key, const char *variable,
                      const char **value, const char *fallback)
{
    struct found found = find(loading, variable);
    if (in_yaml(loading, key))
        return;
    *value = found.value ? rz_arena_strdup(loading->arena, found.value) : fallback;
}

static bool parse_bool(bool *value, const char *text)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0) {
            *value = i & 1;
            return true;
        }
    return false;
}

static void load_bool(struct loading *loading, const char *key, const char *variable, bool *value,
                      bool fallback)
{
    struct found found = find(loading, variable);
    if (in_yaml(loading, key))
        return;
    *value = fallback;
    if (found.value && !parse_bool(value, found.value))
        refuse(loading, found.place,
               rz_arena_printf(loading->arena, "%s is neither true nor false", variable),
               "write true or false");
}

static void load_timeout(struct loading *loading)
{
    struct found found = find(loading, "DNS_SERVICES_TIMEOUT");
    uint64_t *timeout = &loading->settings->timeout;
    if (in_yaml(loading, "timeout"))
        return;
    *timeout = 30;
    if (found.value
        && (!rz_duration_parse(timeout, rz_str_of(found.value)) || *timeout < 1 || *timeout > 3600))
        refuse(loading, found.place, "DNS_SERVICES_TIMEOUT is no time from 1 second to 1 hour",
               "write seconds, such as 30");
}

static void load_auth_type(struct loading *loading)
{
    struct found found = find(loading, "DNS_SERVICES_AUTH_TYPE");
    if (in_yaml(loading, "auth_type") || !found.value)
        return;
    if (strcasecmp(found.value, "basic") == 0)
        loading->settings->auth_type = RZ_DNSSERVICES_BASIC;
    else if (strcasecmp(found.value, "jwt") != 0)
        refuse(loading, found.place, "DNS_SERVICES_AUTH_TYPE is neither JWT nor BASIC",
               "write JWT or BASIC");
}

static void load_password(struct loading *loading)
{
    struct rz_dnsservices_settings *settings = loading->settings;
    struct found found = find(loading, "DNS_SERVICES_PASSWORD");
    if (settings->password_reference) {
        if (rz_secret_resolve(&settings->password, settings->password_reference,
                              place_of(loading, "password", found), loading->diags)
            != RZ_OK)
            loading->failed = true;
        return;
    }
    if (!found.value || !*found.value) {
        refuse(loading, rz_node_place(loading->source, loading->config), "the password is missing",
               "set DNS_SERVICES_PASSWORD in the environment or in .env, or `password:` here");
        return;
    }
    settings->password = rz_secret_keep(rz_str_of(found.value));
    if (!settings->password)
        refuse(loading, found.place, "the password is too long", "it is at most 64 KiB");
}

static void check_username(struct loading *loading)
{
    const char *username = loading->settings->username;
    struct found found = find(loading, "DNS_SERVICES_USERNAME");
    struct rz_place place = place_of(loading, "username", found);
    bool plain = true;
    for (const char *c = username ? username : ""; *c; c++)
        plain &= (unsigned char)*c > ' ' && *c != 0x7F;
    if (!username || !*username)
        refuse(loading, place, "the user name is missing",
               "set DNS_SERVICES_USERNAME in the environment or in .env, or `username:` here");
    else if (!plain)
        refuse(loading, place, "the user name has a space or a control character in it",
               "it is the e-mail address of the account");
    else if (loading->settings->auth_type == RZ_DNSSERVICES_BASIC && strchr(username, ':'))
        refuse(loading, place, "a user name with a colon cannot be used with Basic authentication",
               "set auth_type: jwt");
}

/* The scheme and address are told by the HTTP module; here it is about the password's way. */
static void check_url(struct loading *loading)
{
    const char *url = loading->settings->base_url;
    struct rz_place place = place_of(loading, "base_url", find(loading, "DNS_SERVICES_BASE_URL"));
    static const char *const local[] = {"http://127.", "http://localhost", "http://[::1]"};
    if (strncasecmp(url, "http://", 7) != 0)
        return;
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        if (strncasecmp(url, local[i], strlen(local[i])) == 0)
            return;
    refuse(loading, place, "the password would go over the network unencrypted",
           "write https:// in base_url; http:// is for this machine's own addresses");
}

static void check_contradictions(struct loading *loading)
{
    const struct rz_dnsservices_settings *settings = loading->settings;
    struct found token_path = find(loading, "DNS_SERVICES_TOKEN_PATH");
    struct found verify = find(loading, "DNS_SERVICES_VERIFY_SSL");
    bool path_given = in_yaml(loading, "token_path") || token_path.value;
    if (settings->auth_type == RZ_DNSSERVICES_BASIC && path_given)
        refuse(loading, place_of(loading, "token_path", token_path),
               "a token file is named, but Basic authentication has no token",
               "take out token_path, or set auth_type: jwt");
    if (settings->auth_type == RZ_DNSSERVICES_BASIC && settings->public_key)
        refuse(loading, place_of(loading, "public_key", (struct found){0}),
               "a key for tokens is named, but Basic authentication has no token",
               "take out public_key, or set auth_type: jwt");
    if (!settings->verify_ssl && settings->ca_file)
        refuse(loading, place_of(loading, "verify_ssl", verify),
               "a CA file is named, but certificates are not checked",
               "take out verify_ssl: false, or ca_file");
    for (const char *c = settings->service ? settings->service : ""; *c; c++)
        if (*c < '0' || *c > '9') {
            refuse(loading, place_of(loading, "service", (struct found){0}),
                   "no number of a service", "it is a number such as 10, which the panel shows");
            break;
        }
}

static void expand_token_path(struct loading *loading)
{
    struct rz_dnsservices_settings *settings = loading->settings;
    const char *home = getenv("HOME");
    if (settings->auth_type == RZ_DNSSERVICES_BASIC || settings->token_path[0] != '~'
        || settings->token_path[1] != '/')
        return;
    if (home && *home == '/')
        settings->token_path = rz_arena_printf(loading->arena, "%s%s", home,
                                               settings->token_path + 1);
    else
        refuse(loading, place_of(loading, "token_path", find(loading, "DNS_SERVICES_TOKEN_PATH")),
               "the token's file is below ~, and HOME is not set",
               "set DNS_SERVICES_TOKEN_PATH to a path that begins with /");
}

enum rz_status rz_dnsservices_settings_load(struct rz_dnsservices_settings *settings,
                                            struct rz_arena *arena, const struct rz_node *config,
                                            const struct rz_source *source,
                                            struct rz_context *context, struct rz_diags *diags)
{
    struct rz_field_reader reader = {source, arena, diags};
    struct loading loading = {.settings = settings,
                              .arena = arena,
                              .config = config,
                              .source = source,
                              .context = context,
                              .diags = diags};
    *settings = (struct rz_dnsservices_settings){0};
    loading.failed = rz_fields_load(&reader, config, rz_dnsservices_fields, settings) != RZ_OK;
    read_env_file(&loading);
    load_text(&loading, "username", "DNS_SERVICES_USERNAME", &settings->username, NULL);
    load_text(&loading, "base_url", "DNS_SERVICES_BASE_URL", &settings->base_url,
              "https://dns.services");
    load_text(&loading, "token_path", "DNS_SERVICES_TOKEN_PATH", &settings->token_path,
              "~/.dns-services/token");
    load_bool(&loading, "verify_ssl", "DNS_SERVICES_VERIFY_SSL", &settings->verify_ssl, true);
    load_bool(&loading, "debug", "DNS_SERVICES_DEBUG", &settings->debug, false);
    load_timeout(&loading);
    load_auth_type(&loading);
    load_password(&loading);
    check_username(&loading);
    if (settings->base_url)
        check_url(&loading);
    check_contradictions(&loading);
    if (settings->token_path)
        expand_token_path(&loading);
    /* Values of .env are in the arena until the provider is closed; the file's text is not. */
    if (loading.env_text.data)
        OPENSSL_cleanse(loading.env_text.data, loading.env_text.size);
    rz_buffer_free(&loading.env_text);
    for (size_t i = 0; i < loading.entry_count; i++)
        if (strcmp(loading.entries[i].name, "DNS_SERVICES_PASSWORD") == 0)
            OPENSSL_cleanse((char *)(uintptr_t)loading.entries[i].value,
                            strlen(loading.entries[i].value));
    return loading.failed ? RZ_INVALID : RZ_OK;
}

void rz_dnsservices_settings_close(struct rz_dnsservices_settings *settings)
{
    rz_secret_close(settings->password);
    settings->password = NULL;
}
