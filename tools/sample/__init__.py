"""Makes a city that does not exist: its neighbourhoods, couriers, applicants, and what will happen to each of them."""
