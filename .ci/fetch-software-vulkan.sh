#!/usr/bin/env bash
# Brings a Vulkan driver that computes on the CPU (SwiftShader) and its loader into .cache/software-vulkan, for the test that runs every network on WebGPU: no GPU is
# needed, and nothing of it is shipped. Does nothing when it is already there.
set -euo pipefail
cd "$(dirname "$0")/.."

package=@sparticuz/chromium
version=147.0.0 # a headless browser for AWS Lambda, which brings the driver along
sha256=18fe5404ce845594cd7d592fc07f37a19514079ba4d9c27192ad8b908743f16b
target=.cache/software-vulkan

[[ "$(uname -sm)" == "Linux x86_64" ]] || exit 0
[[ -f "$target/libvk_swiftshader.so" ]] && exit 0

mkdir -p .cache
work=$(mktemp -d .cache/fetch.XXXXXX)
trap 'rm -rf "$work"' EXIT
echo "fetching SwiftShader (68 MB) from the npm package $package@$version"
archive=$work/$(npm pack "$package@$version" --pack-destination "$work" --ignore-scripts --loglevel=error | tail -1)
echo "$sha256  $archive" | sha256sum --check --quiet
tar -xzf "$archive" -C "$work" package/bin/swiftshader.tar.br
node -e 'const fs = require("fs"); process.stdout.write(require("zlib").brotliDecompressSync(fs.readFileSync(process.argv[1])))' \
  "$work/package/bin/swiftshader.tar.br" >"$work/swiftshader.tar"
mkdir "$work/driver"
tar -xf "$work/swiftshader.tar" -C "$work/driver" libvk_swiftshader.so libvulkan.so.1 vk_swiftshader_icd.json
mv "$work/driver" "$target"
