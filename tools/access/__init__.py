"""Who may do what on the broker: computed from topics.yaml, compared with what the broker has, and put right."""
