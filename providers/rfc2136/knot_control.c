/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands to a running knotd over its control socket. */
#include <errno.h>
#include <libknot/error.h>
#include <sys/stat.h>

#include "rfc2136/knot.h"
#include "support/fault.h"

#define ANSWER_MS 60000 /* as knotc's; a command may sign a whole zone */
#define REFUSAL_MAX 500

static struct rz_diag *complain(const struct rz_knot_link *link, const char *what, const char *why)
{
    RZ_BUFFER_CLEANUP struct rz_buffer text = {0};
    rz_buffer_visible(&text, rz_str_of(why));
    return rz_diags_add(link->diags, RZ3404, rz_place_named(link->knot->socket), "%s: %s", what,
                        rz_buffer_view(&text).data);
}

static enum rz_status unreachable(const struct rz_knot_link *link, int code)
{
    struct stat found;
    bool missing = stat(link->knot->socket, &found) < 0 && errno == ENOENT;
    struct rz_diag *diag = complain(link, "the control socket of Knot DNS cannot be used",
                                    missing ? "there is none" : knot_strerror(code));
    if (code == KNOT_EACCES) {
        rz_diag_hint(link->diags, diag,
                     "run rezone as the server's user or in its group, which may use the socket");
        return RZ_AUTH;
    }
    rz_diag_hint(link->diags, diag,
                 "check that knotd runs, and that `knot: {socket: …}` is its `control: listen`");
    return RZ_NETWORK;
}

enum rz_status rz_knot_open(struct rz_knot_link *link, struct rz_knot *knot, struct rz_diags *diags)
{
    pthread_mutex_lock(&knot->control);
    *link = (struct rz_knot_link){
        .knot = knot, .diags = diags, .ctl = knot_ctl_alloc(), .refusal = {.limit = REFUSAL_MAX}};
    if (!link->ctl)
        return unreachable(link, KNOT_ENOMEM);
    knot_ctl_set_timeout(link->ctl, ANSWER_MS);
    int code = knot_ctl_connect(link->ctl, knot->socket);
    return code == KNOT_EOK ? RZ_OK : unreachable(link, code);
}

void rz_knot_close(struct rz_knot_link *link)
{
    if (link->ctl) {
        knot_ctl_send(link->ctl, KNOT_CTL_TYPE_END, NULL);
        knot_ctl_close(link->ctl);
        knot_ctl_free(link->ctl);
    }
    rz_buffer_free(&link->refusal);
    pthread_mutex_unlock(&link->knot->control);
    *link = (struct rz_knot_link){0};
}

static void trace(const struct rz_knot_link *link, const knot_ctl_data_t command)
{
    static const uint8_t shown[] = {KNOT_CTL_IDX_CMD,  KNOT_CTL_IDX_SECTION, KNOT_CTL_IDX_ID,
                                    KNOT_CTL_IDX_ITEM, KNOT_CTL_IDX_ZONE,    KNOT_CTL_IDX_OWNER,
                                    KNOT_CTL_IDX_TYPE, KNOT_CTL_IDX_DATA};
    struct rz_context *context = link->knot->context;
    if (!context->trace)
        return;
    RZ_BUFFER_CLEANUP struct rz_buffer words = {0};
    for (size_t i = 0; i < sizeof shown; i++)
        if (command[shown[i]])
            rz_buffer_printf(&words, "%s%s", i ? " " : "", command[shown[i]]);
    rz_trace_write(context->trace, context, "knot", rz_buffer_view(&words),
                   rz_buffer_view(&link->refusal));
}

/* Units until the end of the reply; an error of any of them is the command's. */
static int receive(struct rz_knot_link *link, void (*visit)(void *user, const knot_ctl_data_t data),
                   void *user)
{
    knot_ctl_type_t type;
    knot_ctl_data_t data;
    for (;;) {
        int code = knot_ctl_receive(link->ctl, &type, &data);
        if (code != KNOT_EOK)
            return code;
        if (type == KNOT_CTL_TYPE_BLOCK)
            return KNOT_EOK;
        if (type == KNOT_CTL_TYPE_END)
            return KNOT_ECONNRESET;
        if (data[KNOT_CTL_IDX_ERROR] && !link->refusal.size)
            rz_buffer_visible(&link->refusal, rz_str_of(data[KNOT_CTL_IDX_ERROR]));
        else if (!data[KNOT_CTL_IDX_ERROR] && visit)
            visit(user, data);
    }
}

enum rz_status rz_knot_ask(struct rz_knot_link *link, knot_ctl_data_t command,
                           void (*visit)(void *user, const knot_ctl_data_t data), void *user)
{
    RZ_FAULT("knot.ask");
    rz_buffer_reset(&link->refusal);
    int code = knot_ctl_send(link->ctl, KNOT_CTL_TYPE_DATA, (knot_ctl_data_t *)command);
    if (code == KNOT_EOK)
        code = knot_ctl_send(link->ctl, KNOT_CTL_TYPE_BLOCK, NULL);
    if (code == KNOT_EOK)
        code = receive(link, visit, user);
    RZ_FAULT("knot.asked");
    trace(link, command);
    if (code != KNOT_EOK) {
        complain(link, "the connection to Knot DNS broke", knot_strerror(code));
        return RZ_UNKNOWN;
    }
    return link->refusal.size ? RZ_REJECTED : RZ_OK;
}

enum rz_status rz_knot_refused(const struct rz_knot_link *link, const char *what,
                               const uint8_t *apex)
{
    char zone[RZ_NAME_TEXT_MAX];
    rz_diags_add(link->diags, RZ6006, rz_place_named(link->knot->name),
                 "%s of %s: Knot DNS answers: %s", what, rz_name_text_plain(zone, apex),
                 rz_buffer_view(&link->refusal).data);
    return RZ_REJECTED;
}
