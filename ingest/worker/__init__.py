"""The worker process: it parses, renders and recognises for the pool (ingest/workers.py), and may do nothing else."""
