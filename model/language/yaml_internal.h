/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files that implement yaml.h. */
#ifndef RZ_LANGUAGE_YAML_INTERNAL_H
#define RZ_LANGUAGE_YAML_INTERNAL_H

#include <yaml.h>

#include "language/yaml.h"
#include "support/map.h"

struct rz_yaml_anchor {
    const struct rz_node *node; /* NULL while its own value is being read */
    size_t size;                /* nodes, aliases expanded */
};

/* A streamed key: its hash and where it stood. */
struct rz_yaml_seen {
    uint64_t hash;
    uint32_t line; /* 0: free */
};

struct rz_yaml_loader {
    yaml_parser_t parser;
    const struct rz_source *source;
    struct rz_arena *arena, *scratch, *current;
    const struct rz_yaml_stream *stream;
    struct rz_diags *diags;
    struct rz_map anchors;
    const struct rz_node **stack; /* children of the collections that are open */
    size_t stack_size, stack_capacity;
    struct rz_yaml_seen *seen;
    size_t seen_count, seen_capacity;
    struct rz_yaml_seen *ordered; /* streamed keys as long as each is greater than the last */
    size_t ordered_count, ordered_capacity;
    char first_key[256], last_key[256]; /* of those */
    size_t first_size, last_size;
    size_t size;    /* nodes so far, aliases expanded */
    size_t charged; /* nodes that aliases and merges added */
    /* What the plain reader took: libyaml is given as many empty lines instead. */
    size_t hole_begin, hole_end, hole_lines;
    struct rz_str text; /* of libyaml's input, with the hole */
    size_t fed;         /* octets libyaml has had */
    bool keep;          /* entries are built in `arena` from now on */
    bool failed;        /* an error, but reading goes on */
    bool broken;        /* reading cannot go on */
};

struct rz_place rz_yaml_place(const struct rz_yaml_loader *loader, yaml_mark_t mark);
/* libyaml's last error as a diagnostic, with a hint for the traps that bite everyone once. */
void rz_yaml_report_syntax(struct rz_yaml_loader *loader);
void rz_yaml_push(struct rz_yaml_loader *loader, const struct rz_node *node);
/* Makes the pairs of a map of the nodes from `base` on the stack: merge keys, duplicates. */
void rz_yaml_finish_map(struct rz_yaml_loader *loader, struct rz_node *map, size_t base);
/* The same for a map without merge keys; false where there is one, or a key twice: libyaml's way
 * reports it. */
bool rz_yaml_finish_plain_map(struct rz_yaml_loader *loader, struct rz_node *map, size_t base);
/* Makes the items of a list of the nodes from `base` on the stack. */
void rz_yaml_finish_list(struct rz_yaml_loader *loader, struct rz_node *list, size_t base);
bool rz_yaml_is_null_word(const char *text, size_t size);
/* Whether the key is a plain `<<`. */
bool rz_yaml_is_merge_key(const struct rz_node *key);
/* Counts what an alias adds against the budget. */
void rz_yaml_charge(struct rz_yaml_loader *loader, size_t nodes, yaml_mark_t mark);
/* From now on all nodes stay. */
void rz_yaml_keep_all(struct rz_yaml_loader *loader);
/* Whether a streamed key is new; reports where it is not. */
bool rz_yaml_is_first(struct rz_yaml_loader *loader, const struct rz_node *key);
/* Gives an entry of the streamed map to its receiver, unless its key is wrong. */
void rz_yaml_hand_over(struct rz_yaml_loader *loader, const struct rz_node *key,
                       const struct rz_node *value);
/* Whether a part's keys are none of those before; then they count as streamed. */
bool rz_yaml_join_keys(struct rz_yaml_loader *loader, const struct rz_yaml_loader *part);

/* Lines of the streamed map, beginning with an entry. */
struct rz_yaml_stretch {
    const char *begin, *stop; /* the first line; where no more entries begin */
    const char *text_end;     /* of the document */
    size_t indent;
    size_t line; /* of `begin`, 0-based */
    /* where reading ended: at `stop`, or behind the last entry that was plain */
    const char *end;
    size_t end_line;
};
/* Hands over the entries of the streamed map that are plain, up to the first that is not, and notes
 * where in the text they were. */
void rz_yaml_stream_plain(struct rz_yaml_loader *loader, struct rz_str text);
/* The same for entries that begin in a stretch. */
void rz_yaml_read_stretch(struct rz_yaml_loader *loader, struct rz_yaml_stretch *stretch);
/* The same, in parts at the same time where the stream allows that. */
void rz_yaml_read_parts(struct rz_yaml_loader *loader, struct rz_yaml_stretch *stretch);
const struct rz_node *rz_yaml_stream_map(struct rz_yaml_loader *loader, yaml_event_t *event);

#endif
