"""Values into markup: pure functions, no state, nothing read or sent."""
