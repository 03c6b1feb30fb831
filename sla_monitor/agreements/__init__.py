"""Agreement files: YAML in, terms out."""
