"""Throughput and cost of the core beside the bare clients, as ratios within one run: `make bench`."""
