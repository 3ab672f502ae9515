"""The published language: every event, topic and code that crosses a border between services."""
