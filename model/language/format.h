/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The canonical layout of YAML files: two blanks a level, one a colon, comments and order kept. */
#ifndef RZ_LANGUAGE_FORMAT_H
#define RZ_LANGUAGE_FORMAT_H

#include "language/node.h"
#include "support/buffer.h"

/* Appends the file in canonical layout: block collections are indented by two, flow collections that
 * fit on a line stay on one, scalars and comments stay as they are written, those behind a value in their
 * column, or two blanks away; at most one blank line is between others, the file ends in one line end. Formatting again changes nothing. RZ_INVALID, with
 * diagnostics, for what is no YAML; RZ_UNSUPPORTED, with a diagnostic, where the result would not read
 * back as the same: nothing is lost to a layout. */
enum rz_status rz_yaml_format(struct rz_buffer *out, const struct rz_source *source,
                              struct rz_diags *diags);

#endif
