"""Jobs, their runners and the child process; knows tasks by dotted name only, no torch, no Qt."""
