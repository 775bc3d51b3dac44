/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unbound as it runs, by unbound-control(8). */
#include "resolver/resolver.h"

#define TIMEOUT_MS 10000
#define TRIES 20 /* while it reloads it takes no connection */
#define PAUSE_MS 100

/* `control` with a word or two more. */
static enum rz_command_result run_control(const struct rz_zonefile *zf, const char *word,
                                          const char *argument, struct rz_buffer *output)
{
    struct rz_command command = {0};
    struct rz_command_variable none[] = {{NULL, NULL}};
    enum rz_command_result result = RZ_COMMAND_FAILED;
    for (size_t i = 0; i < zf->control.count; i++)
        rz_command_add(&command, zf->control.words[i]);
    rz_command_add(&command, word);
    if (argument)
        rz_command_add(&command, argument);
    for (int i = 0; i < TRIES && result == RZ_COMMAND_FAILED; i++) {
        if (i)
            zf->context->sleep_ms(zf->context, PAUSE_MS);
        if (rz_context_stopped(zf->context))
            break;
        rz_buffer_reset(output);
        result = rz_command_run(&command, zf->context->project_dir, none, TIMEOUT_MS, output);
    }
    rz_command_free(&command);
    return output->overflow ? RZ_COMMAND_FAILED : result;
}

static enum rz_status refused(const struct rz_zonefile *zf, const char *word,
                              const struct rz_buffer *output, struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer visible = {.limit = 1500};
    rz_buffer_visible(&visible, rz_str_trim(rz_buffer_view(output)));
    struct rz_diag *diag = rz_diags_add(diags, RZ6105, rz_place_named(zf->base.name),
                                        "`%s … %s` failed: %s", zf->control.words[0], word,
                                        rz_buffer_view(&visible).data);
    rz_diag_hint(diags, diag,
                 "see that Unbound runs with `control-enable: yes`, and `control` is right");
    return RZ_NETWORK;
}

enum rz_status rz_unbound_running(const struct rz_zonefile *zf, struct rz_zone *zone,
                                  struct rz_diags *diags)
{
    RZ_BUFFER_CLEANUP struct rz_buffer output = {.limit = RZ_RESOLVER_OUTPUT_MAX};
    if (!zf->control.count)
        return RZ_OK;
    if (run_control(zf, "list_forwards", NULL, &output) != RZ_COMMAND_OK)
        return refused(zf, "list_forwards", &output, diags);
    return rz_resolver_join(zf, zone, rz_buffer_view(&output), diags);
}

void rz_unbound_flush(const struct rz_zonefile *zf, const uint8_t *name, struct rz_diags *diags)
{
    char text[RZ_NAME_TEXT_MAX];
    RZ_BUFFER_CLEANUP struct rz_buffer output = {.limit = RZ_RESOLVER_OUTPUT_MAX};
    if (run_control(zf, "flush_zone", rz_name_text(text, name), &output) == RZ_COMMAND_OK)
        return;
    refused(zf, "flush_zone", &output, diags);
    rz_diag_set_severity(diags, &diags->items[diags->count - 1], RZ_WARNING);
}
