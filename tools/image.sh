#!/usr/bin/env bash
# Builds the container image of bin/concierge: image.sh TAG. It lies in bin/image.tar then, as an OCI archive, which podman load,
# docker load and the like take.
# Nothing is fetched: the image is built from scratch. CA_BUNDLE names the file with the authorities that are believed, where it is
# not Debian's.
set -euo pipefail
cd "$(dirname "$0")/.."

tag=$1
bundle=${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}
read -r version commit created < <(tools/version.sh; echo)
created=${created:-1970-01-01T00:00:00Z}

rm -rf bin/image bin/image.tar
root=bin/image/root
mkdir -p "$root/etc/ssl/certs" "$root/etc/concierge" "$root/licenses"
cp bin/concierge "$root/concierge"
cp "$bundle" "$root/etc/ssl/certs/ca-certificates.crt"
cp LICENSE "$root/licenses/LICENSE"
if [ -z "${CA_BUNDLE:-}" ]; then
  cp /usr/share/doc/ca-certificates/copyright "$root/licenses/CA_CERTIFICATES" # MPL-2.0, which nothing in the program is under
fi
bin/concierge licenses >"$root/licenses/THIRD_PARTY_LICENSES"
echo 'nonroot:x:65532:65532:nonroot:/nonexistent:/nonexistent' >"$root/etc/passwd"
echo 'nonroot:x:65532:' >"$root/etc/group"
chmod -R u=rwX,go=rX "$root"
chmod 755 "$root/concierge"

# Its own folder of images, taken away afterwards: whatever else this machine builds is left alone. chroot needs no daemon, no
# network and no namespaces, and vfs no file system of its own; no step of the build runs anything anyhow.
store=$(mktemp -d)
trap 'rm -rf "$store"' EXIT
own=(buildah --root "$store/images" --runroot "$store/run" --storage-driver vfs)
"${own[@]}" build --quiet --isolation chroot --timestamp "$(date -d "$created" +%s)" --identity-label=false \
  --build-arg "VERSION=$version" --build-arg "COMMIT=$commit" --build-arg "CREATED=$created" \
  --file deploy/image/Containerfile --tag "$tag" bin/image >/dev/null
"${own[@]}" push --quiet "$tag" "oci-archive:bin/image.tar:$tag"
printf 'bin/image.tar has %d MB: %s\n' $(($(wc -c <bin/image.tar) / 1000000)) "$tag"
