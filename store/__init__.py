"""The library on disk: the catalog (truth), the two search indexes over it, and the embedder that feeds one of them."""
