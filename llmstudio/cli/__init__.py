"""The terminal: the same jobs as the window."""
