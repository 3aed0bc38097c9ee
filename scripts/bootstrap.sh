#!/bin/sh
# Installs the project's packages when they are missing or package-lock.json has changed. After it, `node` in an npm
# script is the project's own Node 24, whatever the system has.
set -eu
cd "$(dirname "$0")/.."
stamp=node_modules/.installed-lock
if [ -f "$stamp" ] && cmp -s package-lock.json "$stamp" && [ -x node_modules/.bin/node ]; then
  exit 0
fi
echo "installing packages"
started=$(date +%s)
# Not `npm ci`: it refuses a lock without the entries of platforms that the registry at hand doesn't carry.
npm install --no-save --no-audit --no-fund --loglevel=error
[ -x node_modules/.bin/node ] && node_modules/.bin/node --version | grep -q '^v24\.' || {
  echo "the package node@24 did not install its program: allow its install script (npm install-scripts, or ignore-scripts=false) and run again" >&2
  exit 1
}
cp package-lock.json "$stamp"
echo "packages installed in $(($(date +%s) - started)) s"
