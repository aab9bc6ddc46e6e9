"""The Models tab: what was made here, where it comes from, and whether its files are sound."""
