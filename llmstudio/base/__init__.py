"""Ground floor: errors, files, paths and words for numbers; imports nothing of ours."""
