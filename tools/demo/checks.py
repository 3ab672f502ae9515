"""The comparison: small named checks, each with a left and a right side, that must hold however the job went."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tools.demo.books import Books, Expected, Ids, Log, Stock, Told


@dataclass(frozen=True, slots=True)
class Check:
    """`sentence` says what must be the same. `apart` counts what stands on one side only, where sides are sets."""

    name: str
    sentence: str
    left: int
    right: int
    apart: int = 0

    @property
    def holds(self) -> bool:
        """Whether both sides are the same."""
        return self.left == self.right and self.apart == 0


def compare(books: Books, log: Log, expected: Expected, told: Told) -> list[Check]:
    """All checks, those that hold and those that do not."""
    return [
        *_intake(books, log),
        *_printing(books, log),
        *_dispatch(books, log),
        *_notify(books, log),
        *_blanks(books, log),
        *_the_log(books, log),
        *_the_script(books, expected, told),
    ]


def _same(name: str, sentence: str, left: Ids, right: Ids) -> Check:
    return Check(name, sentence, len(left), len(right), len(left ^ right))


def _alike(name: str, sentence: str, left: Mapping[str, int], right: Mapping[str, int]) -> Check:
    apart = sum(abs(left.get(key, 0) - right.get(key, 0)) for key in {*left, *right})
    return Check(name, sentence, sum(left.values()), sum(right.values()), apart)


def _intake(books: Books, log: Log) -> Iterator[Check]:
    yield _same(
        "recorded",
        "every application that intake has was announced, and no other",
        books.taken,
        log.of("ApplicationRecorded"),
    )
    yield Check(
        "recorded-once", "no application was announced twice", len(books.taken), log.count("ApplicationRecorded")
    )
    yield _same("recipients", "every application has a recipient", books.taken, log.of("RecipientRegistered"))
    yield _same("cleared", "every clearing was announced", books.cleared, log.of("ApplicationClearedForPrint"))
    yield _same("cancelled", "every cancellation was announced", books.cancelled, log.of("ApplicationCancelled"))
    yield _same("closed", "every closing was announced", books.closed, log.of("ApplicationClosed"))
    yield Check(
        "application-states",
        "every application is in one state",
        len(books.taken),
        sum(books.application_states.values()),
    )


def _printing(books: Books, log: Log) -> Iterator[Check]:
    yield _same("orders", "every cleared application has a print order", books.cleared, books.orders)
    yield _same("queued", "every print order was announced", books.orders, log.of("PrintOrderQueued"))
    yield _same("printed", "every print was announced", books.printed, log.of("DocumentPrinted"))
    yield Check("printed-once", "nothing was printed twice", len(books.printed), log.count("DocumentPrinted"))
    yield Check(
        "order-states", "every print order is in one state", len(books.orders), sum(books.order_states.values())
    )


def _dispatch(books: Books, log: Log) -> Iterator[Check]:
    yield _same("deliveries", "every printed document is a delivery", books.printed, books.deliveries)
    assigned = log.of("DeliveryAssigned")
    yield Check(
        "assigned",
        "whatever is on its way was assigned to a courier",
        len(books.assigned & assigned),
        len(books.assigned),
    )
    yield Check("assigned-documents", "nothing was assigned that does not exist", len(assigned - books.deliveries), 0)
    yield _same("delivered", "every hand-over to the owner was announced", books.delivered, log.of("DeliveryCompleted"))
    yield Check("delivered-once", "nothing was delivered twice", len(books.delivered), log.count("DeliveryCompleted"))
    yield _same("closed-by-delivery", "what was delivered is closed at intake", books.delivered, books.closed)
    yield _same("returned", "every return was announced", books.returned, log.of("DocumentReturned"))
    yield _alike("visits", "every fruitless visit was announced with its outcome", books.visits, log.visits)
    yield Check(
        "delivery-states", "every delivery is in one state", len(books.deliveries), sum(books.delivery_states.values())
    )
    yield Check("holders", "every document is with one holder", len(books.deliveries), sum(books.holders.values()))


def _notify(books: Books, log: Log) -> Iterator[Check]:
    by_state: Counter[str] = Counter()
    by_milestone: Counter[str] = Counter()
    for (milestone, state), n in books.messages.items():
        by_state[state] += n
        by_milestone[milestone] += n
    yield Check("messages-sent", "every sent message was announced", by_state["SENT"], log.count("MessageSent"))
    yield Check(
        "messages-given-up",
        "every message that was given up was announced",
        by_state["UNDELIVERABLE"],
        log.count("MessageUndeliverable"),
    )
    yield Check("told-received", "one message per application", len(books.taken), by_milestone["RECEIVED"])
    yield Check("told-ready", "one message per printed document", len(books.printed), by_milestone["READY"])
    yield Check("told-delivered", "one message per hand-over", len(books.delivered), by_milestone["DELIVERED"])
    at_rest = sum(by_state[state] for state in ("SENT", "UNDELIVERABLE", "WITHDRAWN"))
    yield Check("messages-at-rest", "no message is under way", sum(by_state.values()), at_rest)


def _blanks(books: Books, log: Log) -> Iterator[Check]:
    for stock in books.stocks:
        yield _conserved(stock)
        yield Check(
            f"reserved {stock.stock_id}",
            "no more is reserved than is there",
            max(0, stock.reserved - stock.in_stock),
            0,
        )
    received = sum(stock.received for stock in books.stocks)
    printed = sum(stock.printed for stock in books.stocks)
    spoiled = sum(stock.spoiled for stock in books.stocks)
    reserved = sum(stock.reserved for stock in books.stocks)
    yield Check("blanks-received", "every lot was announced", received, log.blanks_received)
    yield Check(
        "allocations",
        "blanks allocated, less those released and spoiled, are printed or reserved",
        log.count("BlankAllocated") - log.count("BlankReleased") - log.count("BlankSpoiled"),
        len(books.on_blank) + reserved,
    )
    yield Check("printed-on-blanks", "every document on a blank used one", printed, len(books.on_blank))
    yield Check("spoiled", "every spoiled blank was announced", spoiled, log.count("BlankSpoiled"))
    yield _alike("serials", "the serials that are gone are those that were announced", books.serials, log.serials)
    yield Check("serials-once", "no serial was used twice", sum(log.serials.values()), len(log.serials))
    yield Check("serials-used", "a serial for each blank that is gone", printed + spoiled, sum(books.serials.values()))


def _conserved(stock: Stock) -> Check:
    return Check(
        f"conserved {stock.stock_id}",
        "received + transferred in = in stock + printed + spoiled + transferred out + missing",
        stock.received + stock.transferred_in,
        stock.in_stock + stock.printed + stock.spoiled + stock.transferred_out + stock.missing,
    )


def _the_log(books: Books, log: Log) -> Iterator[Check]:
    for service, n in books.unsent.items():
        yield Check(f"outbox {service}", f"{service} has sent everything it said", n, 0)
    for service, n in books.parked.items():
        yield Check(f"parked {service}", f"{service} has set no event aside", n, 0)
    for fault in ("headers", "keys", "versions"):
        yield Check(f"log-{fault}", _FAULTS[fault], log.faults[fault], 0)


_FAULTS = {
    "headers": "every event carries all its ce_ headers",
    "keys": "every key is the aggregate's id and the subject",
    "versions": "the versions of each key rise from 1 without gaps, and a repeated version is the same event",
}


def _the_script(books: Books, expected: Expected, told: Told) -> Iterator[Check]:
    yield Check("script-taken", "intake took what it had to take", len(books.taken), expected.taken)
    yield _alike(
        "script-refused",
        "intake refused what it had to refuse, and for the right reason",
        told.refused,
        expected.refused,
    )
    yield Check("script-cancelled", "what was withdrawn is cancelled", len(books.cancelled), expected.cancelled)
    yield Check("script-cleared", "what the ministry released is cleared", len(books.cleared), expected.cleared)
    yield _alike(
        "script-deliveries",
        "every document went where the script sends it",
        books.delivery_states,
        expected.delivery_states,
    )
    yield _alike("script-visits", "every visit of the script was made", books.visits, expected.visits)
