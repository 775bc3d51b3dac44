#compdef rezone
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of rezone for zsh: source <(rezone completion zsh), or as _rezone in $fpath
_rezone() {
    local line word
    local -a found shown
    for line in "${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
        word=${line%%$'\t'*}
        case $word in
        '') ;;
        :file) compset -P '*='; _files ;;
        :directory) compset -P '*='; _files -/ ;;
        *)
            found+=("$word")
            [[ $line == *$'\t'* ]] && shown+=("$word  -- ${line#*$'\t'}") || shown+=("$word")
            ;;
        esac
    done
    (( ${#found} )) && compadd -l -d shown -a found
    return 0
}
if [[ $funcstack[1] == _rezone ]]; then
    _rezone "$@"
else
    compdef _rezone rezone
fi
