"""The pages and the JSON API: pictures of the last board, nothing is computed for a request."""
