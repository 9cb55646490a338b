# shellcheck shell=bash
# Read by the scripts beside it: where things are, how they speak, how they fail.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
BALADIYA_DATA=$(realpath -m -- "${BALADIYA_DATA:-$ROOT/.data}")
export BALADIYA_DATA
# shellcheck disable=SC2034
PYTHON=$ROOT/.venv/bin/python

say() { printf '%s\n' "$*" >&2; }

die() {
    printf 'baladiya: %s\n' "$*" >&2
    exit 1
}

# The data directory, made if need be; only the cluster's and the socket's own directories inside it are private.
make_data_directory() {
    mkdir -p -- "$BALADIYA_DATA" 2>/dev/null || true
    [ -w "$BALADIYA_DATA" ] ||
        die "$(id -un) may not write to $BALADIYA_DATA: give the folder to that user, or set BALADIYA_DATA to another one."
}

require_disk_space() { # DIRECTORY MEGABYTES
    local free
    free=$(df --output=avail -BM -- "$1" | tail -n 1 | tr -dc 0-9)
    ((free >= $2)) || die "The disk that holds $1 is full ($free MB free, $2 MB needed): free some space, then start again."
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
    cause=$(grep -av '^[[:space:]]*$' "$2" | tail -n 1) || true
    die "$1 failed: $cause (everything it printed: $2)"
}

# What the application reads from the environment (muni/settings.py), and the database ready to use.
# The shared lock on in-use says that the database is being used; it ends with the process, however that ends.
enter_environment() {
    make_data_directory
    if [ -z "${SECRET_KEY:-}" ] && [ -z "${SECRET_KEY_FILE:-}" ]; then
        export SECRET_KEY_FILE=$BALADIYA_DATA/secret_key
        [ -s "$SECRET_KEY_FILE" ] || (
            umask 077
            head -c 48 /dev/urandom | base64 -w 0 >"$SECRET_KEY_FILE.new" && mv -n "$SECRET_KEY_FILE.new" "$SECRET_KEY_FILE"
        )
    fi
    [ -z "${DATABASE_URL:-}" ] || return 0
    exec 8>>"$BALADIYA_DATA/in-use"
    flock --shared 8
    "$ROOT/script/postgres" start
    DATABASE_URL=$("$ROOT/script/postgres" url)
    PGHOST=$("$ROOT/script/postgres" socket) # manage.py dbshell passes no host on
    export DATABASE_URL PGHOST
}
