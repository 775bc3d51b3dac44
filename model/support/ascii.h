/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Initialisers of tables of 256 octets that say which characters belong to a set: for loops that look
 * at every octet of a large zone, where a look into a table is the cheapest question. */
#ifndef RZ_SUPPORT_ASCII_H
#define RZ_SUPPORT_ASCII_H

#define RZ_ASCII_DIGITS                                                                            \
    ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1,        \
    ['8'] = 1, ['9'] = 1
#define RZ_ASCII_LOWER_LETTERS                                                                     \
    ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1,        \
    ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1,        \
    ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1,        \
    ['y'] = 1, ['z'] = 1
#define RZ_ASCII_UPPER_LETTERS                                                                     \
    ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1,        \
    ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1,        \
    ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1,        \
    ['Y'] = 1, ['Z'] = 1

#endif
