"""The embedder: texts to vectors."""
