#!/bin/sh
# Benchmarks beside keepalived: bench.sh [failover [kills [ADVERT_INT_S ...]] | worker [kills [ADVERT_INT_S ...]]
# | adverts [INSTANCES [ADVERT_INT_S [WINDOW_S [ROUNDS [BUSY]]]]] | start [instances] | config [runs]
# | checks [tcp|http ...] | table [servers]
# | journal [seconds [rate ...]] | month [instances ...]
# | page [journal] | verify [journal [segments]] | live [failovers] | wall [seconds]]; without a name: all of them.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
sh "$root/scripts/setup.sh" --quiet
. "$root/scripts/launch.sh"
names="failover worker adverts start config checks table journal month page verify live wall"
case ${1-} in
  failover | worker | adverts | start | config | checks | table | journal | month | page | verify | live | wall)
    names=$1
    shift
    ;;
esac
for name in $names; do
  # Those that run a part of the daemon, not the daemon itself.
  case $name in journal) options=$daemon_memory ;; *) options= ;; esac
  # shellcheck disable=SC2086 # words on purpose
  sh "$root/scripts/node.sh" $options "$root/test/bench/$name.ts" "$@"
done
