"""One module for each question that the checker asks."""
