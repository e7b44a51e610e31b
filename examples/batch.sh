#!/usr/bin/env bash
# Separates every recording of a folder, one after the other. Run again, it goes on where it stopped.
#
#   examples/batch.sh FOLDER [OUTPUT] [-- OPTIONS OF THE COMMAND]
#
#   examples/batch.sh meetings voices -- --spacing 0.04
#   TDSEP_COMMAND=nmf-vocal examples/batch.sh songs backing -- --intro 8s --only accompaniment
#   nohup examples/batch.sh meetings voices &            # goes on when you log out
#
# OUTPUT is "separated" if you do not say. Results that are there already, whole and of the same
# recording and options, are skipped; give --overwrite among the options to make them anew. All that
# is said is also in OUTPUT/batch.log, under that of earlier runs. Each recording has a process of
# its own: whatever happens to one, the next is done.
#
# Exit status:
#
#   0    Every recording is done or was done before; also where the folder holds none.
#   1    Some recording failed (the others are done; the log says why, and which), or nothing can be
#        written to OUTPUT.
#   2    Wrong use: no such folder, no such option, no tdsep on the PATH.
#   130  Stopped by Ctrl-C (143: told to end; 129: the terminal was closed). The recording that was
#        under way leaves nothing behind; run again to go on with it.
#
# The status that tdsep ends with for one recording stands in the log: 1 results of something else
# are in the way, or cannot be written; 2 an option does not suit it; 3 it cannot be read; 4 it does
# not suit the method (silence, too short, one channel); above 128 it was killed, by want of memory
# for example (137).

set -u
shopt -s nullglob nocasematch

command=${TDSEP_COMMAND:-gmm-separate}
n_done=0 n_skipped=0 failures=() files=()

usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; }

wrong_use() {
    printf 'batch.sh: %s (see batch.sh --help)\n' "$1" >&2
    exit 2
}

# To the terminal and the log.
say() { printf '%s\n' "$1" | tee -a "$log" >&2; }

# tdsep on some FILE. What it says goes to $work/said, the manifest of what it did to $work/manifest.
# It runs in the background, as bash answers no signal while it waits for what is in the foreground.
separate() {
    tdsep "$command" "${options[@]}" -- "$1" >"$work/manifest" 2>"$work/said" &
    wait "$!"
}

conclude() {
    local failed=${#failures[@]}
    local left=$((${#files[@]} - n_done - n_skipped - failed))
    local line="$n_done done, $n_skipped skipped, $failed failed"
    [ "$left" -eq 0 ] || line+=", $left not reached"
    [ "$failed" -eq 0 ] || line+=$(printf '\n  failed: %q' "${failures[@]}")
    say "$line"
    printf 'Log: %s\n' "$log" >&2
}

# Ends the tdsep that runs, which removes what is unfinished, and then this script.
stop() {
    trap '' INT TERM HUP
    kill -TERM "$(jobs -p)" 2>/dev/null && wait
    say "interrupted"
    conclude
    exit "$1"
}

places=()
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage; exit 0 ;;
        --) shift; break ;;
        -*) wrong_use "options of tdsep $command come after --, and $1 as a folder is ./$1" ;;
        *) places+=("$1"); shift ;;
    esac
done
case ${#places[@]} in
    1 | 2) folder=${places[0]} output=${places[1]:-separated} ;;
    *) wrong_use "give a folder of recordings, and perhaps one for the results" ;;
esac
[ -d "$folder" ] && [ -r "$folder" ] || wrong_use "$folder: is no folder that can be read"
[ "$folder" -ef "$output" ] && wrong_use "$folder: results among recordings would be taken for these"
type tdsep >/dev/null 2>&1 || wrong_use "there is no tdsep on the PATH: activate its environment"

resume=--skip-existing
for option in "$@"; do
    [ "$option" != --overwrite ] || resume=--overwrite
done
options=("$@" "$resume" --output-dir "$output" --no-progress --json)

log=$output/batch.log
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Whether the command takes these options shows on a file that is not there: it cannot be read (3).
separate "$work/nothing"
case $? in
    3) ;;
    2) cat "$work/said" >&2; exit 2 ;;
    *) cat "$work/said" >&2; exit 1 ;;
esac

mkdir -p -- "$output" && : >>"$log" || exit 1
trap 'stop 130' INT
trap 'stop 143' TERM
trap 'stop 129' HUP

for file in "$folder"/*; do
    [ -f "$file" ] || continue
    case $file in
        *.wav | *.wave | *.w64 | *.rf64 | *.caf | *.aif | *.aiff | *.aifc | *.au) files+=("$file") ;;
        *.flac | *.ogg | *.oga | *.opus | *.mp3) files+=("$file") ;;
    esac
done

say "$(date '+%Y-%m-%d %H:%M:%S'): tdsep $command, recordings in $(printf %q "$folder"): ${#files[@]}"
number=0
for file in ${files[@]+"${files[@]}"}; do
    number=$((number + 1))
    separate "$file"
    status=$?
    if [ "$status" -ne 0 ]; then
        failures+=("$file")
        outcome="failed with status $status"
    elif [ -s "$work/manifest" ]; then
        n_done=$((n_done + 1))
        outcome="done"
    else
        n_skipped=$((n_skipped + 1))
        outcome="skipped"
    fi
    say "[$number/${#files[@]}] $outcome: $(printf %q "$file")"
    [ "$outcome" = skipped ] || sed 's/^/    /' "$work/said" | tee -a "$log" >&2
done
conclude
[ ${#failures[@]} -eq 0 ]
