"""One parser a file for each format: bytes to a `Document`. Parsers run in a worker process and may die there (see ingest/formats.py)."""
