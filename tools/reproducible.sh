#!/usr/bin/env bash
# Checks that another folder, at another time, gives the same bytes: reproducible.sh STAMP. bin/concierge was built with that stamp.
# CACHE=none begins with an empty cache, so that everything is compiled anew; else what has the same sources is taken from the
# cache, and what is embedded, stamped and linked is done again.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
copy="$folder/somewhere else/with a longer name"
mkdir -p "$copy"
{ git ls-files -z --cached --others --exclude-standard 2>/dev/null || find . -path ./.bin -prune -o -path ./bin -prune -o -type f -print0; } |
  grep -zv '^\(\./\)\?tests/' |
  while IFS= read -r -d '' file; do if [ -e "$file" ]; then printf '%s\0' "$file"; fi; done |
  tar --null --files-from=- -cf - | tar -C "$copy" --touch -xf -
if [ "${CACHE:-}" = none ]; then
  export GOCACHE="$folder/cache"
fi
umask 077
env TZ=Pacific/Kiritimati LC_ALL=C HOME="$folder" GOPATH="$(go env GOPATH)" GOMODCACHE="$(go env GOMODCACHE)" \
  GOCACHE="${GOCACHE:-$(go env GOCACHE)}" make -C "$copy" build STAMP="$1" >"$folder/said" || { cat "$folder/said" >&2; exit 1; }
if ! cmp bin/concierge "$copy/bin/concierge"; then
  echo "another folder gives another program" >&2
  exit 1
fi
echo "the same $(wc -c <bin/concierge) bytes: $(sha256sum <bin/concierge | cut -c1-64)"
