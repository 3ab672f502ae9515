"""Whatever goes wrong reaches whoever gave the command as one sentence that says what to do."""


class PlatformError(Exception):
    """A command cannot begin or go on; the message is one sentence for the operator."""
