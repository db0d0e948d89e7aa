#!/bin/sh
# Fails when a library that onnxruntime-node loads is missing, or has a library of its own that the loader cannot find.
# usage: check-libraries.sh cpu|cuda12|cuda13
set -eu
accelerator=$1
folder=$(ls -d node_modules/onnxruntime-node/bin/napi-v*/linux/"$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')")

if [ "$accelerator" != cpu ] && [ ! -f "$folder/libonnxruntime_providers_cuda.so" ]; then
  echo "the CUDA provider of onnxruntime-node is not in $folder; its installer did not fetch it" >&2
  exit 1
fi
missing=$(for library in "$folder"/*.so* "$folder"/*.node; do
  name=$(basename "$library")
  needed=$(LD_LIBRARY_PATH="$folder" ldd "$library" 2>&1) || { echo "$name: ldd cannot read it: $needed"; continue; }
  # libcuda.so.1 is the driver's: the host brings it into the container.
  printf '%s\n' "$needed" | grep 'not found' | grep -v 'libcuda\.so\.1' | sed "s|^|$name:|"
done || true)
case $accelerator in
  # Providers that the package carries for machines with a GPU are not loaded on one without.
  cpu) missing=$(printf '%s\n' "$missing" | grep -v -E '^libonnxruntime_providers_(cuda|tensorrt)' || true) ;;
  *) missing=$(printf '%s\n' "$missing" | grep -v '^libonnxruntime_providers_tensorrt' || true) ;;
esac
# cuDNN is loaded when it is first needed, so that no linker names it.
finds() { ldconfig -p | grep -q "^[[:space:]]*$1 " || (IFS=:; for path in ${LD_LIBRARY_PATH:-}; do [ -f "$path/$1" ] && exit 0; done; exit 1); }
if [ "$accelerator" != cpu ] && ! finds libcudnn.so.9; then
  missing="$missing
libonnxruntime_providers_cuda.so: libcudnn.so.9, which convolutions and attention need"
fi
if [ -n "$missing" ]; then
  echo "libraries that would be missing at run time:" >&2
  printf '%s\n' "$missing" >&2
  exit 1
fi
