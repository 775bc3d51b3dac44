/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RDATA of strangers. An input is `TYPE value` in presentation form, or a NUL, two octets of type and
 * wire RDATA. Whatever is accepted must print to one line that reads back to the same octets. */
#include <stdio.h>
#include <stdlib.h>

#include "dns/rdata.h"
#include "dns/rtype.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t origin[] = "\7example\3com";

static void fail(const char *what, uint16_t type, const char *text, const char *why)
{
    fprintf(stderr, "%s: TYPE%u %s: %s\n", what, type, text, why);
    abort();
}

static void visit_name(void *user, const uint8_t *name)
{
    char text[RZ_NAME_TEXT_MAX];
    (void)user;
    rz_name_text(text, name);
}

/* Prints canonical octets and reads them again. */
static void round_trip(struct rz_rdata_reader *reader, uint16_t type, const uint8_t *wire,
                       uint16_t size)
{
    struct rz_buffer text = {0};
    struct rz_rdata again;
    const char *why = "";
    rz_rdata_names(type, wire, size, visit_name, NULL);
    rz_rdata_print(&text, type, wire, size);
    if (memchr(text.data, '\n', text.size))
        fail("more than one line", type, text.data, "");
    if (rz_rdata_read(reader, type, rz_buffer_view(&text), NULL, &again, &why) != RZ_OK)
        fail("does not read back", type, text.data, why);
    if (again.size != size || memcmp(again.wire, wire, size) != 0)
        fail("reads back to other octets", type, text.data, "");
    rz_buffer_free(&text);
}

static void try_wire(struct rz_rdata_reader *reader, const uint8_t *data, size_t size)
{
    if (size < 2 || size - 2 > RZ_RDATA_MAX)
        return;
    uint16_t type = (uint16_t)(data[0] << 8 | data[1]), length = (uint16_t)(size - 2);
    uint8_t *wire = malloc(length ? length : 1); /* of its exact size, so that ASan sees overruns */
    if (length)
        memcpy(wire, data + 2, length);
    if (!(rz_rtype_flags(type) & RZ_RTYPE_META)) {
        struct rz_buffer text = {0};
        rz_rdata_print(&text, type, wire, length); /* any octets may come from a journal */
        rz_buffer_free(&text);
        if (rz_rdata_canonical(type, wire, length) == RZ_OK)
            round_trip(reader, type, wire, length);
    }
    free(wire);
}

static void try_text(struct rz_rdata_reader *reader, struct rz_str input)
{
    const char *blank = memchr(input.data, ' ', input.size);
    struct rz_rdata rdata;
    const char *why = NULL;
    uint16_t type;
    if (!blank
        || !rz_rtype_parse(&type, (struct rz_str){input.data, (size_t)(blank - input.data)}, false)
        || rz_rtype_flags(type) & RZ_RTYPE_META)
        return;
    struct rz_str text = {blank + 1, input.size - (size_t)(blank + 1 - input.data)};
    if (rz_rdata_read(reader, type, text, origin, &rdata, &why) != RZ_OK) {
        if (!why || !*why)
            abort();
        return;
    }
    uint8_t *wire = malloc(rdata.size ? rdata.size : 1);
    uint16_t size = rdata.size;
    memcpy(wire, rdata.wire, size);
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, wire, size);
    if (rz_rdata_canonical(type, copy, size) != RZ_OK || memcmp(copy, wire, size) != 0)
        fail("what was read is not canonical", type, "", "");
    round_trip(reader, type, wire, size);
    free(copy);
    free(wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rz_rdata_reader *reader;
    if (!reader)
        reader = rz_rdata_reader_new();
    if (size && data[0] == 0)
        try_wire(reader, data + 1, size - 1);
    else if (size)
        try_text(reader, (struct rz_str){(const char *)data, size});
    return 0;
}
