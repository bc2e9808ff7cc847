# Shared by the entry points in this folder; sourced, not run.
# shellcheck shell=bash

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Nothing here asks a question.
exec </dev/null

say() { printf '%s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# step TITLE COMMAND...: runs it and prints how long it took.
step() {
  local title=$1 began=$SECONDS status=0
  shift
  say "== $title"
  "$@" || status=$?
  say "== $title: $((SECONDS - began)) s"
  return "$status"
}

# quietly LOG COMMAND...: keeps the output in a file and shows its end only
# when the command fails.
quietly() {
  local log=$1
  shift
  if ! "$@" >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    say "failed: $*" >&2
    say "the whole output is in $log" >&2
    return 1
  fi
}

# The packages named in files of this folder, without their comments.
packages_in() {
  local file
  for file in "$@"; do
    sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$root/deploy/$file"
  done
}

# install PACKAGE...: asks dpkg first, so that nothing touches the network when
# everything is there. Exits with 2 when it may not install. No service that
# comes with a package is started, now or at the next boot.
install() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null |
      head -n 1)" = installed ] || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  local as_root=(env)
  if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      say "These packages are missing and installing needs root. Please run:" >&2
      say "sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
      exit 2
    fi
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  mkdir -p "$root/build"
  local run=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y)
  quietly "$root/build/apt.log" "${run[@]}" update
  local policy=/usr/sbin/policy-rc.d forbidden=no status=0
  if [ ! -e "$policy" ]; then
    forbidden=yes
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
  fi
  quietly "$root/build/apt.log" "${run[@]}" install --no-install-recommends \
    "${missing[@]}" || status=$?
  [ "$forbidden" = no ] || "${as_root[@]}" rm -f "$policy"
  if [[ " ${missing[*]} " = *" clickhouse-server "* ]] &&
    command -v systemctl >/dev/null; then
    "${as_root[@]}" systemctl disable clickhouse-server >/dev/null 2>&1 || true
  fi
  return "$status"
}

# configure PRESET
configure() {
  local preset=$1
  mkdir -p "$root/build"
  # Six files at a time take less than half of what each takes alone, and 1 GB
  # of memory.
  (cd "$root" && quietly "$root/build/$preset-configure.log" \
    cmake --preset "$preset" \
    -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=6)
}

# build PRESET [TARGET...]; everything when no target is named.
build() {
  local preset=$1
  shift
  local targets=()
  [ "$#" -eq 0 ] || targets=(--target "$@")
  (cd "$root" && quietly "$root/build/$preset-build.log" \
    cmake --build --preset "$preset" "${targets[@]}")
}
