"""Blanks, the queue for them, and the print."""
