"""`antar new service NAME` writes a small service that runs, with its test."""
