#!/bin/sh
# Installs and builds what a checkout needs: Debian packages, Node packages with the pinned Node, raw-socket, the native
# addon, the page of the visualizer, the bundle of the programs and their manual pages. Every step is skipped when its result is there; a complete checkout costs a few
# milliseconds and no network.
#
#   setup.sh [--quiet]     --quiet: say nothing when there is nothing to do
set -eu
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"

quiet=
[ "${1-}" = --quiet ] && quiet=1
stamp=$root/.setup-stamp
log=$root/build/setup.log
policy=/usr/sbin/policy-rc.d
policy_mark='# relived setup: no service starts while packages are installed'

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# Debian package and the command that proves it. The optional ones serve single groups of tests and do not exist everywhere.
required='iproute2:ip g++:g++ libpcre2-dev:pcre2-config procps:ps iputils-ping:ping util-linux:flock
  keepalived:keepalived openssl:openssl tcpdump:tcpdump tshark:tshark nftables:nft'
optional='chromium:chromium user-mode-linux:linux.uml kmod:modprobe frr:vtysh iptables:xtables-legacy-multi ipset:ipset ipvsadm:ipvsadm'

missing() {
  for pair in $1; do
    command -v "${pair#*:}" >/dev/null 2>&1 || printf '%s ' "${pair%%:*}"
  done
}

digest() { sha256sum | cut -c 1-32; }
packages_digest() { { cat package.json package-lock.json && uname -m; } | digest; }
# What the addon and the page are made of; a later change of either is built by the next run.
native_digest() {
  {
    cat package-lock.json
    [ ! -d native ] || find native -name build -prune -o -type f ! -name '*.ts' -print | LC_ALL=C sort | xargs cat
  } | digest
}
view_digest() {
  {
    cat package-lock.json
    [ ! -f scripts/build-view.mjs ] ||
      find scripts/build-view.mjs src/view src/machines src/protocol -name '*.test.ts' -prune -o -type f -print |
      LC_ALL=C sort | xargs cat
  } | digest
}

# What scripts/launch.sh looks at, and what decides which modules are bundled.
program_digest() {
  find src native/*.ts native/starter/build.sh docs/man package.json package-lock.json scripts/build-program.mjs -type f ! -name '*.test.ts' -print |
    LC_ALL=C sort | xargs sha256sum | digest
}

stamped() { grep -qxF "$1" "$stamp" 2>/dev/null; }
unstamp() {
  grep -vE "^$1( |\$)" "$stamp" >"$stamp.new" 2>/dev/null || true
  mv "$stamp.new" "$stamp"
}
set_stamp() {
  unstamp "${1%% *}"
  printf '%s\n' "$1" >>"$stamp"
}

pinned_node() {
  for node in node_modules/node-linux-*/bin/node; do
    [ -x "$node" ] && printf '%s' "$root/$node" && return
  done
}
native_ready() { [ ! -f native/build.sh ] || [ -n "$(find native/build build -name '*.node' 2>/dev/null | head -n 1)" ]; }
raw_socket=node_modules/raw-socket/build/Release/raw.node

complete() {
  stamped ready && [ -z "$(missing "$required")" ] && [ -n "$(pinned_node)" ] && [ -f "$raw_socket" ] && native_ready &&
    stamped "system $(system_state)" && stamped "packages $(packages_digest)" &&
    stamped "native $(native_digest)" && stamped "view $(view_digest)" && program_current
}
# Which optional packages are absent: recorded, so that one the distribution lacks is not asked for on every run.
system_state() { missing "$optional" | digest; }

# Runs a command with its output in the log; the log's end is shown only if it fails.
quietly() {
  mkdir -p build
  "$@" >"$log" 2>&1 </dev/null 9>&- && return
  tail -n 25 "$log" >&2
  return 1
}

timed() {
  begun=$(date +%s)
  "$@" || return
  say "  done in $(($(date +%s) - begun)) s"
}

apt_update() {
  for pause in 2 5 10 0; do
    apt-get update -qq && return
    sleep "$pause"
  done
  echo 'apt-get update failed; trying with the lists that are here'
}
apt_install() {
  apt_update
  offered=
  for name in $2; do
    if apt-cache show "$name" >/dev/null 2>&1; then offered="$offered $name"; fi
  done
  # shellcheck disable=SC2086 # words on purpose
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    ca-certificates $1 $offered
}

# Packages such as keepalived start their service on installation; this machine is not ours to run one on.
forbid_services() {
  [ -d "${policy%/*}" ] || return 0
  if [ ! -e "$policy" ] || grep -qxF "$policy_mark" "$policy" 2>/dev/null; then
    printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" >"$policy"
    chmod 755 "$policy"
  fi
}
allow_services() { if grep -qxF "$policy_mark" "$policy" 2>/dev/null; then rm -f "$policy"; fi; }

install_system_packages() {
  need=$(missing "$required")
  want=$(missing "$optional")
  if [ -z "$need$want" ] || { [ -z "$need" ] && stamped "system $(system_state)"; }; then
    set_stamp "system $(system_state)"
    return
  fi
  if ! command -v apt-get >/dev/null 2>&1; then
    [ -z "$need" ] || fail "this system has no apt-get: install what these Debian packages hold, then run again: $need"
    say "not here, and no apt-get to install it; the tests that need it cannot run: $want"
  elif [ "$(id -u)" -ne 0 ]; then
    [ -z "$need" ] || fail "missing packages; as root run: apt-get install --no-install-recommends $need$want"
    say "not here; the tests that need it cannot run: $want"
  else
    say "Debian packages: installing $need$want"
    trap allow_services EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    forbid_services
    timed quietly apt_install "$need" "$want" || fail "apt-get could not install: $need$want (log: $log)"
    allow_services
    need=$(missing "$required")
    [ -z "$need" ] || fail "still missing after the installation: $need (log: $log)"
    want=$(missing "$optional")
    [ -z "$want" ] || say "  not offered for this system; the tests that need it cannot run: $want"
  fi
  set_stamp "system $(system_state)"
}

# Does the installed tree hold what the lock file says? npm notes what it installed in node_modules/.package-lock.json.
tree_matches_lock() {
  [ -n "$(pinned_node)" ] && [ -f node_modules/.package-lock.json ] && "$(pinned_node)" -e '
    const read = (path) => JSON.parse(require("fs").readFileSync(path, "utf8")).packages;
    const lock = read("package-lock.json"), tree = read("node_modules/.package-lock.json");
    const same = (path) => tree[path] && tree[path].version === lock[path].version
      && tree[path].integrity === lock[path].integrity;
    const wanted = Object.keys(lock).every((path) => path === "" || lock[path].optional || same(path));
    const known = Object.keys(tree).every((path) => lock[path] && same(path));
    process.exit(wanted && known ? 0 : 1);'
}

install_node_packages() {
  if [ -n "$(pinned_node)" ] && stamped "packages $(packages_digest)"; then return; fi
  if ! tree_matches_lock; then
    [ ! -L node_modules ] || fail 'node_modules is a symbolic link and does not match package-lock.json: mend it where it points'
    command -v npm >/dev/null 2>&1 || fail 'npm is missing: install Node 18 or newer with npm'
    say 'Node packages: npm ci'
    timed quietly npm ci --ignore-scripts --no-audit --no-fund --include=dev --include=optional --loglevel=error ||
      fail "npm ci failed (log: $log)"
  fi
  [ -n "$(pinned_node)" ] || fail "no pinned Node for this machine ($(uname -s) $(uname -m)): Linux on x86-64 or arm64 is needed"
  set_stamp "packages $(packages_digest)"
}

loads() { quietly "$(pinned_node)" -e "$1"; }
load_raw_socket='require("raw-socket")'

# Built here and not by npm: the package's own recipe compiles for the Node that runs npm.
build_raw_socket() {
  if [ -f "$raw_socket" ] && loads "$load_raw_socket" 2>/dev/null; then return; fi
  say 'raw-socket: compiling for the pinned Node'
  timed quietly sh scripts/compile-addon.sh "$raw_socket" -std=gnu++20 -fno-rtti -fno-exceptions \
    -DNODE_GYP_MODULE_NAME=raw -isystem node_modules/nan node_modules/raw-socket/src/raw.cc ||
    fail "raw-socket did not compile (log: $log)"
}

build_native() {
  if native_ready && stamped "native $(native_digest)"; then return; fi
  if [ -f native/build.sh ]; then
    say 'native addon: compiling'
    timed quietly sh native/build.sh || fail "native/build.sh failed (log: $log)"
    native_ready || fail 'native/build.sh left no addon'
  fi
  set_stamp "native $(native_digest)"
}

build_view() {
  if stamped "view $(view_digest)"; then return; fi
  if [ -f scripts/build-view.mjs ]; then
    say 'visualizer: building its page'
    timed quietly sh scripts/node.sh scripts/build-view.mjs || fail "scripts/build-view.mjs failed (log: $log)"
  fi
  set_stamp "view $(view_digest)"
}

# The bundle's own note says what it was made of, and its time when that was last seen to be what is here: it goes with the
# bundle where that is copied, and what a change of branches and back has touched is not built again.
program_built=build/program/built
program_current() {
  [ -f "$program_built" ] || return
  # Taken before the sources are read: what changes while they are is newer.
  seen=$(mktemp build/seen.XXXXXX) || return
  if [ "$(cat "$program_built")" = "$(program_digest)" ]; then
    touch -r "$seen" "$program_built"
    rm -f "$seen"
    return
  fi
  rm -f "$seen"
  return 1
}

build_program() {
  if program_current; then return; fi
  say 'programs: bundling them'
  mkdir -p build
  seen=$(mktemp build/seen.XXXXXX)
  sources=$(program_digest)
  timed quietly sh scripts/node.sh scripts/build-program.mjs || fail "scripts/build-program.mjs failed (log: $log)"
  # The commands themselves tell what manual pages say of their options.
  rm -rf build/man
  quietly sh scripts/node.sh build/program/relive.js completion manual docs/man build/man ||
    fail "the manual pages could not be made (log: $log)"
  printf '%s\n' "$sources" >"$program_built.new"
  touch -r "$seen" "$program_built.new"
  rm -f "$seen"
  mv "$program_built.new" "$program_built"
}

verify() {
  loads "$load_raw_socket" || fail "the pinned Node cannot load raw-socket (log: $log)"
  loads 'require("netlink")' || fail "the pinned Node cannot load netlink (log: $log)"
  loads 'new (require("better-sqlite3"))(":memory:").close()' || fail "the pinned Node cannot load better-sqlite3 (log: $log)"
  for addon in $(find native/build build -name '*.node' ! -path '*/obj.target/*' 2>/dev/null); do
    loads "require('$root/$addon')" || fail "the pinned Node cannot load $addon (log: $log)"
  done
}

if complete; then
  [ -n "$quiet" ] || say 'everything is in place'
  exit 0
fi

# One set-up at a time in a checkout; the lock goes with the process.
if command -v flock >/dev/null 2>&1; then
  exec 9<package.json
  if ! flock -n 9; then
    say 'another set-up is running here: waiting for it'
    flock -w 1800 9 || fail 'gave up waiting for the other set-up'
  fi
fi

# Nothing counts as complete until it has been seen to load.
unstamp ready
install_system_packages
install_node_packages
build_raw_socket
build_native
build_view
build_program
verify
set_stamp ready
say 'ready'
