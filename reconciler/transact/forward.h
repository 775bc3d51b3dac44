/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transaction of one zone, as a worker runs it. */
#ifndef RZ_TRANSACT_FORWARD_H
#define RZ_TRANSACT_FORWARD_H

#include "transact/transact_internal.h"

/* Carries out zone number `index` of the run; the result is in whole->result->zones[index]. */
void rz_zone_transaction_run(struct rz_transaction *whole, size_t index);
/* Gives up the lock that whole->fences[index] keeps, after taking the committed zone back. */
void rz_zone_transaction_end(struct rz_transaction *whole, size_t index, bool take_back);

#endif
