#!/usr/bin/env bash
# Signs the application from the inside out, with the hardened runtime.
#
#   SIGN_IDENTITY="Developer ID Application: NAME (TEAM)" packaging/macos/sign.sh "dist/LLM Studio.app"
#
# Needs: macOS with the Xcode command line tools, and a "Developer ID Application" certificate with its private key in
# the keychain (a paid developer account). `security find-identity -v -p codesigning` lists what is there.
# SIGN_IDENTITY=- signs ad hoc: good on this Mac only, cannot be notarised.
set -euo pipefail

if [[ $# -ne 1 || ! -d "$1" ]]; then
    echo "usage: SIGN_IDENTITY=... sign.sh APPLICATION.app" >&2
    exit 2
fi
application="${1%/}"
if [[ "$(uname)" != Darwin ]]; then
    echo "Signing needs macOS and its codesign; this is $(uname)." >&2
    exit 2
fi
if [[ -z "${SIGN_IDENTITY:-}" ]]; then
    echo "Say who signs: SIGN_IDENTITY=\"Developer ID Application: NAME (TEAM)\", or - for this Mac only." >&2
    exit 2
fi
entitlements="$(cd "$(dirname "$0")" && pwd)/entitlements.plist"
options=(--force --sign "$SIGN_IDENTITY" --options runtime)
if [[ "$SIGN_IDENTITY" != - ]]; then
    options+=(--timestamp)
fi

# Libraries and modules first, then frameworks, then the programs, last the whole.
find "$application/Contents" -type f \( -name '*.dylib' -o -name '*.so' -o -perm -u+x \) ! -path '*/MacOS/*' -print0 |
    while IFS= read -r -d '' file; do
        if file -b "$file" | grep -q 'Mach-O'; then
            codesign "${options[@]}" "$file"
        fi
    done
find "$application/Contents" -depth -type d -name '*.framework' -print0 |
    while IFS= read -r -d '' framework; do
        codesign "${options[@]}" "$framework"
    done
find "$application/Contents/MacOS" -type f -print0 |
    while IFS= read -r -d '' program; do
        codesign "${options[@]}" --entitlements "$entitlements" "$program"
    done
codesign "${options[@]}" --entitlements "$entitlements" "$application"
codesign --verify --deep --strict --verbose=2 "$application"
echo "Signed: $application"
