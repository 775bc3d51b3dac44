/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of lists. */
#include "language/functions.h"

const struct rz_function rz_functions_list[] = {
    {0},
};
