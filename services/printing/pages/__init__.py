"""Pages for people at the store and the printer."""
