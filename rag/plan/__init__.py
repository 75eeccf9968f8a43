"""What of history, passages and documents goes into a model's window, and why."""
