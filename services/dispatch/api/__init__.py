"""HTTP for machines: roster, hand-overs, couriers' reports, deliveries."""
