"""Who may sign in, at the Keycloak of an installation: what an operator would click there, as commands."""
