"""What an operator does once, before a city's Antar starts: its secrets, its certificates, a look at the machine."""
