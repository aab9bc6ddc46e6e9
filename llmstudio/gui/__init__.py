"""The window; the only place that imports Qt, and it never imports torch."""
