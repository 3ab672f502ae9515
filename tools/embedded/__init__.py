"""A real Kafka and a real PostgreSQL as child processes: Antar runs on a machine without Docker and Java."""
