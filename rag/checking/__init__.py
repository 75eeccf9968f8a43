"""Whether the sentences of an answer stand in the passages that they cite."""
