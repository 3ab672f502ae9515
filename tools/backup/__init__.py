"""`antar backup` and `antar restore`: everything that an installation is, in one encrypted file, and back."""
