# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of rezone for fish: rezone completion fish | source
function __rezone_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in ($program complete -- $words "$current" 2>/dev/null)
        switch $line
            case :file
                __fish_complete_path (string replace -r '^-[^=]*=' '' -- "$current")
            case :directory
                __fish_complete_directories (string replace -r '^-[^=]*=' '' -- "$current")
            case '*'
                echo $line
        end
    end
end
complete -c rezone -f -a '(__rezone_complete)'
