"""Words that every floor shares: value types, errors, settings and text. Standard library only."""
