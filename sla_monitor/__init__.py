"""Service level agreements kept by the book, from Prometheus."""
