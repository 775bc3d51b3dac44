/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of options that resolvers of several kinds have. */
#ifndef RZ_RESOLVER_OPTIONS_H
#define RZ_RESOLVER_OPTIONS_H

#include "resolver/resolver.h"

#define RZ_RESOLVER_FILE(file_name)                                                                \
    {                                                                                              \
        .key = "file", .kind = RZ_FIELD_STRING, .offset = RZ_ZONEFILE_OPTION(file),                \
        .fallback = (file_name),                                                                   \
        .summary = "File name of a zone's rules; ${zone} stands for its name, `@` for the root's." \
    }
#define RZ_RESOLVER_CHECK(command)                                                                 \
    {                                                                                              \
        .key = "check", .kind = RZ_FIELD_STRINGS, .offset = RZ_ZONEFILE_OPTION(check),             \
        .fallback = (command),                                                                     \
        .summary = "Command that must accept a new file before it is put in place; no shell."      \
    }
#define RZ_RESOLVER_CA_FILE                                                                        \
    {                                                                                              \
        .key = "ca_file", .kind = RZ_FIELD_STRING, .offset = RZ_ZONEFILE_OPTION(ca_file),          \
        .summary =                                                                                 \
            "Certificates that `rezone forward check` trusts; below the project. Left out: "       \
            "the system's."                                                                        \
    }
#define RZ_RESOLVER_SERVERS                                                                        \
    {                                                                                              \
        .key = "servers", .kind = RZ_FIELD_STRINGS, .offset = RZ_ZONEFILE_OPTION(servers),         \
        .summary = "Where the resolver answers, for verification: address or address:port."        \
    }

#endif
