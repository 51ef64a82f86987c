#!/usr/bin/env bash
# Prints what a build is stamped with: version, commit, and the commit's date, in one line. STAMP, where it is given, says all of it.
# Where there is no git, or no commit, it prints what VERSION says, or devel. The date is the commit's and not today's, so that a
# commit is built to the same bytes whenever.
set -euo pipefail
cd "$(dirname "$0")/.."

found() {
  local commit version date
  # Sources that were unpacked below a repository of somebody else's have no commit of it.
  if [ "$(git rev-parse --show-prefix 2>/dev/null || echo none)" ] || ! commit=$(git rev-parse HEAD 2>/dev/null); then
    echo "${VERSION:-devel}"
    return
  fi
  if ! version=$(git describe --tags --match 'v[0-9]*' --dirty=.dirty 2>/dev/null); then
    version=devel+${commit:0:12}
    git diff --quiet HEAD -- 2>/dev/null || version+=.dirty
  fi
  date=$(TZ=UTC git log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ)
  echo "${VERSION:-$version} $commit $date"
}

# It becomes a part of commands and of files' names, and git takes nearly everything for a tag.
stamp=${STAMP:-$(found)}
if [[ ! $stamp =~ ^[A-Za-z0-9._+:\ -]+$ ]]; then
  echo "a version has letters, digits and ._+- alone, and not: $stamp" >&2
  exit 1
fi
echo "$stamp"
