#!/usr/bin/env bash
# Brings ONNX Runtime's CUDA provider into .cache/cuda-provider, for the tests of what it does on CUDA libraries that compute nothing: no GPU is
# needed, and nothing of it is shipped.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ "$(uname -sm)" == "Linux x86_64" ]] || exit 0
exec sh gpu-worker/container/fetch-cuda13-provider.sh .cache/cuda-provider
