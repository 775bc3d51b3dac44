/* SPDX-License-Identifier: GPL-3.0-or-later */
/* YAML 1.1 through libyaml with rezone's strictness: UTF-8, one document, unique scalar keys, no
 * tags but the standard ones ignored on scalars, anchors and merge keys within a budget. */
#ifndef RZ_LANGUAGE_YAML_H
#define RZ_LANGUAGE_YAML_H

#include "language/node.h"
#include "support/buffer.h"

#define RZ_YAML_SIZE_MAX (256u << 20) /* octets of one document */
#define RZ_YAML_DEPTH_MAX 64
#define RZ_YAML_ALIAS_NODES_MAX 1000000 /* nodes that aliases and merges may add */
#define RZ_YAML_ALIAS_FACTOR 64         /* … and at most this many times the file's octets */

/* What a streamed entry's receiver says of its nodes. */
enum rz_yaml_keep {
    RZ_YAML_DROP, /* done with the entry: its memory is reused for the next */
    RZ_YAML_KEEP, /* nodes stay valid as long as the arena */
};

/* Entries of one large map are handed over one by one instead of being kept, so that a zone of a
 * million records needs no tree of five million nodes. */
struct rz_yaml_stream {
    const char
        *key; /* top-level key whose map is streamed ("records"); NULL: the top level itself */
    enum rz_yaml_keep (*entry)(void *user, const struct rz_node *key, const struct rz_node *value);
    void *user;
    /* A large map may be read in parts at the same time, each by a thread with a receiver of its own;
     * the loading thread makes and ends them. 0 or 1: it is not. */
    unsigned parts;
    size_t part_octets; /* of text that a part has at least */
    /* A receiver to be given to `entry` as `user`; errors it finds go to `diags`. */
    void *(*open_part)(void *user, size_t octets, struct rz_diags *diags);
    /* With `take` what the part received stands behind all that was received before; else it is
     * forgotten, and handed over once more. */
    void (*close_part)(void *user, void *part, bool take);
};

/* Loads a document. With `stream`, the streamed map is an empty map in the tree. On syntax errors
 * returns NULL, else the root (RZ_NODE_NULL for an empty document). Errors go to `diags`;
 * duplicate keys and budget errors make the result NULL as well, but later errors are still
 * looked for where the syntax allows. */
const struct rz_node *rz_yaml_load(const struct rz_source *source, struct rz_arena *arena,
                                   const struct rz_yaml_stream *stream, struct rz_diags *diags);

/* Appends a scalar so that it reads back as the same text: plain where that is safe in YAML 1.1
 * and 1.2 outside of `[]` and `{}`, else double-quoted with escapes. `key` forbids what a key may not
 * be. */
void rz_yaml_print_scalar(struct rz_buffer *out, struct rz_str text, bool key);

#endif
