"""Inner measurements of `llmstudio benchmark`: each returns plain numbers, and anybody may call it."""
