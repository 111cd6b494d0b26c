# shellcheck shell=sh
# Sourced by bin/*, which have set `root`: which Node runs which files. (docs/adr/0016-bundled-programs.md)

# What a daemon makes at its start lives as long as it does: of large halves for what is young it only has the copies and the
# memory. One thread copies so little in less time than it waits for another to help. (docs/adr/0016-bundled-programs.md)
# shellcheck disable=SC2034 # for who sources this
daemon_memory='--max-semi-space-size=2 --no-parallel-scavenge --no-flush-bytecode'

# Compiled modules are kept between runs. Only a directory of our own will do: what lies in it is executed.
keep_compiled() {
  [ -z "${NODE_COMPILE_CACHE-}" ] || return 0
  base=${XDG_CACHE_HOME-}
  if [ -z "$base" ]; then
    if [ -w /var/cache ]; then base=/var/cache; else base=${HOME:+$HOME/.cache}; fi
  fi
  if [ -n "$base" ] && { [ -d "$base/relived" ] || mkdir -p -m 0755 -- "$base/relived" 2>/dev/null; } &&
    [ -O "$base/relived" ] && [ -w "$base/relived" ]; then
    export NODE_COMPILE_CACHE="$base/relived"
  fi
}

# Is the bundle that of the sources that are here? build/program/built has the time when set-up last knew. Whatever puts
# other text into a file or another file into a directory sets the time of its change (ctime), which nobody can set back
# as the time of modification. An installation has no .git: nobody edits it. $RELIVED_PROGRAM decides without a look.
bundle_is_current() {
  built=$root/build/program/built
  case ${RELIVED_PROGRAM-} in
    bundle) return 0 ;;
    sources) return 1 ;;
  esac
  [ -f "$built" ] || return 1
  [ -e "$root/.git" ] || return 0
  # Its complaints are no news either: then nothing is known.
  [ -z "$(find "$root/src" "$root"/native/*.ts "$root/package.json" "$root/package-lock.json" \
    "$root/scripts/build-program.mjs" ! -name '*.test.ts' -cnewer "$built" -print -quit 2>&1)" ]
}

# launch PROGRAM SOURCE NODE_OPTIONS [ARGUMENT ...]
# $starter, if it is set and there: what becomes Node in its own time (native/starter).
launch() {
  keep_compiled
  options=$3
  name=$1
  if bundle_is_current; then
    file=$root/build/program/$name.js
    # A command that has a file of its own (scripts/build-program.mjs).
    case ${4-} in *[!a-z]* | '') ;; *) [ ! -f "$root/build/program/$name-$4.js" ] || file=$root/build/program/$name-$4.js ;; esac
  else
    file=$root/$2
  fi
  shift 3
  for node in "$root"/node_modules/node-linux-*/bin/node; do
    [ -x "$node" ] || continue
    # shellcheck disable=SC2086 # words on purpose
    set -- "$node" $options --disable-warning=ExperimentalWarning "$file" "$@"
    [ -z "${starter-}" ] || [ ! -x "$starter" ] || set -- "$starter" "$file" "$@"
    exec "$@"
  done
  echo "$name: the pinned Node is not installed yet: run 'npm run setup' in $root" >&2
  exit 1
}
