#!/bin/sh
# Builds the addon against the headers of the pinned Node. Does nothing if it is newer than its sources.
# Quiet on success; on failure the compiler's whole output goes to stderr.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/.." && pwd)
addon="$here/build/Release/relived_native.node"

fail() {
  echo "native/build.sh: $1" >&2
  exit 1
}

nodedir=
for dir in "$root"/node_modules/node-linux-*; do
  if [ -x "$dir/bin/node" ] && [ -f "$dir/include/node/node_api.h" ]; then
    nodedir=$(CDPATH= cd -P -- "$dir" && pwd)
    break
  fi
done
[ -n "$nodedir" ] || fail "no node_modules/node-linux-* with headers: run 'npm install' first"
PATH="$nodedir/bin:$PATH"
export PATH

if [ -f "$addon" ]; then
  stale=
  for source in "$here"/binding.gyp "$here"/build.sh "$here"/src/* "$nodedir/include/node/node_version.h"; do
    [ "$source" -nt "$addon" ] && stale=$source
  done
  [ -z "$stale" ] && exit 0
fi

# npm sets npm_config_node_gyp for the scripts it runs; otherwise the copy inside npm, or one in PATH, will do.
find_node_gyp() {
  if [ -n "${npm_config_node_gyp:-}" ] && [ -f "$npm_config_node_gyp" ]; then
    echo "$npm_config_node_gyp"
    return
  fi
  for dir in "$root/node_modules" "$(npm root -g 2>/dev/null || true)" "$(npm root -g 2>/dev/null || true)/npm/node_modules" \
    /usr/share/nodejs /usr/lib/node_modules /usr/lib/node_modules/npm/node_modules \
    /usr/local/lib/node_modules/npm/node_modules "$nodedir/lib/node_modules/npm/node_modules"; do
    if [ -f "$dir/node-gyp/bin/node-gyp.js" ]; then
      echo "$dir/node-gyp/bin/node-gyp.js"
      return
    fi
  done
  command -v node-gyp || true
}
gyp=$(find_node_gyp)
[ -n "$gyp" ] || fail "node-gyp not found: it comes with npm"
command -v python3 >/dev/null || fail "node-gyp needs python3"
command -v c++ >/dev/null || command -v g++ >/dev/null || fail "a C++ compiler is needed (Debian: apt-get install g++ make)"

cd "$here"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A real path: node-gyp writes it into makefiles, and a linked one would rebuild for every link.
case $gyp in
  *.js) set -- node "$gyp" ;;
  *) set -- "$gyp" ;;
esac
if ! "$@" rebuild --release --nodedir="$nodedir" >"$log" 2>&1; then
  cat "$log" >&2
  fail "node-gyp failed"
fi
[ -f "$addon" ] || fail "node-gyp left no $addon"
