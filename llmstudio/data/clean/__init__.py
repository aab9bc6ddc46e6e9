"""Cleaning steps, each a function from text to text, and the cleaner that applies and counts them."""
