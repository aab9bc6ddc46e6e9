"""How near predicted numbers are, as scikit-learn defines it."""

import numpy as np
from numpy.typing import ArrayLike


def figures(true: ArrayLike, predicted: ArrayLike) -> dict[str, float]:
    """`mae` and `rmse` in the unit of the numbers, and `r2`, the share of their variance that is explained.

    All NaN without rows, r2 also with a single one. Where all true numbers are equal, r2 is 1 if every one was
    met and else 0.
    """
    wanted, told = np.asarray(true, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    if not len(wanted):
        return dict.fromkeys(("mae", "rmse", "r2"), float("nan"))
    off = told - wanted
    missed, spread = float(off @ off), float(np.square(wanted - wanted.mean()).sum())
    if len(wanted) < 2:
        explained = float("nan")
    elif spread == 0:
        explained = 1.0 if missed == 0 else 0.0
    else:
        explained = 1 - missed / spread
    return {"mae": float(np.abs(off).mean()), "rmse": float(np.sqrt(np.square(off).mean())), "r2": explained}
