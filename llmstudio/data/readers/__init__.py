"""One small reader per family of formats; each turns decoded text into rows or documents, never into files."""
