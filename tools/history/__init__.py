"""`antar history`: the way back after a service's database was restored to an earlier moment."""
