/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions of expressions: every example of the table, then what the table cannot say. */
#include <criterion/criterion.h>

#include "expression_case.h"

Test(functions, examples_of_the_table)
{
    setenv("RZ_TEST_SITE", "berlin", 1);
    size_t titles = 0, groups = 0;
    while (rz_function_group_titles[titles])
        titles++;
    for (; rz_function_groups[groups]; groups++)
        for (const struct rz_function *row = rz_function_groups[groups]; row->name; row++) {
            cr_assert(row->example && row->result && row->summary && row->signature, "%s",
                      row->name);
            cr_expect(strstr(row->example, row->name), "%s", row->name);
            cr_expect(strncmp(row->signature, row->name, strlen(row->name)) == 0, "%s", row->name);
            cr_expect_eq(rz_function_find(rz_str_of(row->name)), row, "%s has two rows", row->name);
            case_expect(row->example, row->result);
        }
    cr_expect_eq(groups, titles);
}

Test(functions, text)
{
    static const char *const cases[][2] = {
        {"lower(\"ÄBC\")", "\"Äbc\""},
        {"lower(12)", "\"12\""},
        {"lower([1])", "!argument 1 is a list"},
        {"lower()", "!missing"},
        {"lower(1, 2)", "!too many"},
        {"replace(\"aaa\", \"a\", \"aa\")", "\"aaaaaa\""},
        {"replace(\"\", \"a\", \"b\")", "\"\""},
        {"replace(\"abc\", \"\", \"b\")", "!empty"},
        {"replace(\"xyx\", \"x\", \"\")", "\"y\""},
        {"split(\"\", \",\")", "[]"},
        {"split(\",\", \",\")", "[\"\",\"\"]"},
        {"split(\"a\", \"\")", "!empty"},
        {"split(\"a--b-c\", \"--\")", "[\"a\",\"b-c\"]"},
        {"join([], \",\")", "\"\""},
        {"join([[1]], \",\")", "!item 0 is a list"},
        {"join([null, 1])", "\"1\""},
        {"length(\"\")", "0"},
        {"length(1)", "!no length"},
        {"length(map)", "2"},
        {"contains(\"abc\", \"bc\")", "true"},
        {"contains(map, \"name\")", "true"},
        {"contains(list, \"c\")", "false"},
        {"contains(1, 2)", "!cannot contain"},
        {"starts_with(\"a\", \"ab\")", "false"},
        {"ends_with(\"b\", \"ab\")", "false"},
        {"ends_with(\"ab\", \"\")", "true"},
        {"format(\"%5s|%x|%04X|%%|%s\", \"ab\", 255, 171, true)", "\"ab   |ff|00AB|%|true\""},
        {"format(\"%d\", \"a\")", "!%d does not take a string"},
        {"format(\"%d\")", "!more values"},
        {"format(\"a\", 1)", "!1 are given"},
        {"format(\"%n\", 1)", "!followed by"},
        {"format(\"%\")", "!followed by"},
        {"format(\"%999999999999999999999d\", 1)", "!followed by"},
        {"format(\"%x\", -1)", "!does not take"},
        {"format(\"%d\", -1)", "\"-1\""},
        {"trim(\"\")", "\"\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        case_expect(cases[i][0], cases[i][1]);
}

#define EXPECT_ALL(cases)                                                                          \
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)                                      \
    case_expect(cases[i][0], cases[i][1])

Test(functions, lists)
{
    static const char *const cases[][2] = {
        {"range(0)", "[]"},
        {"range(5, 5)", "[]"},
        {"range(5, 1)", "[]"},
        {"range(5, 1, -2)", "[5,3]"},
        {"range(0, 5, 2)", "[0,2,4]"},
        {"range(1, 2, 0)", "!step is 0"},
        {"range(99999999999)", "!too much work"},
        {"range(-999999999999999999 * 9, 999999999999999999 * 9)", "!too large"},
        {"range(0, 6, 3)", "[0,3]"},
        {"range(0, 7, 3)", "[0,3,6]"},
        {"concat()", "!missing"},
        {"concat([], [])", "[]"},
        {"flatten([])", "[]"},
        {"flatten([[[[]]]])", "[]"},
        {"flatten([{a: [1]}])", "[{\"a\":[1]}]"},
        {"unique([1, 1.0, \"1\", true, true, null, null, [1], [1], {a: 1}, {a: 1}, {a: 2}])",
         "[1,\"1\",true,null,[1],{\"a\":1},{\"a\":2}]"},
        {"unique([0, -0.0])", "[0]"},
        {"length(unique(range(5000) + range(5000)))", "5000"},
        {"sort([3, 1, 2.5])", "[1,2.5,3]"},
        {"sort([])", "[]"},
        {"sort([1, \"a\"])", "!no order"},
        {"sort([null, null])", "!no order"},
        {"sort([[2, \"a\"], [1, \"b\"], [1, \"a\"]])", "[[1,\"a\"],[1,\"b\"],[2,\"a\"]]"},
        {"sort([5, 4, 3, 2, 1])", "[1,2,3,4,5]"},
        {"sort(range(1000, 0, -1)) == range(1, 1001)", "true"},
        {"zip([1, 2], [3])", "[[1,3]]"},
        {"zip([])", "[]"},
        {"reverse([])", "[]"},
        {"first([])", "!empty"},
        {"last([])", "!empty"},
        {"slice([1, 2, 3], 5)", "[]"},
        {"slice([1, 2, 3], -9, 2)", "[1,2]"},
        {"slice([1, 2, 3], 2, 1)", "[]"},
        {"slice([], 0)", "[]"},
        {"sum([])", "0"},
        {"sum([1, 0.5])", "1.5"},
        {"sum([\"a\"])", "!item 0"},
        {"any([])", "false"},
        {"all([])", "true"},
        {"all([1, \"a\"])", "true"},
        {"min([])", "!empty"},
        {"min(\"b\", \"a\")", "\"a\""},
        {"max(1, \"a\")", "!cannot be compared"},
        {"max(null)", "!cannot be compared"},
        {"keys({})", "[]"},
        {"merge({})", "{}"},
        {"merge({a: 1}, {b: 2}, {a: 3, c: 4})", "{\"a\":3,\"b\":2,\"c\":4}"},
        {"map([])", "{}"},
        {"map([[1, 2], [true, 3], [1, 4]])", "{\"1\":4,\"true\":3}"},
        {"map([[1]])", "!a key and a value"},
        {"map([[[1], 1]])", "!a key and a value"},
        {"group_by([], \"a\")", "{}"},
        {"group_by([{}], \"a\")", "!no plain `a`"},
        {"group_by([1], \"a\")", "!no plain `a`"},
        {"lookup({}, \"a\")", "!no `a`"},
        {"lookup({a: null}, \"a\", 1)", "null"},
        {"map(zip([\"a\"], [1])).a", "1"},
    };
    EXPECT_ALL(cases);
}

Test(functions, kinds)
{
    static const char *const cases[][2] = {
        {"int(\" 12 \")", "12"},
        {"int(\"1 2\")", "!no whole number"},
        {"int(\"\")", "!no whole number"},
        {"int(\"0x10\", 16)", "!no whole number"},
        {"int(\"99999999999999999999\")", "!no whole number"},
        {"int(\"-7\")", "-7"},
        {"int(\"+7\")", "!no whole number"},
        {"int(\"1e3\")", "!no whole number"},
        {"int(\"z\", 36)", "35"},
        {"int(\"1\", 1)", "!from 2 to 36"},
        {"int(\"12\", 2)", "!no whole number"},
        {"int([])", "!a list is no"},
        {"int(null)", "!null is no"},
        {"int(999999999999999.0 * 100000)", "!too large"},
        {"int(\"010\")", "10"},
        {"float(\"1\")", "1"},
        {"float(\"1.\")", "!no number"},
        {"float(\".5\")", "!no number"},
        {"float(\"1e5\")", "!no number"},
        {"float(\"nan\")", "!no number"},
        {"float(\"1.2.3\")", "!no number"},
        {"float(\"-2.25\")", "-2.25"},
        {"float(true)", "!a boolean is no"},
        {"float(\"-\")", "!no number"},
        {"bool(\"maybe\")", "!no boolean"},
        {"bool(\"\")", "false"},
        {"bool(null)", "false"},
        {"duration(\"5x\")", "!no duration"},
        {"duration(90)", "90"},
        {"abs(-1.5)", "1.5"},
        {"floor(2)", "2"},
        {"ceil(-1.5)", "-1"},
        {"round(-2.5)", "-3"},
        {"floor(999999999999999.0 * 100000)", "!too large"},
        {"defined(1 / 0)", "!division"},
        {"defined(upper(nowhere))", "!`nowhere`"},
        {"defined(map.none)", "false"},
        {"defined(list[5])", "false"},
        {"defined()", "!missing"},
        {"string({a: [1.5, null]})", "\"{\\\"a\\\":[1.5,null]}\""},
        {"string(null)", "\"\""},
    };
    EXPECT_ALL(cases);
}

Test(functions, addresses)
{
    static const char *const cases[][2] = {
        {"cidr_host(\"192.0.2.0/24\", 255)", "\"192.0.2.255\""},
        {"cidr_host(\"192.0.2.0/24\", 256)", "!no host 256"},
        {"cidr_host(\"192.0.2.0/24\", -256)", "\"192.0.2.0\""},
        {"cidr_host(\"192.0.2.0/24\", -257)", "!no host -257"},
        {"cidr_host(\"192.0.2.77/24\", 1)", "\"192.0.2.1\""},
        {"cidr_host(\"0.0.0.0/0\", -1)", "\"255.255.255.255\""},
        {"cidr_host(\"255.255.255.255/32\", 0)", "\"255.255.255.255\""},
        {"cidr_host(\"255.255.255.255/32\", 1)", "!no host"},
        {"cidr_host(\"::/0\", -1)", "\"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\""},
        {"cidr_host(\"2001:db8::/32\", 65536)", "\"2001:db8::1:0\""},
        {"cidr_host(\"192.0.2.0\", 1)", "!no network"},
        {"cidr_host(\"192.0.2.0/33\", 1)", "!no network"},
        {"cidr_host(\"192.0.2.0/\", 1)", "!no network"},
        {"cidr_host(\"192.0.2.0/-1\", 1)", "!no network"},
        {"cidr_host(\"192.0.2/24\", 1)", "!no network"},
        {"cidr_host(\"2001:db8::/129\", 1)", "!no network"},
        {"cidr_subnet(\"10.0.0.0/8\", 24, 16777215)", "\"10.255.255.255/32\""},
        {"cidr_subnet(\"10.0.0.0/8\", 25, 0)", "!24 bits"},
        {"cidr_subnet(\"10.0.0.0/8\", 2, 4)", "!no subnet 4"},
        {"cidr_subnet(\"10.0.0.0/8\", 0, 0)", "\"10.0.0.0/8\""},
        {"cidr_subnet(\"10.0.0.0/8\", -1, 0)", "!24 bits"},
        {"cidr_subnet(\"2001:db8::/32\", 96, 1)", "\"2001:db8::1/128\""},
        {"cidr_subnet(\"::/0\", 64, 1)", "\"0:0:0:1::/64\""},
        {"cidr_subnet(\"::/0\", 128, 5)", "\"::5/128\""},
        {"cidr_subnet(\"::/0\", 1, 1)", "\"8000::/1\""},
        {"cidr_subnet(\"::/0\", 0, 0)", "\"::/0\""},
        {"cidr_subnet(\"2001:db8::/32\", 40, 1)", "\"2001:db8:0:0:100::/72\""},
        {"cidr_contains(\"192.0.2.0/24\", \"2001:db8::1\")", "false"},
        {"cidr_contains(\"0.0.0.0/0\", \"1.2.3.4\")", "true"},
        {"cidr_contains(\"192.0.2.0/25\", \"192.0.2.0/26\")", "true"},
        {"cidr_contains(\"a\", \"b\")", "!no network"},
        {"cidr_contains(\"::/0\", \"b\")", "!no IP"},
        {"ip_add(\"255.255.255.255\", 1)", "!no such address"},
        {"ip_add(\"0.0.0.0\", -1)", "!no such address"},
        {"ip_add(\"::\", -1)", "!no such address"},
        {"ip_add(\"::ffff:ffff:ffff:ffff\", 1)", "\"0:0:0:1::\""},
        {"ip_add(\"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\", 1)", "!no such address"},
        {"ip_add(\"x\", 1)", "!no IP address"},
        {"reverse_name(\"10.0.0.0/8\")", "\"10.in-addr.arpa.\""},
        {"reverse_name(\"10.0.0.0/9\")", "!no cut"},
        {"reverse_name(\"0.0.0.0/0\")", "\"in-addr.arpa.\""},
        {"reverse_name(\"2001:db8::/33\")", "!no cut"},
        {"reverse_name(\"2001:db8::1\")",
         "\"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.\""},
        {"reverse_name(\"www\")", "!no IP"},
        {"is_ipv4(1)", "false"},
        {"is_ipv4(\"1.2.3\")", "false"},
        {"is_ipv4(\"01.2.3.4\")", "false"},
        {"is_ipv6(\"fe80::1%eth0\")", "false"},
        {"is_ipv6(\"::\")", "true"},
    };
    EXPECT_ALL(cases);
}

Test(functions, names)
{
    static const char *const cases[][2] = {
        {"fqdn(\"a..b\")", "!no domain name"},
        {"fqdn(\"WWW\")", "\"www.example.com.\""},
        {"fqdn(\"a\", \".\")", "\"a.\""},
        {"fqdn(\"*\")", "\"*.example.com.\""},
        {"relative(\"www\")", "\"www\""},
        {"relative(\"a.b.example.com.\", \"b.example.com\")", "\"a\""},
        {"relative(\"@\")", "\"@\""},
        {"relative(reverse_name(\"192.0.2.9\"), \"2.0.192.in-addr.arpa\")", "\"9\""},
        {"parent(\"@\")", "!no parent"},
        {"parent(\".\")", "!no parent"},
        {"parent(\"com.\")", "\".\""},
        {"label(\"a.b\", 2)", "!2 labels"},
        {"label(\"a.b\", -2)", "\"a\""},
        {"label(\"a\\\\.b.c\")", "\"a\\\\.b\""},
        {"idna(\"straße.example.\")", "\"xn--strae-oqa.example.\""},
        {"idna(\"www\")", "\"www\""},
        {"slug(\"--\")", "!no label"},
        {"slug(\" A_b \")", "\"a-b\""},
        {"slug(\"äää\")", "!no label"},
        {"base64_decode(\"!\")", "!no base64"},
        {"base64_decode(\"AA==\")", "!no text"},
        {"base64(\"\")", "\"\""},
        {"base64(\"a\")", "\"YQ==\""},
        {"base64_decode(\"\")", "\"\""},
    };
    EXPECT_ALL(cases);
}

Test(functions, files)
{
    static const char *const cases[][2] = {
        {"file(\"nowhere\")", "!no file nowhere"},
        {"file(\"../functions/motd.txt\")", "!leads out"},
        {"file(\"/etc/passwd\")", "!leads out"},
        {"file(\"link.txt\")", "!through a link"},
        {"file(\"link/bad-01\")", "!through a link"},
        {"file(\"\")", "!name is empty"},
        {"file(\"latin1.txt\")", "!not UTF-8"},
        {"file(\".\")", "!cannot"},
        {"json(\"motd.txt\")", "!motd.txt:1:"},
        {"json(\"twice.json\")", "!twice.json:2:"},
        {"json(\"deep.json\")", "!64 deep"},
        {"json(\"hosts.json\")[0]",
         "{\"name\":\"web1\",\"port\":80,\"ratio\":0.5,\"up\":true,\"note\":null}"},
        {"yaml(\"hosts.yaml\").list", "[1,\"two\",\"3.0\",\"4\",\"no\"]"},
        {"yaml(\"twice.yaml\")", "!twice.yaml:2:1:"},
        {"yaml(\"empty.csv\")", "null"},
        {"csv(\"quoted.csv\", \";\")", "[{\"name\":\"x\",\"a \\\"b\\\" c\":\"1;\\n2\"}]"},
        {"csv(\"short.csv\")", "!short.csv:3: 1 fields, but the first row names 2"},
        {"csv(\"open.csv\")", "!open.csv:2: a quoted field is not closed"},
        {"csv(\"tail.csv\")", "!tail.csv:2: something follows"},
        {"csv(\"inner.csv\")", "!a quote stands inside"},
        {"csv(\"dangling.csv\")", "!not closed"},
        {"csv(\"twice.csv\")", "!same name"},
        {"csv(\"unnamed.csv\")", "!no name"},
        {"csv(\"empty.csv\")", "[]"},
        {"csv(\"hosts.csv\", \"\")", "!one octet"},
        {"csv(\"hosts.csv\", \"\\n\")", "!one octet"},
        {"env(\"HOME\")", "!does not list HOME"},
        {"env(\"RZ_TEST_ABSENT\")", "!not set"},
    };
    EXPECT_ALL(cases);
}

Test(functions, patterns)
{
    static const char *const cases[][2] = {
        {"matches(\"a{\", \"a\\\\{\")", "true"},
        {"matches(\"a\", \"(a)\\\\1\")", "!back-references"},
        {"matches(\"aaa\", \"a++++++++++++++++++++++++++++++++\")", "!inside of one another"},
        {"matches(\"aaa\", \"((((((a+)+)+)+)+)+)+\")", "!inside of one another"},
        {"matches(\"ab.cd\", \"^((a|b+)+[.]?)+c*d+$\")", "true"},
        {"matches(\"a\", \"a{65}\")", "!more than 64"},
        {"matches(\"a\", \"(a{2}){2}\")", "!inside of another"},
        {"matches(\"a\", \"((a{2})b){2}\")", "!inside of another"},
        {"matches(\"a\", \"a{2}{2}\")", "!inside of another"},
        {"matches(\"aabaab\", \"^(a{2}b)*$\")", "true"},
        {"matches(\"a\", \"(abcdefghijklmnopqrstuvwxyz){64}\")", "!write out too much"},
        {"matches(\"a\", \"a{x}\")", "!no repeat"},
        {"matches(\"a\", \"(\")", "!cannot be read"},
        {"matches(\"a\", \"[a\")", "!cannot be read"},
        {"matches(\"1]{3}\", \"^1[]]{1}[{]3[}]$\")", "true"},
        {"matches(\"a\", \"[[:alpha:]]{1,64}\")", "true"},
        {"matches(\"\", \"\")", "true"},
        {"matches(\"a\", \"a{99999999999999999999}\")", "!more than 64"},
        {"matches(\"a1b2\", \"^([a-z][0-9]){2}$\")", "true"},
        {"matches(join([\"x\" for i in range(5000)]), \"x\")", "!4096"},
        {"matches(\"x\", join([\"x\" for i in range(1001)]))", "!1000 octets"},
        {"matches(join([\"a\" for i in range(4000)]), \"(a*)*b\")", "false"},
        {"matches(join([\"a\" for i in range(4000)]), \"(a|aa|a?){1,60}b\")", "false"},
        {"matches(join([\"a\" for i in range(4000)]), join([\"(a?\" for i in range(30)]) + join([\")*\" for i in range(30)]) + \"b\")",
         "false"},
        {"matches(join([\"a\" for i in range(4000)]), join([\"a?\" for i in range(400)]) + \"b\")",
         "false"},
        {"matches(\"a\", join([\"(\" for i in range(40)]))", "!groups"},
        {"[matches(\"a\", join([\"a?\" for i in range(500)])) for j in range(5000)]",
         "!too much work"},
    };
    EXPECT_ALL(cases);
}
