"""The Settings tab: appearance, this machine, folders, about. What is changed applies at once."""
