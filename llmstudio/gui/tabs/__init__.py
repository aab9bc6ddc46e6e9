"""One folder per tab: a presenter without widgets and a page that renders its state."""
