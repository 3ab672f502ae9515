"""Every SQL statement of the printing service, by noun."""
