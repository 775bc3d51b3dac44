/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the functions that read files share. */
#ifndef RZ_LANGUAGE_FUNCTIONS_DATA_H
#define RZ_LANGUAGE_FUNCTIONS_DATA_H

#include "language/functions.h"

/* Rows of CSV (RFC 4180) as a list of maps by the names in the first row; blank lines are left out.
 * Fails the call, with the line, on unequal numbers of fields, misplaced quotes and bad names. */
struct rz_value rz_csv_read(struct rz_call *call, struct rz_str text, char separator);

#endif
