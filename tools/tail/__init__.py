"""Events as they come, one a line."""
