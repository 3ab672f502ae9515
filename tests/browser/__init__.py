"""Every page in a real browser, against the real platform: readable by all, on a small phone, without scripts."""
