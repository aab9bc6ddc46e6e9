"""Things that happen to files."""

import random
from pathlib import Path


def harm(path: Path, chance: random.Random) -> None:
    """One of the things that happen to files."""
    data = bytearray(path.read_bytes())
    at = chance.randrange(len(data))
    kind = chance.choice(("flip", "flip", "cut", "grow", "swap", "zero"))
    if kind == "flip":
        at = chance.randrange(min(len(data), chance.choice((16, 300, 1 << 30))))
        data[at] ^= 1 << chance.randrange(8)
    elif kind == "cut":
        del data[at:]
    elif kind == "grow":
        data += bytes(chance.randrange(1, 50))
    elif kind == "swap":
        data[at : at + 9] = data[at : at + 9][::-1]
    else:
        data[at : at + 40] = bytes(len(data[at : at + 40]))
    path.write_bytes(data)
