#!/bin/sh
# npm start: without a configuration the lab (two routers on a network of their own), with -f FILE the daemon.
set -e
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
sh "$root/scripts/setup.sh" --quiet
for argument in "$@"; do
  case $argument in
    -f | -f?* | --use-file | --use-file=*) exec "$root/bin/relived" "$@" ;;
  esac
done
exec "$root/bin/relive" lab up "$@"
