/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of record types. A type without a row is known to libzscanner and libknot alone. */
#include "dns/rtype_table.h"

#include "dns/rtype.h"

#define FIELDS(table) table, sizeof table / sizeof *table
#define NAMED(key)                                                                                 \
    {                                                                                              \
        .name = key, .kind = RZ_RFIELD_NAME                                                        \
    }
#define UINT8(key)                                                                                 \
    {                                                                                              \
        .name = key, .kind = RZ_RFIELD_UINT, .maximum = 255                                        \
    }
#define UINT16(key)                                                                                \
    {                                                                                              \
        .name = key, .kind = RZ_RFIELD_UINT, .maximum = 65535                                      \
    }
#define UINT32(key)                                                                                \
    {                                                                                              \
        .name = key, .kind = RZ_RFIELD_UINT, .maximum = UINT32_MAX                                 \
    }
#define WORD(key)                                                                                  \
    {                                                                                              \
        .name = key, .kind = RZ_RFIELD_WORD                                                        \
    }
#define STRING(key)                                                                                \
    {                                                                                              \
        .name = key, .kind = RZ_RFIELD_STRING                                                      \
    }

static const struct rz_rfield a_fields[] = {
    {.name = "address", .aliases = {"value"}, .kind = RZ_RFIELD_IPV4}};
static const struct rz_rfield aaaa_fields[] = {
    {.name = "address", .aliases = {"value"}, .kind = RZ_RFIELD_IPV6}};
static const struct rz_rfield target_fields[] = {
    {.name = "target", .aliases = {"value"}, .kind = RZ_RFIELD_NAME}};
static const struct rz_rfield soa_fields[] = {NAMED("mname"),    NAMED("rname"),  UINT32("serial"),
                                              UINT32("refresh"), UINT32("retry"), UINT32("expire"),
                                              UINT32("minimum")};
static const struct rz_rfield hinfo_fields[] = {STRING("cpu"), STRING("os")};
static const struct rz_rfield mx_fields[] = {
    {.name = "preference", .aliases = {"priority"}, .kind = RZ_RFIELD_UINT, .maximum = 65535},
    {.name = "exchange", .aliases = {"value"}, .kind = RZ_RFIELD_NAME}};
static const struct rz_rfield rp_fields[] = {NAMED("mbox"), NAMED("txt")};
static const struct rz_rfield afsdb_fields[] = {UINT16("subtype"), NAMED("hostname")};
static const struct rz_rfield srv_fields[] = {UINT16("priority"), UINT16("weight"), UINT16("port"),
                                              NAMED("target")};
static const struct rz_rfield naptr_fields[] = {
    UINT16("order"),  UINT16("preference"),
    STRING("flags"),  {.name = "service", .aliases = {"services"}, .kind = RZ_RFIELD_STRING},
    STRING("regexp"), NAMED("replacement")};
static const struct rz_rfield kx_fields[] = {UINT16("preference"), NAMED("exchanger")};
static const struct rz_rfield cert_fields[] = {WORD("type"), UINT16("key_tag"), WORD("algorithm"),
                                               WORD("certificate")};
static const struct rz_rfield ds_fields[] = {UINT16("key_tag"), UINT8("algorithm"),
                                             UINT8("digest_type"), WORD("digest")};
static const struct rz_rfield sshfp_fields[] = {
    UINT8("algorithm"),
    {.name = "fingerprint_type", .aliases = {"type"}, .kind = RZ_RFIELD_UINT, .maximum = 255},
    WORD("fingerprint")};
static const struct rz_rfield dnskey_fields[] = {UINT16("flags"), UINT8("protocol"),
                                                 UINT8("algorithm"), WORD("public_key")};
static const struct rz_rfield tlsa_fields[] = {
    {.name = "certificate_usage", .aliases = {"usage"}, .kind = RZ_RFIELD_UINT, .maximum = 255},
    UINT8("selector"),
    UINT8("matching_type"),
    {.name = "certificate_association_data",
     .aliases = {"data", "certificate"},
     .kind = RZ_RFIELD_WORD}};
static const struct rz_rfield svcb_fields[] = {
    {.name = "priority", .aliases = {"svcpriority"}, .kind = RZ_RFIELD_UINT, .maximum = 65535},
    {.name = "target", .aliases = {"targetname"}, .kind = RZ_RFIELD_NAME},
    {.name = "params", .aliases = {"svcparams"}, .kind = RZ_RFIELD_REST, .fallback = ""}};
static const struct rz_rfield uri_fields[] = {UINT16("priority"), UINT16("weight"),
                                              STRING("target")};
static const struct rz_rfield caa_fields[] = {
    {.name = "flags", .kind = RZ_RFIELD_UINT, .maximum = 255, .fallback = "0"},
    WORD("tag"),
    STRING("value")};

static const struct rz_rfield forward_fields[] = {
    UINT16("priority"),
    WORD("address"),
    {.name = "port", .kind = RZ_RFIELD_UINT, .maximum = 65535, .fallback = "53"},
    {.name = "tls_name", .aliases = {"tls"}, .kind = RZ_RFIELD_NAME, .fallback = "."}};

const struct rz_rtype rz_rtype_table[] = {
    {RZ_TYPE_A, "A", 0, FIELDS(a_fields)},
    {RZ_TYPE_NS, "NS", RZ_RTYPE_TARGET, FIELDS(target_fields)},
    {RZ_TYPE_CNAME, "CNAME", RZ_RTYPE_SINGLE | RZ_RTYPE_ALONE | RZ_RTYPE_TARGET,
     FIELDS(target_fields)},
    {RZ_TYPE_SOA, "SOA", RZ_RTYPE_SINGLE, FIELDS(soa_fields)},
    {RZ_TYPE_PTR, "PTR", 0, FIELDS(target_fields)},
    {13, "HINFO", 0, FIELDS(hinfo_fields)},
    {RZ_TYPE_MX, "MX", RZ_RTYPE_TARGET, FIELDS(mx_fields)},
    {RZ_TYPE_TXT, "TXT", RZ_RTYPE_TEXT, NULL, 0},
    {17, "RP", 0, FIELDS(rp_fields)},
    {18, "AFSDB", RZ_RTYPE_TARGET, FIELDS(afsdb_fields)},
    {RZ_TYPE_AAAA, "AAAA", 0, FIELDS(aaaa_fields)},
    {RZ_TYPE_LOC, "LOC", 0, NULL, 0},
    {RZ_TYPE_SRV, "SRV", RZ_RTYPE_TARGET, FIELDS(srv_fields)},
    {RZ_TYPE_NAPTR, "NAPTR", 0, FIELDS(naptr_fields)},
    {36, "KX", RZ_RTYPE_TARGET, FIELDS(kx_fields)},
    {37, "CERT", 0, FIELDS(cert_fields)},
    {RZ_TYPE_DNAME, "DNAME", RZ_RTYPE_SINGLE, FIELDS(target_fields)},
    {41, "OPT", RZ_RTYPE_META, NULL, 0},
    {RZ_TYPE_DS, "DS", 0, FIELDS(ds_fields)},
    {RZ_TYPE_SSHFP, "SSHFP", 0, FIELDS(sshfp_fields)},
    {RZ_TYPE_RRSIG, "RRSIG", RZ_RTYPE_SIGNER, NULL, 0},
    {RZ_TYPE_NSEC, "NSEC", RZ_RTYPE_SIGNER, NULL, 0},
    {RZ_TYPE_DNSKEY, "DNSKEY", RZ_RTYPE_SIGNER, FIELDS(dnskey_fields)},
    {RZ_TYPE_NSEC3, "NSEC3", RZ_RTYPE_SIGNER, NULL, 0},
    {RZ_TYPE_NSEC3PARAM, "NSEC3PARAM", RZ_RTYPE_SIGNER, NULL, 0},
    {RZ_TYPE_TLSA, "TLSA", 0, FIELDS(tlsa_fields)},
    {53, "SMIMEA", 0, FIELDS(tlsa_fields)},
    {RZ_TYPE_CDS, "CDS", RZ_RTYPE_SIGNER, FIELDS(ds_fields)},
    {RZ_TYPE_CDNSKEY, "CDNSKEY", RZ_RTYPE_SIGNER, FIELDS(dnskey_fields)},
    {RZ_TYPE_ZONEMD, "ZONEMD", RZ_RTYPE_SIGNER, NULL, 0},
    {RZ_TYPE_SVCB, "SVCB", 0, FIELDS(svcb_fields)},
    {RZ_TYPE_HTTPS, "HTTPS", 0, FIELDS(svcb_fields)},
    {RZ_TYPE_SPF, "SPF", RZ_RTYPE_TEXT, NULL, 0},
    {249, "TKEY", RZ_RTYPE_META, NULL, 0},
    {250, "TSIG", RZ_RTYPE_META, NULL, 0},
    {251, "IXFR", RZ_RTYPE_META, NULL, 0},
    {252, "AXFR", RZ_RTYPE_META, NULL, 0},
    {255, "ANY", RZ_RTYPE_META, NULL, 0},
    {256, "URI", 0, FIELDS(uri_fields)},
    {RZ_TYPE_CAA, "CAA", 0, FIELDS(caa_fields)},
    {RZ_TYPE_ALIAS, "ALIAS", RZ_RTYPE_SINGLE | RZ_RTYPE_PROVIDER | RZ_RTYPE_TARGET,
     FIELDS(target_fields)},
    {RZ_TYPE_LUA, "LUA", RZ_RTYPE_PROVIDER, NULL, 0},
    {RZ_TYPE_FORWARD, "FORWARD", RZ_RTYPE_PROVIDER | RZ_RTYPE_RESOLVER, FIELDS(forward_fields)},
    {RZ_TYPE_DNSSEC, "DNSSEC", RZ_RTYPE_PROVIDER | RZ_RTYPE_SIGNING | RZ_RTYPE_SINGLE, NULL, 0},
    {RZ_TYPE_DNSSECKEY, "DNSSECKEY", RZ_RTYPE_PROVIDER | RZ_RTYPE_SIGNING, NULL, 0},
};
const size_t rz_rtype_table_count = sizeof rz_rtype_table / sizeof *rz_rtype_table;
