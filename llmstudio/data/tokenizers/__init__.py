"""Ways to cut text into tokens; one protocol, one file per kind."""
