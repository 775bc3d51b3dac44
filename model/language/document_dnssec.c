/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `dnssec:` of zone documents and templates: how the zone shall be signed becomes DNSSEC and DNSSECKEY
 * records at the apex (dns/signing.h), and from there on is planned and applied like any other. */
#include "dns/signing.h"
#include "language/document_internal.h"
#include "language/zone_fields.h"

#define RSA_BITS 2048
#define KEYS_WRITTEN 32 /* of a live zone */

struct key_fields {
    uint64_t bits;
};
struct nsec3_fields {
    uint64_t iterations;
    const char *salt;
    bool opt_out;
};
struct ds_fields {
    int parent, digest;
};
struct dnssec_fields {
    bool sign;
    int algorithm;
    struct key_fields ksk, zsk, csk;
    struct nsec3_fields nsec3;
    struct ds_fields ds;
};

/* Those that may be chosen; SHA-1 is not among them (RFC 8624 §3.1). */
static const char *const algorithms[] = {"ecdsap256sha256", "ecdsap384sha384", "ed25519", "ed448",
                                         "rsasha256",       "rsasha512",       NULL};
static const char *const parents[] = {"auto", "cds", "manual", NULL};
static const char *const digests[] = {"sha256", "sha384", NULL};

const struct rz_field rz_dnssec_key_fields[] = {
    {.key = "bits",
     .kind = RZ_FIELD_UINT,
     .minimum = 1024,
     .maximum = 4096,
     .offset = offsetof(struct key_fields, bits),
     .summary = "of an RSA key, 2048 where left out; other algorithms have one size"},
    {0},
};
const struct rz_field rz_dnssec_nsec3_fields[] = {
    {.key = "iterations",
     .kind = RZ_FIELD_UINT,
     .maximum = 500,
     .fallback = "0",
     .offset = offsetof(struct nsec3_fields, iterations),
     .summary = "more hashing; anything but 0 warns (RFC 9276)"},
    {.key = "salt",
     .kind = RZ_FIELD_STRING,
     .fallback = "-",
     .offset = offsetof(struct nsec3_fields, salt),
     .summary = "hexadecimal; `-` is none, as RFC 9276 wants it"},
    {.key = "opt_out",
     .kind = RZ_FIELD_BOOL,
     .fallback = "false",
     .offset = offsetof(struct nsec3_fields, opt_out),
     .summary = "delegations without DS are not covered: for zones of very many"},
    {0},
};
const struct rz_field rz_dnssec_ds_fields[] = {
    {.key = "parent",
     .kind = RZ_FIELD_ENUM,
     .choices = parents,
     .fallback = "auto",
     .offset = offsetof(struct ds_fields, parent),
     .summary =
         "how the parent gets the DS: auto and cds publish CDS and CDNSKEY; manual does not"},
    {.key = "digest",
     .kind = RZ_FIELD_ENUM,
     .choices = digests,
     .fallback = "sha256",
     .offset = offsetof(struct ds_fields, digest),
     .summary = "of the DS"},
    {0},
};

#define KEY(name, words)                                                                           \
    {                                                                                              \
        .key = #name, .kind = RZ_FIELD_MAP, .fields = rz_dnssec_key_fields,                        \
        .offset = offsetof(struct dnssec_fields, name), .summary = words                           \
    }

const struct rz_field rz_dnssec_fields[] = {
    {.key = "sign",
     .kind = RZ_FIELD_BOOL,
     .fallback = "true",
     .offset = offsetof(struct dnssec_fields, sign),
     .summary = "false: the zone shall not be signed"},
    {.key = "algorithm",
     .kind = RZ_FIELD_ENUM,
     .choices = algorithms,
     .fallback = "ecdsap256sha256",
     .offset = offsetof(struct dnssec_fields, algorithm),
     .summary = "of the keys"},
    KEY(csk, "one key that signs everything, which is the default"),
    KEY(ksk, "with `zsk`: the key that signs the keys, whose DS the parent has"),
    KEY(zsk, "another key signs the records; without it there is one key for both"),
    {.key = "nsec3",
     .kind = RZ_FIELD_MAP,
     .fields = rz_dnssec_nsec3_fields,
     .offset = offsetof(struct dnssec_fields, nsec3),
     .summary = "proofs of absence by NSEC3; without it by NSEC"},
    {.key = "ds",
     .kind = RZ_FIELD_MAP,
     .fields = rz_dnssec_ds_fields,
     .offset = offsetof(struct dnssec_fields, ds),
     .summary = "the DS records at the parent"},
    {0},
};

/* What is being read. */
struct reading {
    struct rz_document *document;
    const struct rz_node *node; /* the map; a scalar for the short form */
    struct dnssec_fields fields;
};

static const struct rz_node *node_of(const struct reading *reading, const char *key)
{
    const struct rz_node *node = reading->node->kind == RZ_NODE_MAP
                                     ? rz_node_get(reading->node, key)
                                     : NULL;
    return node && node->kind != RZ_NODE_NULL ? node : NULL;
}

static void add(struct reading *reading, uint16_t type, const uint8_t *wire, size_t size,
                bool first)
{
    struct rz_document *document = reading->document;
    struct rz_record_origin origin = {.provenance = document->file,
                                      .line = reading->node->line,
                                      .column = reading->node->column,
                                      .flags = first ? RZ_RRSET_FIRST : 0};
    rz_zone_add(document->zone, document->zone->apex.wire, type, 0,
                (struct rz_rdata){wire, (uint16_t)size}, origin);
}

static void add_signing(struct reading *reading, const struct rz_signing *signing)
{
    uint8_t wire[RZ_SIGNING_WIRE_MAX];
    add(reading, RZ_TYPE_DNSSEC, wire, rz_signing_to_wire(signing, wire), true);
}

/* A key that the zone shall have; which one it is is seen when it has been generated. */
static void add_key(struct reading *reading, uint8_t role, const char *section, bool first)
{
    uint8_t wire[RZ_SIGNING_KEY_WIRE_MAX];
    const struct key_fields *fields = role == RZ_KEY_ZSK   ? &reading->fields.zsk
                                      : role == RZ_KEY_KSK ? &reading->fields.ksk
                                                           : &reading->fields.csk;
    uint8_t algorithm = rz_signing_algorithm_parse(
        rz_str_of(algorithms[reading->fields.algorithm]));
    uint16_t bits = rz_signing_key_bits(algorithm, NULL, 0);
    const struct rz_node *map = node_of(reading, section);
    if (bits && fields->bits) {
        struct rz_diag *diag = rz_document_error(
            reading->document, RZ6001, rz_node_get(map, "bits"),
            "keys of %s have %u bits, no others", algorithms[reading->fields.algorithm], bits);
        rz_diag_hint(reading->document->diags, diag, "leave `bits` out");
        return;
    }
    struct rz_signing_key key = {.role = role,
                                 .algorithm = algorithm,
                                 .state = RZ_KEY_ACTIVE,
                                 .bits = bits           ? bits
                                         : fields->bits ? (uint16_t)fields->bits
                                                        : RSA_BITS};
    add(reading, RZ_TYPE_DNSSECKEY, wire, rz_signing_key_to_wire(&key, wire), first);
}

static void load_keys(struct reading *reading)
{
    bool zsk = node_of(reading, "zsk") != NULL;
    const char *other = zsk ? "csk" : "ksk";
    const struct rz_node *wrong = node_of(reading, other);
    if (wrong) {
        struct rz_diag *diag = rz_document_error(
            reading->document, RZ6001, wrong,
            zsk ? "a zone has either one key for all, `csk`, or `ksk` and `zsk`"
                : "`ksk` stands without `zsk`");
        rz_diag_hint(reading->document->diags, diag,
                     zsk ? "leave one of them out"
                         : "write `zsk: {}` beside it for two keys, or `csk` for one");
        return;
    }
    add_key(reading, zsk ? RZ_KEY_KSK : RZ_KEY_CSK, zsk ? "ksk" : "csk", true);
    if (zsk)
        add_key(reading, RZ_KEY_ZSK, "zsk", false);
}

static void warn_of_hashing(struct reading *reading, const struct rz_node *nsec3,
                            const struct rz_signing *signing)
{
    struct rz_document *document = reading->document;
    if (signing->iterations == 0 && signing->salt_size == 0)
        return;
    const char *key = signing->iterations ? "iterations" : "salt";
    struct rz_diag *diag = rz_diags_add(
        document->diags, RZ6002, rz_node_place(document->source, rz_node_get(nsec3, key)),
        signing->iterations ? "NSEC3 with more iterations than 0: validators may take the zone for "
                              "unsigned or bogus (RFC 9276 §3.2)"
                            : "an NSEC3 salt protects nothing (RFC 9276 §3.1)");
    rz_diag_hint(document->diags, diag, "leave `%s` out", key);
}

static void load_nsec3(struct reading *reading, struct rz_signing *signing)
{
    const struct rz_node *map = node_of(reading, "nsec3");
    const char *why;
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    signing->mode = map ? RZ_SIGNING_NSEC3 : RZ_SIGNING_NSEC;
    if (!map)
        return;
    const struct nsec3_fields *fields = &reading->fields.nsec3;
    struct rz_signing parsed;
    rz_buffer_printf(&text, "nsec3 %u %s", (unsigned)fields->iterations,
                     *fields->salt ? fields->salt : "-");
    if (strchr(fields->salt, ' ')
        || rz_signing_parse(&parsed, rz_buffer_view(&text), &why) != RZ_OK) {
        struct rz_diag *diag = rz_document_error(reading->document, RZ6001,
                                                 rz_node_get(map, "salt"),
                                                 "a salt is hexadecimal, at most 255 octets");
        rz_diag_hint(reading->document->diags, diag, "leave it out: RFC 9276 wants none");
        return;
    }
    *signing = parsed;
    signing->opt_out = fields->opt_out;
    warn_of_hashing(reading, map, signing);
}

static bool load_fields(struct reading *reading)
{
    struct rz_document *document = reading->document;
    const struct rz_node *node = reading->node;
    struct rz_field_reader reader = {document->source, &document->nodes, document->diags};
    if (node->kind == RZ_NODE_MAP) {
        if (rz_fields_load(&reader, node, rz_dnssec_fields, &reading->fields) == RZ_OK)
            return true;
        document->failed = true;
        return false;
    }
    rz_fields_load(&reader, NULL, rz_dnssec_fields, &reading->fields);
    bool on = node->kind == RZ_NODE_SCALAR && rz_str_is(rz_node_str(node), "true");
    if (!on && !(node->kind == RZ_NODE_SCALAR && rz_str_is(rz_node_str(node), "false"))) {
        struct rz_diag *diag = rz_document_error(document, RZ1005, node,
                                                 "`dnssec` is a map, true or false");
        rz_diag_hint(document->diags, diag, "such as `dnssec: {algorithm: ecdsap256sha256}`");
        return false;
    }
    reading->fields.sign = on;
    return true;
}

void rz_document_load_dnssec(struct rz_document *document, const struct rz_node *node)
{
    document->scope.failed = false;
    struct reading reading = {.document = document,
                              .node = node ? rz_scope_expand(&document->scope, node) : NULL};
    struct rz_signing signing = {.mode = RZ_SIGNING_UNSIGNED};
    document->failed |= document->scope.failed;
    if (!reading.node || document->scope.failed || reading.node->kind == RZ_NODE_NULL
        || !load_fields(&reading))
        return;
    if (reading.fields.sign) {
        static const uint8_t digest_types[] = {2, 4};
        load_nsec3(&reading, &signing);
        if (reading.fields.ds.parent != 2)
            signing.cds = digest_types[reading.fields.ds.digest];
        load_keys(&reading);
    }
    add_signing(&reading, &signing);
}

/* ---- writing */

/* The keys that sign, as the map has them: one algorithm, one or two roles. */
struct written {
    const struct rz_signing_key *first;
    uint16_t bits[4]; /* by role; 0: no such key */
};

static bool take_keys(struct written *written, struct rz_signing_key *keys,
                      const struct rz_rrset *rrset)
{
    size_t count = 0;
    for (struct rz_rdata_cursor c = rz_rrset_rdata(rrset); rz_rdata_next(&c);) {
        struct rz_signing_key *key = &keys[count];
        if (count == KEYS_WRITTEN || !rz_signing_key_from_wire(key, c.wire, c.size))
            return false;
        if (key->state != RZ_KEY_ACTIVE)
            continue;
        uint16_t *bits = &written->bits[key->role];
        if (!rz_signing_algorithm_is_good(key->algorithm) || key->algorithm != keys->algorithm
            || (*bits && *bits != key->bits))
            return false;
        *bits = key->bits;
        count++;
    }
    written->first = keys;
    bool csk = written->bits[RZ_KEY_CSK], ksk = written->bits[RZ_KEY_KSK],
         zsk = written->bits[RZ_KEY_ZSK];
    return csk ? !ksk && !zsk : ksk && zsk;
}

static void write_key(struct rz_buffer *out, const struct written *written, uint8_t role)
{
    uint16_t bits = written->bits[role];
    bool fixed = rz_signing_key_bits(written->first->algorithm, NULL, 0) != 0;
    bool plain = fixed || bits == RSA_BITS;
    if (!bits || (plain && role != RZ_KEY_ZSK))
        return;
    rz_buffer_printf(out, "  %s: {", rz_key_role_text(role));
    if (!plain)
        rz_buffer_printf(out, "bits: %u", bits);
    rz_buffer_text(out, "}\n");
}

static void write_nsec3(struct rz_buffer *out, const struct rz_signing *signing)
{
    const char *comma = "";
    if (signing->mode != RZ_SIGNING_NSEC3)
        return;
    rz_buffer_text(out, "  nsec3: {");
    if (signing->iterations) {
        rz_buffer_printf(out, "iterations: %u", signing->iterations);
        comma = ", ";
    }
    if (signing->salt_size) {
        rz_buffer_printf(out, "%ssalt: \"", comma);
        for (size_t i = 0; i < signing->salt_size; i++)
            rz_buffer_printf(out, "%02x", signing->salt[i]);
        rz_buffer_char(out, '"');
        comma = ", ";
    }
    if (signing->opt_out)
        rz_buffer_printf(out, "%sopt_out: true", comma);
    rz_buffer_text(out, "}\n");
}

void rz_zone_document_write_dnssec(struct rz_buffer *out, const struct rz_zone *zone)
{
    char algorithm[RZ_SIGNING_ALGORITHM_MAX];
    const struct rz_rrset *rrset = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_DNSSEC);
    const struct rz_rrset *keys = rz_zone_find(zone, zone->apex.wire, RZ_TYPE_DNSSECKEY);
    struct rz_signing_key room[KEYS_WRITTEN + 1] = {0};
    struct written written = {0};
    struct rz_signing signing;
    struct rz_rdata_cursor c = {0};
    if (rrset)
        c = rz_rrset_rdata(rrset);
    if (!rrset || !rz_rdata_next(&c) || !rz_signing_from_wire(&signing, c.wire, c.size)
        || signing.narrow)
        return;
    if (signing.mode == RZ_SIGNING_UNSIGNED)
        rz_buffer_text(out, "dnssec: false\n");
    if (!keys || !take_keys(&written, room, keys))
        return;
    rz_buffer_printf(out, "dnssec:\n  algorithm: %s\n",
                     rz_signing_algorithm_text(algorithm, written.first->algorithm));
    for (uint8_t role = RZ_KEY_KSK; role <= RZ_KEY_CSK; role++)
        write_key(out, &written, role);
    write_nsec3(out, &signing);
    if (signing.cds != 2)
        rz_buffer_text(out, signing.cds ? "  ds: {digest: sha384}\n" : "  ds: {parent: manual}\n");
}
