"""Runs before the application in the packaged program."""

import os
import sys

# There is no compiler inside, and torch must not look for one.
os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")

if sys.platform.startswith("linux"):
    # The start-up code pointed the loader at our libraries. This process has found them by now; programs of the
    # system that we start (to show a folder, say) must find their own. Each process of ours sets the path anew.
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    os.environ.pop("LD_LIBRARY_PATH", None)
    if before:
        os.environ["LD_LIBRARY_PATH"] = before
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"
