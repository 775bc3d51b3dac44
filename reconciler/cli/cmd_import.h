/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of `rezone import` share. */
#ifndef RZ_CLI_CMD_IMPORT_H
#define RZ_CLI_CMD_IMPORT_H

#include "cli/commands.h"

/* A zone that waits until all are read. */
struct rz_import_kept {
    struct rz_zone zone;
    bool signer; /* records of an online signer are left out */
};

struct rz_importer {
    struct rz_cli *cli;
    struct rz_project project;
    struct rz_zone_list zones; /* of the project: where a zone's file may be already */
    const char *directory;
    int format; /* enum rz_zone_format of the sources; live: -1 */
    struct rz_buffer json, templates_json;
    size_t written, failed;
    struct rz_import_kept *kept; /* with --extract-templates */
    size_t kept_count, kept_capacity;
};

/* Writes the zone's document, once it has been read back; `text` is NULL, or extends `templates` and
 * has been read back. `rrsets` are those in the document. */
void rz_import_write(struct rz_importer *importer, const struct rz_import_kept *kept,
                     struct rz_buffer *text, size_t rrsets);
/* Appends what silences the rules that the zone breaks, and says so in diagnostics (`say`). */
void rz_import_silence(struct rz_importer *importer, const struct rz_zone *zone,
                       struct rz_buffer *text, bool say);
/* False, with diagnostics, where the file exists (without --force) or cannot be written. */
bool rz_import_put(struct rz_importer *importer, const char *path, const struct rz_buffer *text);
/* Whether the document gives the zone again. */
bool rz_import_gives(struct rz_importer *importer, const struct rz_zone *zone,
                     const struct rz_buffer *text, const struct rz_templates *templates,
                     struct rz_diags *diags);

/* cmd_import_extract.c: proposes templates for the zones kept, and writes them and the zones. */
void rz_import_extract(struct rz_importer *importer);

#endif
