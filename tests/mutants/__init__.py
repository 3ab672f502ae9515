"""The mutation table: each guard of the core is taken away in turn, and a named test must notice."""
