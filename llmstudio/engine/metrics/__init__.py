"""How good predictions are, as pure functions of numbers and texts in float64; imports numpy and nothing above it."""
