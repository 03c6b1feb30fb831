"""What is asked of Prometheus, and how it answers."""
