# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fish completion for gamesched(1).

# Whether the command is one of the arguments; without any, whether there is none yet.
function __gamesched_is
    set -l words (commandline -opc)
    if set -q argv[1]
        contains -- "$words[2]" $argv
    else
        not set -q words[2]
    end
end

# What stands before the cursor, without gamesched, its command and options: one argument a line. For run and hold, all
# from their CMD on.
function __gamesched_arguments
    set -l words (commandline -opc)
    set -l starts_program no
    contains -- "$words[2]" run hold; and set starts_program yes
    set -e words[1..2]
    while set -q words[1]
        switch $words[1]
            case --
                set -e words[1]
                break
            case --name --app-id --scope --profile --reason --game --interval
                set -e words[1]
            case '-*'
            case '*'
                test $starts_program = yes; and break
                printf '%s\n' $words[1]
        end
        set -e words[1]
    end
    set -q words[1]; and printf '%s\n' $words
    return 0
end

# Whether the first argument is the number of arguments before the cursor and the command is one of the others.
function __gamesched_has
    __gamesched_is $argv[2..]; and test (count (__gamesched_arguments)) -eq $argv[1]
end

# The command that run and hold start, with its arguments.
function __gamesched_program
    set -l words (string escape -- (__gamesched_arguments)) (commandline -ct)
    string match -q -- '-*' $words[1]; or complete -C "$words"
end

# "PID	NAME" of the running games; nothing if the service does not answer. Relies on JSON being indented, one member a
# line, and on members of a game being in the order of their names. In names, a character that printf has no escape for
# is shown as "?".
function __gamesched_games
    set -l name
    timeout 2 gamesched games --json 2>/dev/null | while read -l line
        if set -l found (string match -r '"Name": "(.*)",?$' -- $line)
            set name (string replace -ra '\\\\ud[89ab]..\\\\ud[c-f]..' '?' -- $found[2])
        else if set -l found (string match -r '"Pid": (\d+),?$' -- $line)
            printf '%s\t%b\n' $found[2] "$name" 2>/dev/null
        end
    end
end

# "NAME	VALUE" of each tunable; nothing if the service does not answer.
function __gamesched_tunables
    timeout 2 gamesched tune --json 2>/dev/null | string replace -rf '^\s*"([^"]*)": ([^,]*),?$' '$1\t$2'
end

# The profiles; nothing if the service does not answer. In the JSON each stands alone on its line.
function __gamesched_profiles
    timeout 2 gamesched profile --json 2>/dev/null | string replace -rf '^\s*"([A-Za-z0-9_-]*)",?$' '$1'
end

# Of switches only; durations are numbers.
function __gamesched_tunable_values
    set -l name (__gamesched_arguments)[1]
    for tunable in (__gamesched_tunables)
        if contains -- $tunable "$name"\ttrue "$name"\tfalse
            printf '%s\n' true false
        end
    end
end

complete -c gamesched -f

complete -c gamesched -n __gamesched_is -a status -d 'Show gaming mode, scheduler, games and holds'
complete -c gamesched -n __gamesched_is -a games -d 'List the running games'
complete -c gamesched -n __gamesched_is -a why -d 'Show why a process is taken for a game, or is not'
complete -c gamesched -n __gamesched_is -a doctor -d 'Say what works, what does not, and what to do'
complete -c gamesched -n __gamesched_is -a events -d 'Print what happens until interrupted'
complete -c gamesched -n __gamesched_is -a stats -d 'Print counters, and how long threads waited'
complete -c gamesched -n __gamesched_is -a top -d 'Show games, waits and counters all the time'
complete -c gamesched -n __gamesched_is -a report -d 'Show how a game that has ended was scheduled'
complete -c gamesched -n __gamesched_is -a explain -d 'Show how the scheduler treats a process or thread'
complete -c gamesched -n __gamesched_is -a run -d 'Run a command as a game'
complete -c gamesched -n __gamesched_is -a hold -d 'Keep gaming mode on while a command runs'
complete -c gamesched -n __gamesched_is -a register -d 'Make a running process a game'
complete -c gamesched -n __gamesched_is -a unregister -d 'End a game for gamesched'
complete -c gamesched -n __gamesched_is -a mode -d 'Print or set the mode'
complete -c gamesched -n __gamesched_is -a profile -d 'List the profiles or choose one'
complete -c gamesched -n __gamesched_is -a tune -d 'List, show or set tunables of the scheduler'
complete -c gamesched -n __gamesched_is -a reload -d 'Make the service read its configuration again'
complete -c gamesched -n __gamesched_is -a restart -d 'Attach the scheduler afresh'

complete -c gamesched -n __gamesched_is -l version -d 'Print the version'
complete -c gamesched -n 'not __gamesched_is run hold; or __gamesched_has 0 run hold' -s h -l help -d 'Print help'
complete -c gamesched -n '__gamesched_is status games why doctor events stats report explain register mode profile tune' -l json -d 'Print JSON'
complete -c gamesched -n '__gamesched_is status' -l all -d 'Show also the features that work'
complete -c gamesched -n '__gamesched_has 0 run; or __gamesched_is register' -l name -x -d 'What people call the game'
complete -c gamesched -n '__gamesched_has 0 run; or __gamesched_is register' -l app-id -x \
    -d 'The identifier of the launcher'
complete -c gamesched -n '__gamesched_has 0 run; or __gamesched_is register' -l scope -x -d 'When the game ends' \
    -a 'tree\t"When the process and all that it started are gone" process\t"When the process is gone"'
complete -c gamesched -n '__gamesched_has 0 run; or __gamesched_is register' -l profile -x \
    -d 'The profile in force while the game runs' -a '(__gamesched_profiles)'
complete -c gamesched -n '__gamesched_is games' -l why -d 'Show why each is taken for a game'
complete -c gamesched -n '__gamesched_is explain' -l thread -d 'The number is that of a thread'
complete -c gamesched -n '__gamesched_is stats' -l game -x -d 'Only this game' -a '(__gamesched_games)'
complete -c gamesched -n '__gamesched_is stats' -l watch -d 'Again and again'
complete -c gamesched -n '__gamesched_is stats' -l prometheus -d 'In the text format of Prometheus'
complete -c gamesched -n '__gamesched_is top' -l interval -x -d 'Seconds between new figures'
complete -c gamesched -n '__gamesched_is top' -l once -d 'Print it as text, once'
complete -c gamesched -n '__gamesched_is report' -l list -d 'List all that are remembered'
complete -c gamesched -n '__gamesched_is report' -l html -r -F -d 'Write a page for a browser'
complete -c gamesched -n '__gamesched_has 0 hold' -l reason -x -d 'Why, for people'
complete -c gamesched -n '__gamesched_has 0 hold' -l app-id -x -d 'Who wants it'

complete -c gamesched -n '__gamesched_is run hold' -a '(__gamesched_program)'
complete -c gamesched -n '__gamesched_has 0 register explain why' -a '(__fish_complete_pids)'
complete -c gamesched -n '__gamesched_has 0 unregister' -a '(__gamesched_games)'
complete -c gamesched -n '__gamesched_has 0 mode' \
    -a 'auto\t"On while there is a game or a hold" on\t"Always on" off\t"Never on"'
complete -c gamesched -n '__gamesched_has 0 profile' -a '(__gamesched_profiles)'
complete -c gamesched -n '__gamesched_has 0 tune' -a '(__gamesched_tunables)'
complete -c gamesched -n '__gamesched_has 1 tune' -a '(__gamesched_tunable_values)'
