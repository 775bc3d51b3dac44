/* SPDX-License-Identifier: GPL-3.0-or-later */
/* complete and completion: what may stand next on a command line, by the tables of commands and
 * options. What a word may be follows from what the tables call it: ZONE, RUN, FILE … */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/complete.h"
#include "cli/commands.h"
#include "support/json_write.h"

void rz_complete_offer(struct rz_completion *completion, const char *word, const char *description)
{
    struct rz_buffer *out = &completion->text;
    if (strncmp(word, completion->current, strlen(completion->current)) != 0)
        return;
    if (completion->cli->json) {
        RZ_BUFFER_CLEANUP struct rz_buffer whole = {0};
        rz_buffer_printf(&whole, "%s%s", completion->prefix, word);
        rz_json_comma(out);
        rz_buffer_char(out, '{');
        rz_json_text(out, "description", description);
        rz_json_text(out, "word", whole.data);
        rz_buffer_char(out, '}');
        return;
    }
    rz_buffer_visible(out, rz_str_of(completion->prefix));
    rz_buffer_visible(out, rz_str_of(word));
    if (description && *description) {
        rz_buffer_char(out, '\t');
        rz_buffer_visible(out, rz_str_of(description));
    }
    rz_buffer_char(out, '\n');
}

void rz_complete_paths(struct rz_completion *completion, const char *what)
{
    struct rz_buffer *out = &completion->text;
    if (completion->cli->json)
        rz_json_comma(out);
    rz_buffer_printf(out, completion->cli->json ? "{\"description\":null,\"word\":\"%s\"}" : "%s\n",
                     what);
}

/* ---- options ---- */

static const struct rz_option *option_of(const char *word, const char **value)
{
    *value = NULL;
    if (word[0] != '-' || word[1] == '\0' || strcmp(word, "--") == 0)
        return NULL;
    if (word[1] == '-')
        *value = strchr(word, '=');
    size_t size = *value ? (size_t)(*value - word) - 2 : strlen(word) - 2;
    *value += *value != NULL;
    for (size_t i = 0; i < RZ_OPT_COUNT; i++) {
        const struct rz_option *option = &rz_cli_options[i];
        if (word[1] == '-' ? rz_str_is((struct rz_str){word + 2, size}, option->name)
                           : option->letter == word[1]) {
            if (word[1] != '-' && word[2] && option->argument)
                *value = word + 2; /* -CDIR */
            return option;
        }
    }
    return NULL;
}

static void offer_options(struct rz_completion *completion)
{
    for (size_t i = 0; i < RZ_OPT_COUNT; i++) {
        char word[64];
        if (completion->command && !(completion->command->options & RZ_OPT_BIT(i)))
            continue;
        snprintf(word, sizeof word, "--%s", rz_cli_options[i].name);
        rz_complete_offer(completion, word, rz_cli_options[i].help);
    }
}

/* ---- commands ---- */

/* The word of a command's name behind `count` words that are the same; NULL where they are not, or
 * where that is all. */
static const char *word_behind(const char *name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = strcspn(name, " ");
        if (strlen(words[i]) != size || memcmp(words[i], name, size) != 0 || name[size] == '\0')
            return NULL;
        name += size + 1;
    }
    return name;
}

/* "list, create, delete": what follows `size` octets of this and the next commands' names. */
static const char *family_text(struct rz_completion *completion, const struct rz_command *first,
                               size_t size)
{
    struct rz_buffer *text = &completion->family;
    rz_buffer_reset(text);
    for (const struct rz_command *each = first; each->name; each++)
        if (strncmp(each->name, first->name, size) == 0 && each->name[size] == ' ')
            rz_buffer_printf(text, "%s%s", text->size ? ", " : "", each->name + size + 1);
    return text->data;
}

/* What may follow the words as part of a command's name, each once. */
static void offer_commands(struct rz_completion *completion, const char *const *words, size_t count)
{
    for (const struct rz_command *each = rz_commands; each->name; each++) {
        const char *rest = word_behind(each->name, words, count);
        char word[64];
        bool again = false;
        if (!rest)
            continue;
        size_t size = strcspn(rest, " ");
        snprintf(word, sizeof word, "%.*s", (int)size, rest);
        for (const struct rz_command *other = rz_commands; other < each && !again; other++) {
            const char *earlier = word_behind(other->name, words, count);
            again = earlier && strcspn(earlier, " ") == size && memcmp(earlier, rest, size) == 0;
        }
        if (!again)
            rz_complete_offer(
                completion, word,
                rest[size] ? family_text(completion, each, (size_t)(rest + size - each->name))
                           : each->summary);
    }
}

/* ---- arguments ---- */

/* Words that stand in a table, parted by commas, blanks or bars. */
static void offer_words(struct rz_completion *completion, const char *words)
{
    char word[64];
    while (*words) {
        size_t size = strcspn(words, ", |");
        snprintf(word, sizeof word, "%.*s", (int)size, words);
        if (size)
            rz_complete_offer(completion, word, NULL);
        words += size + (words[size] != '\0');
    }
}

/* What an argument of a command is, by what its usage calls it. */
static void offer_argument(struct rz_completion *completion, const char *name, size_t size)
{
    static const struct {
        const char *name;
        void (*offer)(struct rz_completion *completion);
    } kinds[] = {
        {"ZONE", rz_complete_zones},         {"GLOB", rz_complete_zones},
        {"RUN", rz_complete_runs},           {"TYPE", rz_complete_types},
        {"RULE", rz_complete_rules},         {"CODE", rz_complete_codes},
        {"TOPIC", rz_complete_topics},       {"PROVIDER", rz_complete_providers},
        {"TEMPLATE", rz_complete_templates},
    };
    struct rz_str what = {name, size};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (rz_str_is(what, kinds[i].name))
            kinds[i].offer(completion);
    if (rz_str_is(what, "FILE") || rz_str_is(what, "PATH"))
        rz_complete_paths(completion, ":file");
    else if (rz_str_is(what, "DIR"))
        rz_complete_paths(completion, ":directory");
    else if (rz_str_is(what, "COMMAND"))
        offer_commands(completion, completion->arguments, completion->argument_count);
    else if (rz_str_is(what, "NAME") && rz_cli_is_family(completion->command, "template"))
        rz_complete_templates(completion);
    else if (rz_str_is(what, "NAME") || rz_str_is(what, "OWNER"))
        rz_complete_zones(completion);
    else if (size && name[0] >= 'a' && name[0] <= 'z')
        offer_words(completion, rz_arena_printf(&completion->cli->arena, "%.*s", (int)size, name));
}

/* The word of the usage that argument number `index` is; the last one repeats where it says `…`. */
static void offer_arguments(struct rz_completion *completion)
{
    const char *at = completion->command->usage, *word = NULL;
    size_t size = 0;
    for (size_t index = 0; *at; index++) {
        at += strspn(at, "[ ");
        if (*at == '\0' || *at == ']')
            break;
        word = at;
        size = strcspn(at, "[] ");
        at += size + strspn(at + size, "]");
        if (index == completion->argument_count)
            break;
        if (*at == '\0' && !memmem(word, size, "…", strlen("…")))
            return; /* no more arguments */
    }
    for (const char *end = word ? word + size : word; word < end;) {
        size_t part = strcspn(word, "|… ]");
        part = part < (size_t)(end - word) ? part : (size_t)(end - word);
        offer_argument(completion, word, part);
        word += part;
        word += word < end && *word == '|' ? 1 : word < end ? strlen("…") : 0;
    }
}

/* ---- values of options ---- */

static void offer_values(struct rz_completion *completion, const struct rz_option *option)
{
    static const struct {
        enum rz_option_id id;
        const char *words;
    } known[] = {
        {RZ_OPT_COLOR, "auto, always, never"},
        {RZ_OPT_MODE, "full, create-missing, update-existing"},
        {RZ_OPT_FROM, "live, octodns, zonefile"},
        {RZ_OPT_STATUS, "committed, rolled_back, failed, unknown"},
        {RZ_OPT_SORT, "name, expires, status"},
    };
    if (option->id == RZ_OPT_FORMAT) {
        rz_complete_offer(completion, "text", NULL);
        offer_words(completion, completion->command ? completion->command->formats : "json");
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].id == option->id) {
            offer_words(completion, known[i].words);
            return;
        }
    if (option->id == RZ_OPT_ENV)
        rz_complete_environments(completion);
    else if (option->id == RZ_OPT_PROVIDER)
        rz_complete_providers(completion);
    else if (strchr(option->argument, '|'))
        offer_words(completion, option->argument);
    else if (strcmp(option->argument, "NAME") != 0)
        offer_argument(completion, option->argument, strlen(option->argument));
}

/* ---- the line ---- */

/* Options that say where and what the project is hold for what is offered. */
static void note_option(struct rz_completion *completion, const struct rz_option *option,
                        const char *value)
{
    struct rz_cli *cli = completion->cli;
    if (option->id == RZ_OPT_CONFIG || option->id == RZ_OPT_ENV)
        cli->options.last[option->id] = value;
    if (option->id != RZ_OPT_DIRECTORY || chdir(value) != 0)
        return;
    close(cli->context.project_dir);
    cli->context.project_dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Sorts the words before the current one; returns the option whose value that one is, or NULL. */
static const struct rz_option *read_line(struct rz_completion *completion, size_t count)
{
    struct rz_cli *cli = completion->cli;
    const struct rz_option *pending = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *word = cli->arguments[i], *value;
        const struct rz_option *option = completion->ended ? NULL : option_of(word, &value);
        if (pending) {
            note_option(completion, pending, word);
            pending = NULL;
        } else if (option && option->argument && value) {
            note_option(completion, option, value);
        } else if (option) {
            pending = option->argument ? option : NULL;
        } else if (strcmp(word, "--") == 0) {
            completion->ended = true;
        } else if (word[0] != '-' || completion->ended) {
            completion->arguments[completion->argument_count++] = word;
        }
    }
    return pending;
}

static void complete(struct rz_completion *completion, const struct rz_option *pending)
{
    const char *current = completion->current, *value = NULL;
    const struct rz_option *option = completion->ended ? NULL : option_of(current, &value);
    size_t taken = 0, words = completion->argument_count;
    const char *const *all = completion->arguments;
    completion->command = rz_cli_find_command(all, words, &taken);
    completion->arguments += taken;
    completion->argument_count -= taken;
    if (pending) {
        offer_values(completion, pending);
    } else if (option && option->argument && value && current[1] == '-') {
        completion->prefix = rz_arena_printf(&completion->cli->arena, "%.*s",
                                             (int)(value - current), current);
        completion->current = value;
        offer_values(completion, option);
    } else if (current[0] == '-' && !completion->ended) {
        offer_options(completion);
    } else {
        if (words == taken || !completion->command)
            offer_commands(completion, all, words);
        if (completion->command)
            offer_arguments(completion);
    }
}

int rz_command_complete(struct rz_cli *cli)
{
    size_t count = cli->argument_count ? cli->argument_count - 1 : 0;
    struct rz_completion completion = {.cli = cli, .prefix = "", .current = ""};
    completion.arguments = rz_arena_alloc(&cli->arena, (count + 1) * sizeof *completion.arguments);
    if (cli->argument_count)
        completion.current = cli->arguments[count];
    if (cli->json)
        rz_buffer_char(&completion.text, '[');
    complete(&completion, read_line(&completion, count));
    if (cli->json) {
        rz_buffer_text(&completion.text, "]\n");
        rz_cli_json(cli, &completion.text);
    } else {
        rz_buffer_str(&cli->out.text, rz_buffer_view(&completion.text));
    }
    rz_buffer_free(&completion.text);
    rz_buffer_free(&completion.family);
    rz_diags_free(&cli->diags); /* whatever is wrong here is not said in the middle of a line */
    return RZ_EXIT_DONE;
}

int rz_command_completion(struct rz_cli *cli)
{
    static const struct {
        const char *shell, *script;
    } scripts[] = {{"bash", rz_embedded_completion_bash},
                   {"zsh", rz_embedded_completion_zsh},
                   {"fish", rz_embedded_completion_fish}};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        if (strcmp(scripts[i].shell, cli->arguments[0]) != 0)
            continue;
        if (!cli->json) {
            rz_buffer_text(&cli->out.text, scripts[i].script);
            return RZ_EXIT_DONE;
        }
        RZ_BUFFER_CLEANUP struct rz_buffer json = {0};
        rz_buffer_char(&json, '{');
        rz_json_text(&json, "script", scripts[i].script);
        rz_json_text(&json, "shell", scripts[i].shell);
        rz_buffer_text(&json, "}\n");
        rz_cli_json(cli, &json);
        return RZ_EXIT_DONE;
    }
    struct rz_diag *diag = rz_diags_add(&cli->diags, RZ9001, (struct rz_place){0},
                                        "there is no completion for `%s`", cli->arguments[0]);
    rz_diag_hint(&cli->diags, diag, "one of: bash, zsh, fish");
    return RZ_EXIT_ERROR;
}
