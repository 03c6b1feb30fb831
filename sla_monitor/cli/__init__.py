"""The command: a verb a file, one place that catches errors, one exit."""
