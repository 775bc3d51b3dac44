# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of rezone for bash: source <(rezone completion bash)
_rezone() {
    local line=${COMP_LINE:0:COMP_POINT} current word text
    local -a words
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    current=${words[${#words[@]} - 1]}
    # bash parts words at = and @ too, and replaces only what is behind the last of them.
    text=${COMP_WORDS[COMP_CWORD]}
    [[ $text == [=@:] ]] && text=
    local before=${current%"$text"}
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        case $word in
        :file) COMPREPLY+=($(compgen -f -- "$text")) && compopt -o filenames ;;
        :directory) COMPREPLY+=($(compgen -d -- "$text")) && compopt -o filenames ;;
        *) COMPREPLY+=("${word#"$before"}") ;;
        esac
    done < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}
complete -F _rezone rezone
