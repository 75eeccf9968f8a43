"""Measured, not felt: retrieval, refusal, the reader and speed, on question sets and PDFs that are given by path."""
