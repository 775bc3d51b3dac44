/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of keys that strangers made, and what a signed zone says of its keys and signatures. An input is the text
 * of a private key, perhaps behind a first line `DNSKEY RDATA`, the public half beside it; or a NUL and wire
 * RDATA; or `KEY ` and a DNSSECKEY record. A key that is taken must be taken again from what was made of it, and
 * be the same. */
#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"
#include "dns/rtype.h"
#include "dnssec/denial.h"
#include "key_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void import(struct rz_key_text_source *source)
{
    uint8_t room[RZ_SIGNING_KEY_WIRE_MAX], again_room[RZ_SIGNING_KEY_WIRE_MAX],
        wire[RZ_SIGNING_KEY_WIRE_MAX];
    struct rz_signing_key facts, again;
    struct rz_buffer bind = {.limit = RZ_KEY_TEXT_MAX}, second = {.limit = RZ_KEY_TEXT_MAX};
    if (rz_key_text_import(&bind, &facts, room, source) == NULL) {
        if (facts.public_key != room || !rz_signing_algorithm_is_good(facts.algorithm)
            || facts.role != source->role)
            abort();
        struct rz_rdata dnskey = {wire, (uint16_t)rz_signing_key_dnskey(&facts, wire)};
        struct rz_key_text_source made = {
            .text = rz_buffer_view(&bind), .dnskey = &dnskey, .role = facts.role, .rsa = 8};
        if (rz_key_text_import(&second, &again, again_room, &made) != NULL
            || !rz_signing_key_is(&facts, &again) || second.size != bind.size
            || memcmp(second.data, bind.data, bind.size) != 0)
            abort();
    }
    rz_key_text_wipe(&bind);
    rz_key_text_wipe(&second);
}

static void try_file(struct rz_rdata_reader *reader, struct rz_str text)
{
    static const char head[] = "DNSKEY ";
    struct rz_key_text_source source = {.text = text, .role = RZ_KEY_KSK, .rsa = 8};
    struct rz_rdata dnskey;
    const char *why, *end = memchr(text.data, '\n', text.size);
    uint8_t *copy = NULL;
    if (end && text.size > sizeof head && memcmp(text.data, head, sizeof head - 1) == 0) {
        struct rz_str line = {text.data + sizeof head - 1,
                              (size_t)(end - text.data) - (sizeof head - 1)};
        if (rz_rdata_read(reader, RZ_TYPE_DNSKEY, line, NULL, &dnskey, &why) != RZ_OK)
            return;
        copy = malloc(dnskey.size ? dnskey.size : 1);
        memcpy(copy, dnskey.wire, dnskey.size);
        dnskey.wire = copy;
        source.dnskey = &dnskey;
        source.text = (struct rz_str){end + 1, text.size - (size_t)(end + 1 - text.data)};
    }
    import(&source);
    free(copy);
}

static void try_wire(const uint8_t *data, size_t size)
{
    struct rz_signing_key key;
    struct rz_signing signing;
    struct rz_rrsig rrsig;
    struct rz_nsec3 nsec3;
    struct rz_buffer text = {0};
    uint8_t *wire = malloc(size ? size : 1); /* of its exact size, so that ASan sees overruns */
    if (size)
        memcpy(wire, data, size);
    if (rz_signing_key_from_wire(&key, wire, size))
        rz_signing_key_print(&text, &key);
    if (rz_signing_key_of_dnskey(&key, wire, size) && rz_signing_key_tag(&key) == 0
        && !key.public_size)
        abort();
    if (rz_signing_from_wire(&signing, wire, size))
        rz_signing_print(&text, &signing);
    if (rz_rrsig_read(&rrsig, wire, size) && rrsig.head > size)
        abort();
    rz_nsec3_read(&nsec3, wire, size);
    rz_buffer_free(&text);
    free(wire);
}

static void try_record(struct rz_str record)
{
    uint8_t room[RZ_SIGNING_KEY_WIRE_MAX], again_room[RZ_SIGNING_KEY_WIRE_MAX];
    struct rz_signing_key key, again;
    struct rz_buffer text = {0};
    const char *why = NULL;
    if (rz_signing_key_parse(&key, room, record, &why) != RZ_OK)
        return;
    rz_signing_key_print(&text, &key);
    if (rz_signing_key_parse(&again, again_room, rz_buffer_view(&text), &why) != RZ_OK
        || key.public_size != again.public_size || !rz_signing_key_fits(&key, &again))
        abort();
    rz_buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rz_rdata_reader *reader;
    struct rz_str text = {(const char *)data, size};
    if (!reader)
        reader = rz_rdata_reader_new();
    if (size && data[0] == 0)
        try_wire(data + 1, size - 1);
    else if (rz_str_starts_with(text, "KEY "))
        try_record((struct rz_str){text.data + 4, text.size - 4});
    else if (size)
        try_file(reader, text);
    return 0;
}
