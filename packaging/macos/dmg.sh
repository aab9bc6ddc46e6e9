#!/usr/bin/env bash
# Makes a disk image that holds the application and a link to the Applications folder.
#
#   packaging/macos/dmg.sh "dist/LLM Studio.app" dist/llmstudio-0.1.0-macos.dmg
#
# Needs: macOS (hdiutil, ditto). With SIGN_IDENTITY set the image is signed too.
set -euo pipefail

if [[ $# -ne 2 || ! -d "$1" ]]; then
    echo "usage: dmg.sh APPLICATION.app IMAGE.dmg" >&2
    exit 2
fi
application="${1%/}"
image="$2"
if [[ "$(uname)" != Darwin ]]; then
    echo "A disk image needs macOS and its hdiutil; this is $(uname)." >&2
    exit 2
fi
staging="$(mktemp -d)"
trap 'rm -rf "$staging"' EXIT
ditto "$application" "$staging/$(basename "$application")"
ln -s /Applications "$staging/Applications"
hdiutil create -volname "LLM Studio" -srcfolder "$staging" -fs APFS -format ULMO -ov "$image"
if [[ -n "${SIGN_IDENTITY:-}" && "$SIGN_IDENTITY" != - ]]; then
    codesign --force --sign "$SIGN_IDENTITY" --timestamp "$image"
fi
echo "Made: $image"
