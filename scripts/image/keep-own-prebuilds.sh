#!/bin/sh
# keep-own-prebuilds NODE_MODULES: removes the prebuilt addons of other platforms and runtimes, which are most of the bytes.
set -eu
modules=$1
case $(uname -m) in
x86_64) arch=x64 ;;
aarch64) arch=arm64 ;;
*) echo "no prebuilt addons for $(uname -m): the runtime image is for x86_64 and aarch64" >&2; exit 1 ;;
esac
find "$modules" -type d -path '*/prebuilds/*' -prune ! -name "linux-$arch" -exec rm -rf {} +
find "$modules" -type f -path '*/prebuilds/*' ! -name '*.node' -delete
find "$modules" -type f \( -name '*.map' -o -name '*.md' -o -name '*.ts' \) -delete
rm -rf "$modules/.bin" "$modules/@mdk"
