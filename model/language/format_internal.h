/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The events of a file with the text they stand for. */
#ifndef RZ_LANGUAGE_FORMAT_INTERNAL_H
#define RZ_LANGUAGE_FORMAT_INTERNAL_H

#include <yaml.h>

#include "language/format.h"

struct rz_format_event {
    yaml_event_type_t type;
    size_t start, end; /* octets in the text */
    size_t column;     /* of the start, from 0 */
    size_t close;      /* of a collection's start: the index of its end */
    bool flow;         /* a flow collection */
    bool block_scalar;
};

struct rz_formatter {
    struct rz_buffer *out;
    struct rz_str text;
    struct rz_format_event *events;
    size_t count, capacity;
    size_t at;       /* the next event */
    size_t consumed; /* octets of the text whose comments are written */
    struct {
        size_t source, output; /* columns of the block collections that are open or just closed */
    } levels[66];
    size_t level_count;
    bool line_open; /* something stands on the current line */
};

/* Fills events; false where the text is no YAML. */
bool rz_format_read(struct rz_formatter *formatter);
/* Appends a scalar that may have several lines, the later ones indented by `indent`. */
void rz_format_scalar(struct rz_formatter *formatter, const struct rz_format_event *event,
                      size_t indent);
/* Whether the flow collection at `at` can be written on one line, and that line. */
bool rz_format_flow(const struct rz_formatter *formatter, size_t at, struct rz_buffer *line);

#endif
