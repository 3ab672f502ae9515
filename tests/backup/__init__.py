"""`antar backup` and `antar restore`, piece by piece; the whole is tried in tests/compose."""
