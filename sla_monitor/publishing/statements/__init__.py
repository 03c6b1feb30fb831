"""Statements as documents for two companies: HTML, PDF, Markdown, CSV and JSON of what was stated, and nothing else."""
