"""Use cases over ports: one pass, the past, a stateless look, and the board made of what is known."""
