"""Speaking: what the caller hears of us, from the fixed sentences to the wire."""
