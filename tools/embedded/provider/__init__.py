"""Where people sign in on a developer's machine: anybody as anybody, with one click. Never for a city."""
