"""How long this machine slept: by two clocks of the system, one of which stands still meanwhile.

The time of day says nothing about it, for it can be set.
"""

import sys
import time


def asleep() -> float:
    """Seconds spent asleep since the machine was started; 0.0 where the system does not tell."""
    slept = 0.0
    if sys.platform == "linux":
        slept = time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    elif sys.platform == "darwin":  # pragma: no cover
        slept = time.clock_gettime(time.CLOCK_MONOTONIC) - time.clock_gettime(time.CLOCK_UPTIME_RAW)
    elif sys.platform == "win32":  # pragma: no cover
        slept = _asleep_on_windows()
    return slept


def _asleep_on_windows() -> float:  # pragma: no cover
    """Interrupt time counts sleep, unbiased interrupt time does not; both in units of 100 ns."""
    import ctypes  # its library is there on Windows alone

    with_sleep, awake = ctypes.c_ulonglong(), ctypes.c_ulonglong()
    kernel = ctypes.WinDLL("api-ms-win-core-realtime-l1-1-1")  # type: ignore[attr-defined,unused-ignore]
    kernel.QueryInterruptTime(ctypes.byref(with_sleep))
    kernel.QueryUnbiasedInterruptTime(ctypes.byref(awake))
    return (with_sleep.value - awake.value) / 1e7
