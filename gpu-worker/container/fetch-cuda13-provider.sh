#!/bin/sh
# Brings ONNX Runtime's CUDA provider, built for CUDA 13, into a folder, from an npm package: onnxruntime-node's own installer has the one
# for CUDA 12 alone, from another registry. It must be of exactly the version of onnxruntime-node. Does nothing when it is already there.
# usage, in the folder of package.json: fetch-cuda13-provider.sh TARGET
set -eu
target=$1

package=com.github.asus4.onnxruntime.linux-x64-gpu
version=0.4.9 # holds 1.29.0
sha256=2b459e0c17f340c92970c10ed86de4f37a3009f93c14053e6ad4334cbb6be412

installed=$(sed -n 's/.*"onnxruntime-node": "\(.*\)".*/\1/p' package.json)
if [ "$installed" != 1.29.0 ]; then
  echo "onnxruntime-node is $installed, but $package@$version holds the provider of 1.29.0; update $0" >&2
  exit 1
fi
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "the provider is built for Linux on x86_64, not for $(uname -sm)" >&2
  exit 1
fi
[ -f "$target/libonnxruntime_providers_cuda.so" ] && exit 0

mkdir -p "$target"
work=$(mktemp -d "$target/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "fetching the CUDA 13 provider (179 MB) from the npm package $package@$version"
npm pack "$package@$version" --pack-destination "$work" --ignore-scripts --loglevel=error >/dev/null
archive="$work/$package-$version.tgz"
echo "$sha256  $archive" | sha256sum -c - >/dev/null
libraries=package/Plugins/Linux/x64
tar -xzf "$archive" -C "$work" "$libraries/libonnxruntime_providers_cuda.so" "$libraries/libonnxruntime_providers_shared.so"
mv "$work/$libraries/libonnxruntime_providers_shared.so" "$work/$libraries/libonnxruntime_providers_cuda.so" "$target/"
