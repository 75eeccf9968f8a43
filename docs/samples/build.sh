#!/bin/sh
# Rebuild the sample PDF from its HTML source.
# Needs Chromium (or Chrome) on PATH and the Noto CJK JP fonts. CHROMIUM may name another browser.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
out="$here/../../data/samples"
browser=${CHROMIUM:-}
if [ -z "$browser" ]; then
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then browser=$name; break; fi
  done
fi
[ -n "$browser" ] || { echo "build.sh: no Chromium found on PATH" >&2; exit 1; }

profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
sandbox=
[ "$(id -u)" -ne 0 ] || sandbox=--no-sandbox   # Chromium refuses to run its sandbox as root

mkdir -p "$out"
"$browser" --headless $sandbox --disable-gpu --no-first-run --disable-background-networking \
  --disable-component-update --disable-sync --user-data-dir="$profile" --no-pdf-header-footer \
  --print-to-pdf="$out/gemma4-family.ja.pdf" "file://$here/gemma4-family.ja.html"
