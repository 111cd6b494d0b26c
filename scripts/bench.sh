#!/bin/sh
# Benchmarks beside keepalived: bench.sh [failover [kills] | config [runs]]; without a name: all of them.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
sh "$root/scripts/setup.sh" --quiet
names='failover config'
case ${1-} in
  failover | config)
    names=$1
    shift
    ;;
esac
for name in $names; do
  sh "$root/scripts/node.sh" "$root/test/bench/$name.ts" "$@"
done
