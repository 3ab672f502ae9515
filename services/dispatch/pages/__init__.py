"""Pages for coordinators and couriers."""
