"""The rows of the bench, in the order in which they run; a new one is added here and nowhere else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench import chain, city, cost, handlers, holding, hop, importing, latency, memory, naive, outbox, relay, takeover
from bench.figures import Figure
from bench.ground import Ground


@dataclass(frozen=True)
class Row:
    """`name` is what `--only` takes."""

    name: str
    run: Callable[[Ground], Awaitable[list[Figure]]]


ROWS = (
    Row("relay", relay.run),
    Row("outbox", outbox.run),
    Row("hop", hop.run),
    Row("naive", naive.run),
    Row("handlers", handlers.run_one),
    Row("poison", handlers.run_poison),
    Row("holding", holding.run),
    Row("cost", cost.run),
    Row("latency", latency.run),
    Row("memory", memory.run),
    Row("takeover", takeover.run),
    Row("chain", chain.run),
    # The last ones: they end the servers of the others.
    Row("import", importing.run),
    Row("city", city.run),
)


def chosen(names: list[str]) -> list[Row]:
    """The rows of these names, or all.

    Raises:
        ValueError: there is no such row.
    """
    known = {row.name for row in ROWS}
    if unknown := sorted(set(names) - known):
        raise ValueError(f"no row is called {', '.join(unknown)}; there are {', '.join(row.name for row in ROWS)}")
    return [row for row in ROWS if not names or row.name in names]
