# shellcheck shell=bash
# Read by the scripts beside it: where things are, how they speak, how they fail.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
BALADIYA_DATA=$(realpath -m -- "${BALADIYA_DATA:-$ROOT/.data}")
export BALADIYA_DATA
# shellcheck disable=SC2034
PYTHON=$ROOT/.venv/bin/python

say() { printf '%s\n' "$*" >&2 || true; }

die() {
    say "baladiya: $*"
    exit 1
}

# The data directory, made if need be. It is open to all but for the cluster, its socket and the secret key.
make_data_directory() {
    mkdir -p -- "$BALADIYA_DATA/logs" "$BALADIYA_DATA/media" 2>/dev/null || true
    chmod 750 "$BALADIYA_DATA/media" 2>/dev/null || true # uploads and downloads of people
    [ -w "$BALADIYA_DATA/logs" ] ||
        die "$(id -un) may not write to $BALADIYA_DATA: give the folder to that user, or set BALADIYA_DATA to another one."
}

require_disk_space() { # DIRECTORY MEGABYTES
    local free
    free=$(df --output=avail -BM -- "$1" | tail -n 1 | tr -dc 0-9)
    ((free >= $2)) || die "The disk that holds $1 is full ($free MB free, $2 MB needed): free some space, then start again."
}

# A command that is stopped with this script: by Ctrl-C, kill, or a closed terminal.
child=
interrupted() {
    trap '' INT TERM HUP
    if [ -n "$child" ]; then
        kill -TERM -- "-$child" 2>/dev/null || true
        wait "$child" || true
    fi
    die "Stopped before it was done: start it again to go on."
}
trap interrupted INT TERM HUP

# Descriptor 6 is script/up's lock, which must end with script/up itself. Bash has background commands ignore SIGINT.
run() {
    setsid -- env --default-signal=INT -- "$@" </dev/null 6>&- &
    child=$!
    local status=0
    wait "$child" || status=$?
    child=
    return "$status"
}

# Runs a long command with its output kept aside, showing how long it has taken and, on a terminal, its last line.
step() { # TITLE COMMAND...
    local title=$1 began=$SECONDS shown=$SECONDS status=0 log
    shift
    log=$(mktemp "${TMPDIR:-/tmp}/baladiya.XXXXXX") || die "Nothing can be written to ${TMPDIR:-/tmp}: free some space there, then start again."
    [ -t 2 ] || say "$title ..."
    setsid -- "$@" </dev/null >"$log" 2>&1 6>&- &
    child=$!
    while kill -0 "$child" 2>/dev/null; do
        sleep 0.1
        if [ -t 2 ] && ((SECONDS > shown)); then
            shown=$SECONDS
            printf '\r\e[K%s ... %s s  \e[2m%.60s\e[0m' "$title" $((SECONDS - began)) \
                "$(tail -c 500 "$log" | tr '\r' '\n' | tr -dc '\n[:print:]' | grep -v '^ *$' | tail -n 1)" >&2 || true
        elif [ ! -t 2 ] && ((SECONDS - shown >= 20)); then
            shown=$SECONDS
            say "$title ... $((SECONDS - began)) s"
        fi
    done
    wait "$child" || status=$?
    child=
    [ -t 2 ] && printf '\r\e[K' >&2
    ((status == 0)) || explain_failure "$title" "$log"
    rm -f -- "$log"
    say "$title: done in $((SECONDS - began)) s"
}

# One sentence on why a step failed, from what it printed. A sentence of our own in there is passed on as it is.
explain_failure() { # TITLE LOG
    local own cause
    own=$(grep -a '^baladiya: ' "$2" | tail -n 1) || true
    if [ -n "$own" ]; then
        die "${own#baladiya: }"
    elif grep -aqiE 'no space left|disk (is )?full|ENOSPC|not enough free space' "$2"; then
        die "$1 failed because the disk is full: free some space for $ROOT and $BALADIYA_DATA, then start again."
    elif grep -aqiE 'temporary failure (in name )?resol|could(n.t| not) (resolve|connect)|unable to connect|network is unreachable|dns error|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|connection (refused|timed out)|tunneling socket|error sending request|failed to establish a new connection|cannot connect to proxy' "$2"; then
        die "$1 failed because the network cannot be reached: set-up downloads packages once, so connect this machine (or set http_proxy and https_proxy), then start again."
    elif grep -aqiE 'permission denied|EACCES|operation not permitted|read-only file system' "$2"; then
        cause=$(grep -aiE 'permission denied|EACCES|operation not permitted|read-only file system' "$2" | tail -n 1)
        die "$1 failed because $(id -un) lacks the right to write: $cause"
    fi
    cause=$(grep -aE '^([A-Za-z_.]*(Error|Exception)|FATAL|PANIC|E|npm error): ' "$2" | tail -n 1) || true
    [ -n "$cause" ] || cause=$(grep -av '^[[:space:]]*$' "$2" | tail -n 1) || true
    die "$1 failed: ${cause:-it printed nothing} (all it printed: $2)"
}

# The database ready to use, its address where muni/settings.py looks for it, and the key that signs sessions. The shared
# lock on in-use tells script/postgres stop that the database is needed; it ends with this process and its children.
enter_environment() {
    make_data_directory
    [ -n "${SECRET_KEY:-}" ] || [ -s "$BALADIYA_DATA/secret-key" ] || make_secret_key
    [ -z "${DATABASE_URL:-}" ] || return 0
    exec 8>>"$BALADIYA_DATA/in-use"
    flock --shared 8
    "$ROOT/script/postgres" ready || step "Starting the database" "$ROOT/script/postgres" start
    DATABASE_URL=$("$ROOT/script/postgres" url)
    PGHOST=$("$ROOT/script/postgres" socket) # manage.py dbshell passes no host on
    export DATABASE_URL PGHOST
}

make_secret_key() {
    local key=$BALADIYA_DATA/secret-key
    (
        umask 077
        head -c 48 /dev/urandom | base64 -w 0 >"$key.$$"
        ln -- "$key.$$" "$key" || true # the first of two at once wins
        rm -f -- "$key.$$"
    ) 2>/dev/null
    [ -s "$key" ] || die "The secret key cannot be written to $key: free some space there, then start again."
}
