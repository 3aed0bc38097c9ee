#!/bin/sh
# collect ROOT FILE...: copies programs into ROOT, and every shared library that the files load. Addons themselves, which lie
# in node_modules, are not copied.
set -eu
root=$1
shift
for file in "$@"; do
  case $file in
  *.node) ;;
  *) mkdir -p "$root$(dirname "$file")" && cp "$file" "$root$file" ;;
  esac
  missing=$(ldd "$file" | grep 'not found' || true)
  [ -z "$missing" ] || { echo "$file needs libraries that are not here: $missing" >&2; exit 1; }
  ldd "$file" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
done
