#!/usr/bin/env bash
# buildah and debootstrap from Debian, for the worker image in `npm run test:cloud`. Does nothing when they are there.
set -euo pipefail
command -v buildah >/dev/null && command -v debootstrap >/dev/null && exit 0
echo "installing buildah and debootstrap"
(apt-get update -qq && apt-get install -y -qq --no-install-recommends buildah debootstrap crun) >/dev/null
