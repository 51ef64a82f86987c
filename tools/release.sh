#!/usr/bin/env bash
# Writes bin/release, which is what a release consists of: release.sh STAMP
set -euo pipefail
cd "$(dirname "$0")/.."

read -r version _ date <<<"$1"
out=bin/release
rm -rf "$out"
mkdir -p "$out"
for arch in amd64 arm64; do
  name=concierge-$version-linux-$arch
  folder=$(mktemp -d)
  GOOS=linux GOARCH=$arch CGO_ENABLED=0 go build -trimpath -buildvcs=false -pgo=concierge.pgo -tags grpcnotrace \
    -ldflags "-s -w -X 'github.com/concierge-gateway/concierge/telemetry.stamp=$1'" -o "$folder/concierge" .
  cp LICENSE README.md gateway.example.yml gateway.schema.json deploy/systemd/concierge.service "$folder"
  bin/concierge licenses >"$folder/THIRD_PARTY_LICENSES"
  # Order, owners and times are always the same, so the archive is as well.
  tar -C "$folder" --sort=name --owner=0 --group=0 --numeric-owner --mtime="${date:-1970-01-01T00:00:00Z}" --mode=u=rwX,go=rX -cf - . |
    gzip -n9 >"$out/$name.tar.gz"
  rm -rf "$folder"
done
tools/image.sh "localhost/concierge:${version//+/-}"
cp bin/image.tar "$out/concierge-$version-image-linux-$(go env GOARCH).tar"
cp bin/sbom.cdx.json "$out/concierge-$version.cdx.json"
bin/concierge licenses >"$out/THIRD_PARTY_LICENSES"
(cd "$out" && sha256sum -- * >SHA256SUMS)
ls -l "$out"
