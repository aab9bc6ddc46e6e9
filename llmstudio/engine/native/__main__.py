"""`python -m llmstudio.engine.native FOLDER` compiles the library for every processor, for the packaged app."""

import sys
from pathlib import Path

from llmstudio.engine.native import build

if __name__ == "__main__":
    print(*build.fill(Path(sys.argv[1])), sep="\n")
