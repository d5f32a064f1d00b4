#!/bin/sh
# Installs Debian packages without letting any of them start a service, now or when the machine starts again.
set -eu
policy=/usr/sbin/policy-rc.d

restore() {
  rm -f "$policy"
  if [ -e "$policy.before-holdfast" ]; then mv "$policy.before-holdfast" "$policy"; fi
}
trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -e "$policy" ]; then mv "$policy" "$policy.before-holdfast"; fi
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --yes --no-install-recommends "$@"

[ -d /run/systemd/system ] || exit 0
for package in "$@"; do
  case $package in
    mariadb-server) units=mariadb.service ;;
    haproxy) units=haproxy.service ;;
    redis-server) units=redis-server.service ;;
    rabbitmq-server) units='rabbitmq-server.service epmd.service epmd.socket' ;;
    *) units= ;;
  esac
  for unit in $units; do systemctl --quiet disable "$unit" || :; done
done
