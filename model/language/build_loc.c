/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LOC records (RFC 1876) from degrees and metres. */
#include <math.h>
#include <stdlib.h>

#include "language/build.h"

#define ALTITUDE_MIN (-100000.0) /* metres, §2 */
#define ALTITUDE_MAX 42849672.95
#define SIZE_MAX_METRES 90000000.0

/* A number, or its text. */
static bool read_number(struct rz_call *call, const struct rz_value *value, const char *what,
                        double minimum, double maximum, double *number)
{
    struct rz_str text;
    char *end;
    if (value->kind == RZ_VALUE_INT || value->kind == RZ_VALUE_FLOAT) {
        *number = value->kind == RZ_VALUE_INT ? (double)value->integer : value->number;
    } else {
        if (!rz_build_text(call, value, what, &text))
            return false;
        *number = strtod(text.data, &end);
        if (text.size == 0 || text.size > 32 || end != text.data + text.size
            || strspn(text.data, "+-.0123456789") != text.size)
            *number = NAN;
    }
    if (*number >= minimum && *number <= maximum)
        return true;
    rz_call_fail(call, "`%s` is a number from %.10g to %.10g (RFC 1876 §2)", what, minimum,
                 maximum);
    return false;
}

/* Degrees, minutes, and seconds to the thousandth, rounded once so that nothing reaches 60. */
static void print_angle(struct rz_buffer *out, double degrees, char positive, char negative)
{
    uint64_t thousandths = (uint64_t)llround(fabs(degrees) * 3600 * 1000);
    rz_buffer_printf(out, "%u %u %u.%03u %c ", (unsigned)(thousandths / 3600000),
                     (unsigned)(thousandths / 60000 % 60), (unsigned)(thousandths / 1000 % 60),
                     (unsigned)(thousandths % 1000),
                     degrees < 0 && thousandths ? negative : positive);
}

static struct rz_value call_loc(struct rz_call *call)
{
    static const char *const keys[] = {"latitude",   "longitude", "altitude", "size",
                                       "horizontal", "vertical",  NULL};
    static const struct {
        double minimum, maximum, fallback;
    } bounds[] = {{-90, 90, NAN},
                  {-180, 180, NAN},
                  {ALTITUDE_MIN, ALTITUDE_MAX, 0},
                  {0, SIZE_MAX_METRES, 1},
                  {0, SIZE_MAX_METRES, 10000},
                  {0, SIZE_MAX_METRES, 10}};
    const struct rz_value *first = &call->arguments[0], *items = call->arguments;
    RZ_BUFFER_CLEANUP struct rz_buffer out = {0};
    double numbers[6];
    uint32_t count = call->count;
    bool is_map = first->kind == RZ_VALUE_MAP;
    if (first->kind == RZ_VALUE_LIST)
        count = (uint32_t)rz_build_items(first, &items);
    if (is_map && !rz_build_check_keys(call, first, keys))
        return rz_value_null();
    if (count > 6 || ((is_map || first->kind == RZ_VALUE_LIST) && call->count > 1))
        return rz_call_fail(call, "too many arguments");
    for (uint32_t i = 0; i < 6; i++) {
        const struct rz_value *given = is_map      ? rz_build_get(first, keys[i])
                                       : i < count ? &items[i]
                                                   : NULL;
        numbers[i] = bounds[i].fallback;
        if (!given && i < 2)
            return rz_call_fail(call, "`%s` is missing", keys[i]);
        if (given
            && !read_number(call, given, keys[i], bounds[i].minimum, bounds[i].maximum,
                            &numbers[i]))
            return rz_value_null();
    }
    print_angle(&out, numbers[0], 'N', 'S');
    print_angle(&out, numbers[1], 'E', 'W');
    rz_buffer_printf(&out, "%.2fm %.2fm %.2fm %.2fm", numbers[2] == 0 ? 0 : numbers[2], numbers[3],
                     numbers[4], numbers[5]);
    return rz_call_buffer(call, &out);
}

/* clang-format off */
const struct rz_function rz_functions_loc[] = {
    {"loc", "a?a*", "loc(latitude, longitude, altitude = 0, size = 1, horizontal = 10000, vertical = 10) or loc(map) → string",
     "A LOC record (RFC 1876) of degrees, south and west negative, and metres; keys of a map are named as the arguments.",
     "loc(52.373056, 4.892222, -2)", "\"52 22 23.002 N 4 53 31.999 E -2.00m 1.00m 10000.00m 10.00m\"", call_loc},
    {0},
};
/* clang-format on */
