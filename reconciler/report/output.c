/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing reports in pieces. */
#include "report/output.h"

#include <errno.h>
#include <unistd.h>

#define PULSE_OCTETS ((size_t)256 << 10)

bool rz_output_flush(struct rz_output *output)
{
    struct rz_buffer *text = &output->text;
    if (output->fd < 0)
        return true;
    for (size_t at = 0; at < text->size && output->error == 0;) {
        ssize_t written = write(output->fd, text->data + at, text->size - at);
        if (written >= 0)
            at += (size_t)written;
        else if (errno != EINTR)
            output->error = errno;
    }
    rz_buffer_reset(text);
    return output->error == 0;
}

void rz_output_pulse(struct rz_output *output)
{
    if (output->text.size >= PULSE_OCTETS)
        rz_output_flush(output);
}

void rz_output_tint(struct rz_output *output, enum rz_tint tint)
{
    static const char *const sequences[] = {"\033[0m",  "\033[31m", "\033[32m", "\033[33m",
                                            "\033[36m", "\033[2m",  "\033[1m"};
    if (output->color)
        rz_buffer_text(&output->text, sequences[tint]);
}

void rz_output_tinted(struct rz_output *output, enum rz_tint tint, const char *text)
{
    rz_output_tint(output, tint);
    rz_buffer_visible(&output->text, rz_str_of(text));
    rz_output_tint(output, RZ_TINT_NONE);
}
