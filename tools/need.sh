#!/usr/bin/env bash
# Makes sure that commands exist: need.sh COMMAND="DEBIAN PACKAGES" ...
# What is missing is installed where apt-get and root allow it. Otherwise it is named, and nothing is touched.
set -euo pipefail

missing=()
packages=()
for need in "$@"; do
  command -v "${need%%=*}" >/dev/null && continue
  missing+=("${need%%=*}")
  read -ra names <<<"${need#*=}"
  packages+=("${names[@]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "missing: ${missing[*]}. Please install them (on Debian: apt-get install ${packages[*]})." >&2
  exit 1
fi
echo "installing ${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${packages[@]}"
