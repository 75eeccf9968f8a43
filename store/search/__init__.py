"""The search of a library: by meaning (Chroma), by words (FTS5), and how both are kept level with the catalog."""
