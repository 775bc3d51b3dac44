/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A document of headings and tables, written as text for people, as Markdown or as one HTML page. */
#ifndef RZ_REPORT_TABLES_H
#define RZ_REPORT_TABLES_H

#include "report/output.h"
#include "support/arena.h"

#define RZ_TABLE_COLUMNS 8

/* Cells are kept as they are, whoever they come from, and escaped by each form. */
struct rz_table {
    const char *heading;
    size_t width;                        /* columns */
    const char *names[RZ_TABLE_COLUMNS]; /* all NULL: rows of a name and a value, without a head */
    const char *(*rows)[RZ_TABLE_COLUMNS];
    size_t count, capacity;
};

struct rz_tables_part {
    const char *title; /* of a section: a domain */
    const char *summary;
    bool bad;
    struct rz_table *tables;
    size_t count, capacity;
};

struct rz_tables_document {
    struct rz_arena arena;
    const char *title;
    const char *time;
    struct rz_tables_part *parts;
    size_t count, capacity;
};

enum rz_tables_form { RZ_TABLES_TEXT, RZ_TABLES_MARKDOWN, RZ_TABLES_HTML };

struct rz_tables_part *rz_tables_add(struct rz_tables_document *document, const char *title);
/* A table of the part; good until the next. `names` ends in NULL; NULL: names and values. */
struct rz_table *rz_tables_table(struct rz_tables_part *part, const char *heading,
                                 const char *const *names);
/* A row; cells are copied, as many as there are columns. */
void rz_tables_row(struct rz_tables_document *document, struct rz_table *table,
                   const char *const *cells);
/* A row of a name and a value. */
void rz_tables_value(struct rz_tables_document *document, struct rz_table *table, const char *name,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
void rz_tables_write(struct rz_output *out, const struct rz_tables_document *document,
                     enum rz_tables_form form);
void rz_tables_free(struct rz_tables_document *document);

#endif
