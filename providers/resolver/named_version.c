/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The version of BIND and what it can. */
#include "resolver/named_version.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 10000
#define OUTPUT_MAX 1000
#define TLS_MAJOR 9u
#define TLS_MINOR 20u

/* "9.18.49-1~deb12u3-Debian", perhaps behind "BIND ". */
static bool read_version(const char *text, unsigned *major, unsigned *minor)
{
    return *text >= '0' && *text <= '9' && sscanf(text, "%3u.%3u", major, minor) == 2;
}

bool rz_named_version_is_good(const char *text)
{
    unsigned major, minor;
    return read_version(text, &major, &minor);
}

/* The program that checks, where it is BIND's own and not something that runs it elsewhere. */
static const char *checker(const struct rz_zonefile *zf)
{
    const char *program = zf->check.count ? zf->check.words[0] : "named-checkconf";
    const char *slash = strrchr(program, '/');
    return strcmp(slash ? slash + 1 : program, "named-checkconf") == 0 ? program : NULL;
}

static void ask_version(const struct rz_zonefile *zf, struct rz_buffer *said)
{
    struct rz_command command = {0};
    const char *program = checker(zf);
    if (!program)
        return;
    rz_command_add(&command, program);
    rz_command_add(&command, "-v");
    struct rz_command_options options = {
        .directory = zf->context->project_dir, .timeout_ms = TIMEOUT_MS, .context = zf->context};
    if (rz_command_run_with(&command, &options, said) != RZ_COMMAND_OK)
        rz_buffer_reset(said);
    rz_command_free(&command);
}

static const char *judge(struct rz_zonefile *zf)
{
    RZ_BUFFER_CLEANUP struct rz_buffer said = {.limit = OUTPUT_MAX};
    RZ_BUFFER_CLEANUP struct rz_buffer why = {0};
    unsigned major, minor;
    if (zf->options.version)
        rz_buffer_text(&said, zf->options.version);
    else
        ask_version(zf, &said);
    const char *text = rz_buffer_view(&said).data;
    text += strncmp(text, "BIND ", 5) == 0 ? 5 : 0;
    if (!read_version(text, &major, &minor))
        return "BIND forwards by TLS from 9.20 on, and `named-checkconf -v` does not say which "
               "version this is; set `version` on the provider";
    if (major > TLS_MAJOR || (major == TLS_MAJOR && minor >= TLS_MINOR))
        return "";
    rz_buffer_printf(&why,
                     "BIND %u.%u cannot forward by TLS, which came with 9.20 (the option `version` "
                     "says which one reads the file, where it is another)",
                     major, minor);
    return rz_arena_strdup(&zf->arena, rz_buffer_view(&why).data);
}

const char *rz_named_without_tls(const struct rz_zonefile *zf)
{
    struct rz_zonefile *own;
    memcpy(&own, &zf, sizeof own); /* what is remembered changes nothing that it does */
    pthread_mutex_lock(&own->lock);
    if (!own->tls_refusal)
        own->tls_refusal = judge(own);
    const char *why = own->tls_refusal;
    pthread_mutex_unlock(&own->lock);
    return *why ? why : NULL;
}
