/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a registrar's list leaves out: the nameservers of each registration, asked for several at a time;
 * and which of the names the provider hosts. */
#include <pthread.h>
#include <stdlib.h>

#include "cli/domain.h"
#include "support/map.h"

#define THREADS 16

struct asking {
    struct rz_domain_command *command;
    struct rz_domain_list *list;
    pthread_mutex_t lock; /* of the list's arena, of `diags` and `status` */
    struct rz_diags diags;
    enum rz_status status;
    atomic_size_t next;
};

static void take(struct asking *asking, struct rz_domain *domain, const struct rz_strings *names)
{
    const char **items = rz_arena_alloc(&asking->list->arena, (names->count + 1) * sizeof *items);
    for (size_t i = 0; i < names->count; i++)
        items[i] = rz_arena_strdup(&asking->list->arena, names->items[i]);
    domain->nameservers = (struct rz_strings){items, names->count};
}

static void *work(void *user)
{
    struct asking *asking = user;
    const struct rz_domain_command *command = asking->command;
    for (size_t i; (i = atomic_fetch_add(&asking->next, 1)) < asking->list->count;) {
        struct rz_domain_list one = {0};
        struct rz_diags diags = {0};
        struct rz_domain *domain = &asking->list->items[i];
        enum rz_status status = command->ops->get(command->provider, domain->name, &one, &diags);
        pthread_mutex_lock(&asking->lock);
        /* One that is over has no nameservers any more. */
        if (status == RZ_OK && strcmp(one.items[0].id, domain->id) == 0)
            take(asking, domain, &one.items[0].nameservers);
        if (status != RZ_OK && status != RZ_NOT_FOUND) {
            rz_diags_take(&asking->diags, &diags);
            asking->status = status;
        }
        pthread_mutex_unlock(&asking->lock);
        rz_diags_free(&diags);
        free(one.items);
        rz_arena_free(&one.arena);
        if (status != RZ_OK && status != RZ_NOT_FOUND)
            atomic_store(&asking->next, asking->list->count);
    }
    return NULL;
}

enum rz_status rz_domain_details(struct rz_domain_command *command, struct rz_domain_list *list)
{
    struct asking asking = {.command = command, .list = list};
    pthread_t threads[THREADS];
    size_t started = 0;
    unsigned most = command->provider->ops->capabilities(command->provider)->concurrency;
    pthread_mutex_init(&asking.lock, NULL);
    while (started + 1 < list->count && started + 1 < most && started < THREADS
           && pthread_create(&threads[started], NULL, work, &asking) == 0)
        started++;
    work(&asking);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    rz_diags_take(&command->cli->diags, &asking.diags);
    pthread_mutex_destroy(&asking.lock);
    return asking.status;
}

enum rz_status rz_domain_mark_hosted(struct rz_domain_command *command, struct rz_domain_list *list)
{
    struct rz_name_list zones = {0};
    struct rz_map hosted = {0};
    struct rz_name name;
    const char *why;
    struct rz_provider *provider = command->provider;
    if (!provider->ops->list_zones)
        return RZ_OK;
    enum rz_status status = provider->ops->list_zones(provider, &zones, &command->cli->diags);
    for (size_t i = 0; status == RZ_OK && i < zones.count; i++)
        rz_map_set(&hosted, (struct rz_str){(const char *)zones.items[i].wire, zones.items[i].size},
                   &zones.items[i]);
    for (size_t i = 0; status == RZ_OK && i < list->count; i++) {
        struct rz_domain *domain = &list->items[i];
        domain->has_hosted = true;
        domain->hosted = rz_name_parse(&name, rz_str_of(domain->name), NULL, &why) == RZ_OK
                         && rz_map_get(&hosted,
                                       (struct rz_str){(const char *)name.wire, name.size});
    }
    rz_map_free(&hosted);
    free(zones.items);
    return status == RZ_UNSUPPORTED ? RZ_OK : status;
}
