"""What was promised and what was kept: pure functions over facts and an instant handed in."""
