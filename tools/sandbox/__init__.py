"""`antar sandbox`: events to try a consumer on, in an installation that is there for trying."""
