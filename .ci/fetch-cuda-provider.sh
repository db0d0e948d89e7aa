#!/usr/bin/env bash
# Brings ONNX Runtime's CUDA provider into .cache/cuda-provider, for the test that every graph has CUDA kernels: no GPU is needed,
# and nothing of it is shipped. It must be of exactly the version of onnxruntime-node. Does nothing when it is already there.
set -euo pipefail
cd "$(dirname "$0")/.."

package=com.github.asus4.onnxruntime.linux-x64-gpu
version=0.4.9 # holds 1.29.0, built for CUDA 13
sha256=2b459e0c17f340c92970c10ed86de4f37a3009f93c14053e6ad4334cbb6be412
target=.cache/cuda-provider

installed=$(sed -n 's/.*"onnxruntime-node": "\(.*\)".*/\1/p' package.json)
if [[ "$installed" != 1.29.0 ]]; then
  echo "onnxruntime-node is $installed, but $package@$version holds the provider of 1.29.0; update .ci/fetch-cuda-provider.sh" >&2
  exit 1
fi
[[ "$(uname -sm)" == "Linux x86_64" ]] || exit 0
[[ -f "$target/libonnxruntime_providers_cuda.so" ]] && exit 0

mkdir -p .cache
work=$(mktemp -d .cache/fetch.XXXXXX)
trap 'rm -rf "$work"' EXIT
echo "fetching the CUDA provider (179 MB) from the npm package $package@$version"
npm pack "$package@$version" --pack-destination "$work" --ignore-scripts --loglevel=error >/dev/null
archive="$work/$package-$version.tgz"
echo "$sha256  $archive" | sha256sum --check --quiet
libraries=package/Plugins/Linux/x64
tar -xzf "$archive" -C "$work" "$libraries/libonnxruntime_providers_cuda.so" "$libraries/libonnxruntime_providers_shared.so"
rm -rf "$target"
mv "$work/$libraries" "$target"
