/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a registration for a command; keys from their presentation form. */
#include "cli/domain.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "cli/pick_provider.h"
#include "dns/rdata.h"
#include "dns/rtype.h"
#include "support/json_write.h"

static bool has_domains(const struct rz_provider_ops *ops)
{
    return ops->domains != NULL;
}

enum rz_status rz_domain_command_reread(struct rz_domain_command *command)
{
    free(command->list.items);
    rz_arena_free(&command->list.arena);
    command->list = (struct rz_domain_list){0};
    const char *name = rz_arena_strdup(&command->list.arena, command->cli->arguments[0]);
    enum rz_status status = command->ops->get(command->provider, name, &command->list,
                                              &command->cli->diags);
    command->domain = status == RZ_OK ? &command->list.items[0] : NULL;
    return status;
}

enum rz_status rz_domain_command_open(struct rz_domain_command *command, struct rz_cli *cli,
                                      const char *name)
{
    *command = (struct rz_domain_command){.cli = cli};
    if (!rz_cli_open(cli, &command->project, NULL, NULL))
        return RZ_INVALID;
    enum rz_status status = rz_cli_pick_provider(cli, &command->project, has_domains,
                                                 "registers domains", &command->provider);
    if (status != RZ_OK)
        return status;
    command->ops = command->provider->ops->domains;
    return name ? rz_domain_command_reread(command) : RZ_OK;
}

void rz_domain_command_close(struct rz_domain_command *command)
{
    free(command->list.items);
    rz_arena_free(&command->list.arena);
    rz_project_free(&command->project);
}

void rz_domain_json(struct rz_buffer *json, const struct rz_domain *domain)
{
    if (domain->has_autorenew)
        rz_json_bool(json, "autorenew", domain->autorenew);
    rz_json_text(json, "created", *domain->created ? domain->created : NULL);
    if (domain->has_days)
        rz_json_int(json, "days_left", domain->days_left);
    rz_json_text(json, "expires", *domain->expires ? domain->expires : NULL);
    rz_json_text(json, "id", domain->id);
    rz_json_text(json, "name", domain->name);
    if (domain->nameservers.count) {
        rz_json_key(json, "nameservers");
        rz_buffer_char(json, '[');
        for (size_t i = 0; i < domain->nameservers.count; i++) {
            rz_json_comma(json);
            rz_json_string(json, rz_str_of(domain->nameservers.items[i]));
        }
        rz_buffer_char(json, ']');
    }
    rz_json_text(json, "price", *domain->price ? domain->price : NULL);
    rz_json_text(json, "status", domain->status);
}

/* RFC 4034 appendix B; algorithm 1 counts otherwise and is not used any more. */
static uint16_t tag_of(const uint8_t *wire, size_t size)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += i & 1 ? wire[i] : (uint32_t)wire[i] << 8;
    return (uint16_t)(sum + (sum >> 16));
}

static const char *from_dnskey(struct rz_domain_key *key, struct rz_arena *arena, const char *name,
                               struct rz_rdata rdata)
{
    struct rz_name owner;
    const char *why;
    uint8_t digest[32];
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    if (rz_name_parse(&owner, rz_str_of(name), NULL, &why) != RZ_OK)
        return why;
    if (rdata.size < 5 || rdata.wire[3] < 2)
        return "it is no key that a parent takes";
    rz_buffer_append(&text, owner.wire, owner.size);
    rz_buffer_append(&text, rdata.wire, rdata.size);
    if (EVP_Digest(text.data, text.size, digest, NULL, EVP_sha256(), NULL) != 1)
        return "its digest cannot be computed";
    rz_buffer_reset(&text);
    for (size_t i = 0; i < sizeof digest; i++)
        rz_buffer_printf(&text, "%02X", digest[i]);
    *key = (struct rz_domain_key){.tag = tag_of(rdata.wire, rdata.size),
                                  .algorithm = rdata.wire[3],
                                  .digest_type = 2,
                                  .digest = rz_arena_strdup(arena, text.data),
                                  .flags = (uint16_t)(rdata.wire[0] << 8 | rdata.wire[1]),
                                  .protocol = rdata.wire[2]};
    rz_buffer_reset(&text);
    rz_rdata_print(&text, RZ_TYPE_DNSKEY, rdata.wire, rdata.size);
    const char *last = strrchr(text.data, ' ');
    key->public_key = rz_arena_strdup(arena, last ? last + 1 : "");
    return key->flags & 1 ? NULL : "it is no key-signing key: its flags are not 257";
}

static const char *from_ds(struct rz_domain_key *key, struct rz_arena *arena, struct rz_rdata rdata)
{
    static const size_t sizes[] = {[1] = 20, [2] = 32, [4] = 48};
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    uint8_t type = rdata.size > 4 ? rdata.wire[3] : 0;
    if (type >= sizeof sizes / sizeof *sizes || !sizes[type] || rdata.size != 4 + sizes[type])
        return "its digest does not fit its type: 1 has 20 octets, 2 has 32, 4 has 48";
    for (size_t i = 4; i < rdata.size; i++)
        rz_buffer_printf(&text, "%02X", rdata.wire[i]);
    *key = (struct rz_domain_key){.tag = (uint16_t)(rdata.wire[0] << 8 | rdata.wire[1]),
                                  .algorithm = rdata.wire[2],
                                  .digest_type = type,
                                  .digest = rz_arena_strdup(arena, text.data)};
    return NULL;
}

const char *rz_domain_key_parse(struct rz_domain_key *key, struct rz_arena *arena, const char *name,
                                const char *text)
{
    struct rz_rdata rdata;
    const char *why;
    static const uint8_t root[1] = {0};
    /* The protocol of a DNSKEY is 3 (RFC 4034 §2.1.2); as a DS's algorithm 3 is dead (RFC 8624). */
    const char *second = strchr(text, ' ');
    bool is_key = second && second[1] == '3' && second[2] == ' ';
    struct rz_rdata_reader *reader = rz_rdata_reader_new();
    if (rz_rdata_read(reader, is_key ? RZ_TYPE_DNSKEY : RZ_TYPE_DS, rz_str_of(text), root, &rdata,
                      &why)
        == RZ_OK)
        why = is_key ? from_dnskey(key, arena, name, rdata) : from_ds(key, arena, rdata);
    else
        why = rz_arena_strdup(arena, why);
    rz_rdata_reader_free(reader);
    return why;
}
