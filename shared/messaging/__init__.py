"""The messaging core: facts leave through the outbox, come in through the position guard, each effect once."""

from shared.messaging.consumer import Consumer, Received
from shared.messaging.errors import PermanentError
from shared.messaging.transaction import Connection, Database, Transaction

__all__ = ["Connection", "Consumer", "Database", "PermanentError", "Received", "Transaction"]
