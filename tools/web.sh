#!/usr/bin/env bash
# Writes web/dist anew from web/graphiql. With "check" it fails if that changes anything.
set -euo pipefail

mkdir -p web/dist
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
cp -a web/dist/. "$before"

(cd web/graphiql && npm ci --prefer-offline && npm run build)

if [ "${1:-}" = check ] && ! diff -r "$before" web/dist; then
  echo "web/dist was not what make web writes. It is now: commit it." >&2
  exit 1
fi
