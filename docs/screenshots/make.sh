#!/usr/bin/env bash
# Makes the pictures of the README from the real pages over the demonstration shop, light and dark.
#
#   docs/screenshots/make.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
target=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/regulars/target}
CARGO_TARGET_DIR=$target cargo build -p regulars-cli --bin regulars --examples >&2
home=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null; rm -rf "$home"' EXIT
"$target/debug/regulars" -q --home "$home" demo --no-serve >/dev/null
"$target/debug/regulars" -q --home "$home" serve --addr 127.0.0.1:8241 &
server=$!
until curl -sf -o /dev/null http://127.0.0.1:8241/health; do sleep 0.1; done

shoot() {
    local name=$1 page=$2 height=$3 theme
    for theme in light dark; do
        local sign='?'
        [[ "$page" == *\?* ]] && sign='&'
        # Time of the page's own, so that every chart in view is drawn.
        chromium --headless --no-sandbox --disable-gpu --enable-unsafe-swiftshader --disable-quic --no-first-run \
            --disable-background-networking --hide-scrollbars --user-data-dir="$home/profile" \
            --window-size="1280,$height" --virtual-time-budget=8000 \
            --screenshot="docs/screenshots/$name-$theme.png" "http://127.0.0.1:8241$page${sign}theme=$theme" 2>/dev/null
    done
}
shoot summary /d/synthetic 1380
shoot marketing /d/synthetic/marketing 900
shoot value /d/synthetic/value 1460
