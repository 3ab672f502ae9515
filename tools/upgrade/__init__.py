"""From one version of Antar to the next, and back, while people go on working."""
