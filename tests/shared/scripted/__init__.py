"""A log in memory, and a service over it that can be stopped anywhere: for proofs in which no time passes."""
