/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNSSEC records, which say how a zone is signed, between text and wire form. */
#include "dns/signing.h"

#include <string.h>

#define WORDS_MAX 8

static const char *const mode_words[] = {[RZ_SIGNING_UNSIGNED] = "unsigned",
                                         [RZ_SIGNING_NSEC] = "nsec",
                                         [RZ_SIGNING_NSEC3] = "nsec3",
                                         [RZ_SIGNING_PRESIGNED] = "presigned"};
enum flag { FLAG_OPT_OUT = 1, FLAG_NARROW = 2 };

static bool read_salt(struct rz_signing *signing, struct rz_str text)
{
    if (rz_str_is(text, "-"))
        return true;
    if (text.size == 0 || text.size % 2 || text.size / 2 > RZ_NSEC3_SALT_MAX)
        return false;
    for (size_t i = 0; i < text.size; i += 2) {
        int high = rz_hex_digit(text.data[i]), low = rz_hex_digit(text.data[i + 1]);
        if (high < 0 || low < 0)
            return false;
        signing->salt[signing->salt_size++] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* The words behind the mode and what belongs to it. */
static bool read_rest(struct rz_signing *signing, const struct rz_str *words, size_t count)
{
    bool three = signing->mode == RZ_SIGNING_NSEC3;
    for (size_t i = 0; i < count; i++) {
        if (three && rz_str_is(words[i], "opt-out")) {
            signing->opt_out = true;
        } else if (three && rz_str_is(words[i], "narrow")) {
            signing->narrow = true;
        } else if (rz_str_is(words[i], "cds") && i + 2 == count) {
            signing->cds = rz_str_is(words[i + 1], "sha256")   ? 2
                           : rz_str_is(words[i + 1], "sha384") ? 4
                                                               : 0;
            return signing->cds != 0;
        } else {
            return false;
        }
    }
    return true;
}

enum rz_status rz_signing_parse(struct rz_signing *signing, struct rz_str text, const char **why)
{
    struct rz_str words[WORDS_MAX];
    size_t count = rz_str_words(text, words, WORDS_MAX), at = 1;
    *signing = (struct rz_signing){0};
    *why = "it must be `unsigned`, `nsec`, `nsec3 ITERATIONS SALT` or `presigned`";
    if (count == 0 || count > WORDS_MAX)
        return RZ_INVALID;
    size_t mode = 0;
    while (mode < sizeof mode_words / sizeof *mode_words && !rz_str_is(words[0], mode_words[mode]))
        mode++;
    if (mode == sizeof mode_words / sizeof *mode_words)
        return RZ_INVALID;
    signing->mode = (enum rz_signing_mode)mode;
    if (signing->mode == RZ_SIGNING_NSEC3) {
        if (count < 3 || !rz_str_uint16(words[1], &signing->iterations)
            || !read_salt(signing, words[2]))
            return RZ_INVALID;
        at = 3;
    }
    bool plain = signing->mode == RZ_SIGNING_UNSIGNED || signing->mode == RZ_SIGNING_PRESIGNED;
    *why = "behind it only `opt-out`, `narrow` and `cds sha256` may stand";
    return (plain ? count == 1 : read_rest(signing, words + at, count - at)) ? RZ_OK : RZ_INVALID;
}

size_t rz_signing_to_wire(const struct rz_signing *signing, uint8_t wire[RZ_SIGNING_WIRE_MAX])
{
    wire[0] = (uint8_t)signing->mode;
    wire[1] = (uint8_t)((signing->opt_out ? FLAG_OPT_OUT : 0)
                        | (signing->narrow ? FLAG_NARROW : 0));
    wire[2] = signing->cds;
    wire[3] = (uint8_t)(signing->iterations >> 8);
    wire[4] = (uint8_t)signing->iterations;
    wire[5] = signing->salt_size;
    memcpy(wire + 6, signing->salt, signing->salt_size);
    return 6u + signing->salt_size;
}

bool rz_signing_from_wire(struct rz_signing *signing, const uint8_t *wire, size_t size)
{
    *signing = (struct rz_signing){0};
    if (size < 6 || wire[0] > RZ_SIGNING_PRESIGNED || size != 6u + wire[5]
        || (wire[2] != 0 && wire[2] != 2 && wire[2] != 4) || wire[1] > 3)
        return false;
    signing->mode = (enum rz_signing_mode)wire[0];
    signing->opt_out = wire[1] & FLAG_OPT_OUT;
    signing->narrow = wire[1] & FLAG_NARROW;
    signing->cds = wire[2];
    signing->iterations = (uint16_t)(wire[3] << 8 | wire[4]);
    signing->salt_size = wire[5];
    memcpy(signing->salt, wire + 6, wire[5]);
    bool three = signing->mode == RZ_SIGNING_NSEC3;
    bool plain = signing->mode == RZ_SIGNING_UNSIGNED || signing->mode == RZ_SIGNING_PRESIGNED;
    return (three || (wire[1] == 0 && wire[3] == 0 && wire[4] == 0 && wire[5] == 0))
           && (!plain || wire[2] == 0);
}

void rz_signing_print(struct rz_buffer *out, const struct rz_signing *signing)
{
    rz_buffer_text(out, mode_words[signing->mode]);
    if (signing->mode == RZ_SIGNING_NSEC3) {
        rz_buffer_printf(out, " %u ", signing->iterations);
        for (size_t i = 0; i < signing->salt_size; i++)
            rz_buffer_printf(out, "%02x", signing->salt[i]);
        if (signing->salt_size == 0)
            rz_buffer_char(out, '-');
        if (signing->opt_out)
            rz_buffer_text(out, " opt-out");
        if (signing->narrow)
            rz_buffer_text(out, " narrow");
    }
    if (signing->cds)
        rz_buffer_text(out, signing->cds == 4 ? " cds sha384" : " cds sha256");
}
