/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entry of the program. */
#include <stdio.h>

#include "cli/version.h"

int main(void)
{
    printf("rezone %s\n", rz_version);
    return 0;
}
