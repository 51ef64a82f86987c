#!/usr/bin/env bash
# Checks the unit of systemd: that systemd understands every line of it, and that it leaves no more open than EXPOSURE allows
# (in tenths of systemd's own measure, which goes from 0 to 100).
set -euo pipefail
cd "$(dirname "$0")/.."

exposure=${EXPOSURE:-15}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The program is not installed here, so the unit names the one that was built. What systemd does not understand it only warns of.
ln -s "$PWD/bin/concierge" "$folder/concierge" # whatever the name of this folder has in it
sed "s|/usr/local/bin/concierge|$folder/concierge|" deploy/systemd/concierge.service >"$folder/concierge.service"
said=$(systemd-analyze verify --man=no --recursive-errors=no "$folder/concierge.service" 2>&1) || said+=$'\nfailed'
if [ -n "$said" ]; then
  printf 'systemd-analyze verify says of deploy/systemd/concierge.service:\n%s\n' "$said" >&2
  exit 1
fi
if ! said=$(systemd-analyze security --offline=true --no-pager --threshold="$exposure" "$folder/concierge.service" 2>&1); then
  printf '%s\nthe exposure is above %s tenths\n' "$said" "$exposure" >&2
  exit 1
fi
grep 'Overall exposure' <<<"$said"
