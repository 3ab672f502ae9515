"""What each cause of setting a record aside means, and what to do about it."""

from shared.messaging.parking import GAP

_WRITER = "Tell the owner of the topic; if nothing else can be done, `antar parked drop` it."

MEANINGS = {
    GAP: "It only waits for an earlier event of the same key, and is applied by itself after that one.",
    "bad-data": "Its data are not what its type promises. Mend the writer, or the reader's release, then retry. "
    + _WRITER,
    "null-key": "It has no key, so nobody can say whose it is. It is not from our own relay. " + _WRITER,
    "bad-key": "Its key is not text, or longer than 200 bytes. It is not from our own relay. " + _WRITER,
    "missing-header": "A header of the envelope is missing. It is not from our own relay. " + _WRITER,
    "bad-header": "A header of the envelope is not of its form. It is not from our own relay. " + _WRITER,
    "bad-envelope": "Its envelope (structured CloudEvents) cannot be read. It is not from our own relay. " + _WRITER,
    "handler-refused": "The reader's rules refuse it as it stands. Mend the cause, then retry.",
}


def meaning(code: str, service: str) -> str:
    """One plain sentence, or two, for the person on call."""
    kind, _, error = code.partition(":")
    if kind == "handler-failed":
        return (
            f"The code of {service} broke on it with {error}: `event_refused` in its log says where. "
            "Mend the code or what it met in the database, then retry."
        )
    return MEANINGS.get(code) or f"The rules of {service} refuse it ({code}). Mend the cause, then retry."
