#!/bin/sh
# Has Debian's PostgreSQL and Redis installed, of which tests start servers of their own; fails where that cannot be done.
# Nothing is started by the installation, and no cluster is made.
set -eu

is_there() {
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && command -v redis-server >/dev/null
}

is_there && exit 0
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 1
echo "setup: installing postgresql redis-server" >&2

policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.conf
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi
if [ ! -e "$clusters" ]; then
    mkdir -p "${clusters%/*}"
    echo "create_main_cluster = false" >"$clusters"
fi
apt-get update -qq >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql redis-server >/dev/null
is_there
