"""Questions answered: condense, retrieve, plan, generate, cite, verify. Knows the library, not how documents got into it."""
