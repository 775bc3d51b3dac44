/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a report goes: a buffer that empties itself into a descriptor, so that a plan of a million
 * lines is never in memory as text. */
#ifndef RZ_REPORT_OUTPUT_H
#define RZ_REPORT_OUTPUT_H

#include "support/buffer.h"

struct rz_output {
    struct rz_buffer text; /* append here */
    int fd;                /* -1: keep everything in `text` */
    int error;             /* errno of the first failed write */
    bool color;
    bool verbose; /* long values in full, places of all changes */
};

/* Writes what is there once it is large; call between lines. */
void rz_output_pulse(struct rz_output *output);
/* Writes the rest. False where a write failed; output->error says why. */
bool rz_output_flush(struct rz_output *output);

enum rz_tint {
    RZ_TINT_NONE,
    RZ_TINT_RED,
    RZ_TINT_GREEN,
    RZ_TINT_YELLOW,
    RZ_TINT_BLUE,
    RZ_TINT_DIM,
    RZ_TINT_BOLD
};
/* Escape sequences where colour is on. */
void rz_output_tint(struct rz_output *output, enum rz_tint tint);
/* Text in a tint, made harmless for terminals. */
void rz_output_tinted(struct rz_output *output, enum rz_tint tint, const char *text);

#endif
