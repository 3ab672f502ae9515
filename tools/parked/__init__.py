"""Records that a service has set aside: seen, explained, tried again or dropped by the people on call."""
