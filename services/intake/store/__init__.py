"""Every SQL statement of intake, by noun."""
