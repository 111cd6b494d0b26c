#!/bin/sh
# Builds QuickJS and the planner in it (docs/adr/0026-planner.md). Does nothing for what is newer than its sources.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
native=$(dirname -- "$here")
engine=$(dirname -- "$native")/node_modules/qjsc/deps/quickjs_2021_03_27
library=$native/build/Release/quickjs.a
planner=$native/build/Release/relived-planner
mkdir -p "$native/build/Release"

is_older() {
  [ ! -f "$1" ] || [ -n "$(find "$@" -newer "$1" -print -quit)" ]
}

# Its own flags; what compilers warn of in it is not ours to mend.
compile_part() {
  "${CC:-gcc}" -std=gnu11 -D_GNU_SOURCE -DCONFIG_VERSION='"2021-03-27"' -DCONFIG_BIGNUM -O2 -fwrapv -w \
    -c "$engine/$1.c" -o "$objects/$1.o"
}
if is_older "$library" "$here/build.sh" "$engine"; then
  objects=$(mktemp -d)
  trap 'rm -rf "$objects"' EXIT
  for part in quickjs libregexp libunicode cutils libbf; do compile_part "$part"; done
  rm -f "$library.new"
  ar rcs "$library.new" "$objects"/*.o
  mv -f "$library.new" "$library"
fi

if is_older "$planner" "$library" "$here" "$native/starter/sha256.c" "$native/starter/starter.h"; then
  # Code that was compiled is for this engine with these flags.
  build=$(cat "$here/build.sh" "$engine"/quickjs*.[ch] | sha256sum | cut -c 1-16)
  set -- -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DBUILD="\"$build\"" -O2 -s -Wall -Wextra -Werror \
    -isystem "$engine" -o "$planner.new" "$here"/*.c "$native/starter/sha256.c" "$library" -lm -lpthread
  # As the starter is: without the dynamic loader where there is a static C library.
  "${CC:-gcc}" -static "$@" 2>"$planner.log" || "${CC:-gcc}" "$@" || { cat "$planner.log" >&2 && exit 1; }
  rm -f "$planner.log"
  mv -f "$planner.new" "$planner"
fi
