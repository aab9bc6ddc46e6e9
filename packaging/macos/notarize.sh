#!/usr/bin/env bash
# Has the signed disk image notarised and fastens the ticket to it, so that it opens by double click offline too.
#
#   NOTARY_PROFILE=llmstudio packaging/macos/notarize.sh dist/llmstudio-0.1.0-macos.dmg
#
# Needs: macOS with Xcode 13 or newer, an image signed with a Developer ID (sign.sh, dmg.sh), and credentials that
# were put into the keychain once:
#   xcrun notarytool store-credentials llmstudio --apple-id ADDRESS --team-id TEAM --password APP-PASSWORD
set -euo pipefail

if [[ $# -ne 1 || ! -f "$1" ]]; then
    echo "usage: NOTARY_PROFILE=... notarize.sh IMAGE.dmg" >&2
    exit 2
fi
image="$1"
if [[ "$(uname)" != Darwin ]]; then
    echo "Notarising needs macOS and its notarytool; this is $(uname)." >&2
    exit 2
fi
if [[ -z "${NOTARY_PROFILE:-}" ]]; then
    echo "Say which credentials: NOTARY_PROFILE=NAME, as stored with notarytool store-credentials." >&2
    exit 2
fi
xcrun notarytool submit "$image" --keychain-profile "$NOTARY_PROFILE" --wait
xcrun stapler staple "$image"
xcrun stapler validate "$image"
spctl --assess --type open --context context:primary-signature --verbose "$image"
echo "Notarised: $image"
