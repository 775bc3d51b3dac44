/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entry of the program. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return rz_cli_main(argc, argv);
}
