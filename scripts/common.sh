# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Shared by the scripts; `. "$(dirname "$0")/common.sh"` goes to the top of the tree.

# shellcheck disable=SC1007 # the empty CDPATH is meant: cd must not print
cd "$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)" || exit 1

# Homebrew keeps libraries that macOS has too, and LLVM, out of the usual places.
if [ "$(uname)" = Darwin ] && command -v brew >/dev/null 2>&1; then
    for keg in curl sqlite openssl@3; do
        PKG_CONFIG_PATH="$(brew --prefix)/opt/$keg/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
    done
    PATH="$PATH:$(brew --prefix)/opt/llvm/bin"
    export PATH PKG_CONFIG_PATH
fi

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Runs a command with its output in a log that is shown only when it fails.
quietly() {
    quiet_log=$(mktemp "${TMPDIR:-/tmp}/rezone-log.XXXXXX") || exit 1
    quiet_code=0
    "$@" >"$quiet_log" 2>&1 </dev/null || quiet_code=$?
    if [ "$quiet_code" -ne 0 ]; then
        printf '%s: this failed (exit code %s): %s\n' "$(basename "$0")" "$quiet_code" "$*" >&2
        tail -n 60 "$quiet_log" >&2
    fi
    rm -f "$quiet_log"
    return "$quiet_code"
}

# Prints the path of an LLVM program, whatever version its name carries; 14 first, because the
# checks are written for it.
find_llvm() {
    for found in "$1-14" "$1" "$1-15" "$1-16" "$1-17" "$1-18" "$1-19" "$1-20" "$1-21"; do
        command -v "$found" && return 0
    done
    return 1
}

# Prints a Python that has what the tests import: the system's, then the first in PATH, then the
# tests' own environment (made by install-deps where no package gives them).
find_test_python() {
    for found in /usr/bin/python3 python3 "$PWD/build/venv/bin/python"; do
        if "$found" -c 'import pytest, xdist, dns.message, yaml, jsonschema' >/dev/null 2>&1; then
            printf '%s\n' "$found"
            return 0
        fi
    done
    return 1
}

processors() {
    getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}
