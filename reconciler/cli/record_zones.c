/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which zone a name is in, and who has it: the nearest of its ancestors that a provider holds. */
#include <stdlib.h>

#include "cli/record.h"
#include "support/alloc.h"

/* Zones of one provider. */
struct rz_finder_list {
    enum { UNREAD, LISTED, NO_LIST, FAILED } state;
    struct rz_name_list names;
    struct rz_map by_apex;
};

static struct rz_str key_of(const uint8_t *apex)
{
    return (struct rz_str){(const char *)apex, rz_name_size(apex)};
}

void rz_record_finder_init(struct rz_record_finder *finder, struct rz_cli *cli,
                           struct rz_project *project)
{
    *finder = (struct rz_record_finder){.cli = cli, .project = project};
    finder->lists = rz_alloc_zero(project->provider_count + 1, sizeof *finder->lists);
}

void rz_record_finder_free(struct rz_record_finder *finder)
{
    for (size_t i = 0; finder->lists && i < finder->project->provider_count; i++) {
        free(finder->lists[i].names.items);
        rz_map_free(&finder->lists[i].by_apex);
    }
    free(finder->lists);
    finder->lists = NULL;
}

static void read_list(struct rz_record_finder *finder, size_t index)
{
    struct rz_provider *provider;
    struct rz_finder_list *list = &finder->lists[index];
    struct rz_diags *diags = &finder->cli->diags;
    const char *name = finder->project->providers[index].name;
    list->state = FAILED;
    if (rz_project_provider(finder->project, name, &provider, diags) != RZ_OK)
        return;
    enum rz_status status = provider->ops->list_zones
                                ? provider->ops->list_zones(provider, &list->names, diags)
                                : RZ_UNSUPPORTED;
    list->state = status == RZ_OK ? LISTED : status == RZ_UNSUPPORTED ? NO_LIST : FAILED;
    for (size_t i = 0; i < list->names.count; i++)
        rz_map_set(&list->by_apex, key_of(list->names.items[i].wire), &list->names.items[i]);
}

static bool holds(struct rz_record_finder *finder, const char *name, const uint8_t *apex)
{
    size_t index = 0;
    while (index < finder->project->provider_count
           && strcmp(finder->project->providers[index].name, name) != 0)
        index++;
    if (index == finder->project->provider_count)
        return false;
    struct rz_finder_list *list = &finder->lists[index];
    if (list->state == UNREAD)
        read_list(finder, index);
    if (list->state != NO_LIST)
        return list->state == LISTED && rz_map_get(&list->by_apex, key_of(apex));
    /* One that cannot list its zones is asked for each. */
    struct rz_zone zone;
    struct rz_revision revision = {0};
    struct rz_diags unseen = {0};
    struct rz_provider *provider = finder->project->providers[index].provider;
    bool has = provider->ops->fetch(provider, apex, &zone, &revision, &unseen) == RZ_OK
               && revision.exists;
    rz_zone_free(&zone);
    rz_diags_free(&unseen);
    return has;
}

/* --provider, or the targets of the first rule that the zone's name fits. */
static struct rz_strings candidates(struct rz_record_finder *finder, const uint8_t *apex)
{
    char zone[RZ_NAME_TEXT_MAX];
    const struct rz_strings *given = &finder->cli->options.all[RZ_OPT_PROVIDER];
    if (given->count)
        return *given;
    rz_name_text_plain(zone, apex);
    for (size_t i = 0; i < finder->project->rule_count; i++)
        if (rz_str_glob(finder->project->rules[i].pattern, zone))
            return finder->project->rules[i].targets;
    return (struct rz_strings){0};
}

static struct rz_strings holders(struct rz_record_finder *finder, const uint8_t *apex)
{
    struct rz_strings names = candidates(finder, apex), found = {0};
    found.items = rz_arena_alloc(&finder->cli->arena, (names.count + 1) * sizeof *found.items);
    for (size_t i = 0; i < names.count; i++)
        if (holds(finder, names.items[i], apex))
            found.items[found.count++] = names.items[i];
    return found;
}

static bool refuse(struct rz_record_finder *finder, const char *what, const uint8_t *name,
                   const char *hint)
{
    char text[RZ_NAME_TEXT_MAX];
    struct rz_diag *diag = rz_diags_add(&finder->cli->diags, RZ3541, (struct rz_place){0}, "%s %s",
                                        what, rz_name_text_plain(text, name));
    rz_diag_hint(&finder->cli->diags, diag, "%s", hint);
    return false;
}

static bool find_given(struct rz_record_finder *finder, const uint8_t *owner, struct rz_name *apex,
                       struct rz_strings *targets)
{
    if (!rz_record_parse_owner(finder->cli, (struct rz_place){0},
                               finder->cli->options.last[RZ_OPT_ZONE], apex))
        return false;
    if (!rz_name_in(owner, apex->wire))
        return refuse(finder, "the zone of --zone has no place for", owner, "name another zone");
    *targets = holders(finder, apex->wire);
    return targets->count
           || refuse(finder, "no provider has the zone", apex->wire,
                     "`rezone zone list --provider NAME` lists what there is");
}

bool rz_record_find_zone(struct rz_record_finder *finder, const uint8_t *owner,
                         struct rz_name *apex, struct rz_strings *targets)
{
    if (finder->cli->options.given[RZ_OPT_ZONE])
        return find_given(finder, owner, apex, targets);
    for (const uint8_t *name = owner; *name; name = rz_name_parent(name)) {
        *targets = holders(finder, name);
        if (!targets->count)
            continue;
        rz_name_copy(apex, name);
        return true;
    }
    return refuse(finder, "no provider has a zone for", owner,
                  "name it with --zone, or the provider with --provider");
}
