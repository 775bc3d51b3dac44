/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A large streamed map read in parts at the same time. The text is cut where a line looks like the
 * start of an entry. A part counts only if the one before it ended exactly at that cut, so that reading
 * on from there would have read the same; and if nothing was wrong with it and no key of it came before.
 * Else it is forgotten, and all from its cut on is read in one piece: what is read, and what is said of
 * it, never depends on the cuts. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "language/yaml_internal.h"

#define PARTS_MAX 8

struct part {
    struct rz_yaml_stretch stretch;
    struct rz_yaml_stream stream; /* with the part's receiver */
    struct rz_arena arena;
    struct rz_diags diags;
    struct rz_yaml_loader loader;
    const char *counted_from; /* `stretch.line` is of this line until the thread has counted */
    pthread_t thread;
    bool started;
};

/* The first line from `at` on that looks like an entry; `end` where there is none. */
static const char *find_cut(const struct rz_yaml_stretch *whole, const char *at)
{
    const char *end = whole->stop;
    for (const char *line = memchr(at, '\n', (size_t)(end - at)); line;
         line = memchr(line, '\n', (size_t)(end - line))) {
        const char *content = ++line;
        while (content < end && *content == ' ')
            content++;
        if (content < end && (size_t)(content - line) == whole->indent && *content != '#'
            && *content != '-' && *content != '\n')
            return line;
    }
    return end;
}

static size_t count_lines(const char *text, const char *end)
{
    size_t lines = 0;
    while ((text = memchr(text, '\n', (size_t)(end - text)))) {
        lines++;
        text++;
    }
    return lines;
}

static void *read_part(void *user)
{
    struct part *part = user;
    part->stretch.line += count_lines(part->counted_from, part->stretch.begin);
    rz_yaml_read_stretch(&part->loader, &part->stretch);
    return NULL;
}

static void start(struct part *part, const struct rz_yaml_loader *loader)
{
    const struct rz_yaml_stream *stream = loader->stream;
    size_t octets = (size_t)(part->stretch.stop - part->stretch.begin);
    part->stream = *stream;
    part->stream.user = stream->open_part(stream->user, octets, &part->diags);
    part->loader = (struct rz_yaml_loader){.source = loader->source,
                                           .arena = &part->arena,
                                           .current = &part->arena,
                                           .stream = &part->stream,
                                           .diags = &part->diags};
    part->started = pthread_create(&part->thread, NULL, read_part, part) == 0;
}

static bool is_good(struct rz_yaml_loader *loader, const struct rz_yaml_stretch *done,
                    const struct part *part)
{
    return part->started && done->end == part->stretch.begin && part->diags.count == 0
           && !part->loader.failed && rz_yaml_join_keys(loader, &part->loader);
}

/* Ends a part; `done`, which is all that was read before it, has what it read too where it counts. */
static bool finish(struct rz_yaml_loader *loader, struct rz_yaml_stretch *done, struct part *part,
                   bool wanted)
{
    if (part->started)
        pthread_join(part->thread, NULL);
    bool take = wanted && is_good(loader, done, part);
    loader->stream->close_part(loader->stream->user, part->stream.user, take);
    if (take) {
        rz_arena_absorb(loader->arena, &part->arena);
        loader->size += part->loader.size;
        done->end = part->stretch.end;
        done->end_line = part->stretch.end_line;
    }
    rz_arena_free(&part->arena);
    rz_diags_free(&part->diags);
    free(part->loader.stack);
    free(part->loader.seen);
    free(part->loader.ordered);
    return take;
}

/* Cuts a stretch; the number of parts besides the first, which is the stretch itself, now shorter. */
static size_t cut(struct rz_yaml_stretch *stretch, struct part *parts, size_t count)
{
    size_t made = 0, octets = (size_t)(stretch->stop - stretch->begin) / count;
    struct rz_yaml_stretch whole = *stretch, *last = stretch;
    for (size_t i = 1; i < count; i++) {
        const char *at = find_cut(&whole, whole.begin + i * octets);
        if (at == whole.stop)
            break;
        if (at <= last->begin)
            continue;
        struct part *part = &parts[made++];
        *part = (struct part){.stretch = whole, .counted_from = whole.begin};
        last->stop = at;
        part->stretch.begin = at;
        last = &part->stretch;
    }
    return made;
}

void rz_yaml_read_parts(struct rz_yaml_loader *loader, struct rz_yaml_stretch *stretch)
{
    const struct rz_yaml_stream *stream = loader->stream;
    const char *stop = stretch->stop;
    size_t octets = (size_t)(stop - stretch->begin);
    size_t count = stream->part_octets ? octets / stream->part_octets : 0;
    if (count > stream->parts)
        count = stream->parts;
    if (count > PARTS_MAX)
        count = PARTS_MAX;
    struct part *parts = count > 1 ? calloc(count - 1, sizeof *parts) : NULL;
    size_t made = parts ? cut(stretch, parts, count) : 0;
    for (size_t i = 0; i < made; i++)
        start(&parts[i], loader);
    rz_yaml_read_stretch(loader, stretch);
    bool good = !loader->failed;
    for (size_t i = 0; i < made; i++)
        good = finish(loader, stretch, &parts[i], good);
    free(parts);
    if (made && !good && stretch->end < stop) {
        struct rz_yaml_stretch rest = *stretch;
        rest.begin = stretch->end;
        rest.line = stretch->end_line;
        rest.stop = stop;
        rz_yaml_read_stretch(loader, &rest);
        stretch->end = rest.end;
        stretch->end_line = rest.end_line;
    }
}
