"""An installation with docker compose, as an operator makes it; run by `make test-compose`."""
