#!/bin/sh
# Puts LLM Studio, unpacked beside this script, into this person's menu; --remove takes it out again.
# Nothing is copied, and nothing is done as administrator: the program stays in the folder it was unpacked to.
set -eu

here="$(cd "$(dirname "$0")" && pwd)"
data="${XDG_DATA_HOME:-$HOME/.local/share}"
menu="$data/applications/llmstudio.desktop"
icons="$data/icons/hicolor"

if [ "${1:-}" = --remove ]; then
    rm -f "$menu" "$icons"/*/apps/llmstudio.png "$icons/scalable/apps/llmstudio.svg"
    echo "LLM Studio is out of the menu. Your models, runs and settings are where they were."
    exit 0
fi
if [ $# -gt 0 ]; then
    echo "usage: install.sh [--remove]" >&2
    exit 2
fi
mkdir -p "$data/applications" "$icons"
cp -R "$here/share/icons/hicolor/." "$icons/"
# In a desktop entry a path is quoted, and \ " ` $ inside the quotes have a \ before them; % is doubled.
quoted="$(printf '%s' "$here/llmstudio" | sed -e 's/[\\"`$]/\\&/g' -e 's/\\/\\\\/g' -e 's/%/%%/g')"
while IFS= read -r line; do
    case "$line" in
        Exec=*) printf 'Exec="%s"\n' "$quoted" ;;
        *) printf '%s\n' "$line" ;;
    esac
done < "$here/share/applications/llmstudio.desktop" > "$menu"
echo "LLM Studio is in the menu. It can be started from here too: $here/llmstudio"
