"""Every SQL statement of dispatch, by noun: one function, one statement, connection first."""
