"""Real servers, generated traffic with known truth, and the fastest way of loading it."""
