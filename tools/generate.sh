#!/usr/bin/env bash
# Writes graph/ anew from schema/ and gqlgen.yml. With "check" it fails if that changes anything.
# What generation wrote before is taken away first, so that no file outlives the schema file it came from; it comes back
# if generation fails.
set -euo pipefail

before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
cp -a graph/. "$before"

grep -lsE '^// Code generated .* DO NOT EDIT\.$' graph/*.go | xargs -r rm --
if ! .bin/gqlgen generate; then
  cp -a "$before"/. graph/
  echo "graph/ is left as it was" >&2
  exit 1
fi

if [ "${1:-}" = check ] && ! diff -ru "$before" graph; then
  echo "graph/ was not what make generate writes. It is now: commit it." >&2
  exit 1
fi
