"""The Data tab: import text, look at it, clean it, see how it is split and where it came from."""
