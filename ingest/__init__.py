"""Documents in: find, parse, chunk, embed, store. Knows the library, not what is asked of it."""
