"""What sends in the tests of notify: a gateway that answers as told, and a clock that goes on when told."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from services.notify.sending.gateway import Outcome, Outgoing, SendFailure
from services.notify.sending.post import Post
from services.notify.texts import OWN_TEXTS, read_texts
from shared.events.notify import Channel
from tests.harness import ServiceUnderTest

TEXTS = read_texts(OWN_TEXTS, "antar.test/lacak", "1500-537")


class FakeGateway:
    """Keeps what it is given and answers as told: one answer for each call, the last one for ever."""

    def __init__(self, channel: Channel, *answers: Outcome | Exception) -> None:
        self.channel = channel
        self.answers = list(answers) or [None]
        self.given: list[Outgoing] = []

    def reaches(self, _: Outgoing, /) -> bool:
        return True

    async def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        self.given += messages
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception) and not isinstance(answer, SendFailure):
            raise answer
        return [answer] * len(messages)


class SmsGateway(FakeGateway):
    """Reaches those who have a phone, and answers what `answer` says of each message; keeps what it takes."""

    def __init__(self, answer: Callable[[Outgoing], Outcome] = lambda _: None) -> None:
        super().__init__(Channel.HTTP)
        self.answer = answer
        self.taken: list[Outgoing] = []

    def reaches(self, message: Outgoing, /) -> bool:
        return message.phone is not None

    async def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        self.given += messages
        outcomes = [self.answer(message) for message in messages]
        self.taken += [m for m, outcome in zip(messages, outcomes, strict=True) if outcome is None]
        return outcomes


class Clock:
    """A clock that goes on when told."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC) + timedelta(minutes=1)

    def __call__(self) -> datetime:
        return self.now

    async def runs(
        self, time: timedelta, post: Post, notify: ServiceUnderTest, *, every: timedelta = timedelta(minutes=1)
    ) -> None:
        """So much time passes, while the post works now and then."""
        end = self.now + time
        while self.now < end:
            self.now += every
            while await post.step(notify.db):
                pass
