"""Runs the whole job on a sample, through the doors that users have, and then compares what every service believes."""
