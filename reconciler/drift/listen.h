/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small HTTP server on the loopback interface: /metrics for Prometheus, /report for people and
 * programs. It answers GET and HEAD with what was last published, and knows nothing else. */
#ifndef RZ_DRIFT_LISTEN_H
#define RZ_DRIFT_LISTEN_H

#include "support/diag.h"

struct rz_listener;

/* Listens at "127.0.0.1:PORT" or "[::1]:PORT"; other addresses are refused, since there is no
 * authentication. NULL with a diagnostic. */
struct rz_listener *rz_listener_open(const char *address, struct rz_diags *diags);
/* Copies what is to be answered from now on. */
void rz_listener_publish(struct rz_listener *listener, struct rz_str metrics, struct rz_str report);
void rz_listener_close(struct rz_listener *listener);

#endif
