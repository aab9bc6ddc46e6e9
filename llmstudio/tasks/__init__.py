"""One file per kind of job; the only place where engine, data and store meet."""
