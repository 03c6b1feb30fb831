"""The book: slices, what was measured, breaches and deliveries. SQLite, made and migrated at start."""
