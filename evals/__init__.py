"""Measurements: retrieval, refusal, the embedded model and speed, on question sets and PDFs that are given by path."""
