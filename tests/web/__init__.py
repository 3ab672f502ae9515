"""The frame of all pages: its parts, both languages, problems as pages."""
