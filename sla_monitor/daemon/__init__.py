"""The only builder of things, the only reader of the environment and of the clock."""
