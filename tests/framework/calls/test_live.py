"""The live feed: to whoever is listening, and to nobody else ever after."""

import msgspec

from op26x.calls import LiveEvent, LiveFeed
from op26x.calls.live import QUEUE_LENGTH


def event(number: int) -> LiveEvent:
    return LiveEvent("call", "state", at_ms=number, text="ringing")


def test_without_listeners_nothing_happens() -> None:
    LiveFeed().publish(event(1))


async def test_every_listener_hears_every_event_in_order() -> None:
    feed = LiveFeed()
    async with feed.listen() as one, feed.listen() as other:
        for number in range(3):
            feed.publish(event(number))
        for queue in (one, other):
            assert [queue.get_nowait() for _ in range(3)] == [event(n) for n in range(3)]


async def test_what_was_before_and_what_comes_after_is_not_heard() -> None:
    feed = LiveFeed()
    feed.publish(event(1))
    async with feed.listen() as queue:
        feed.publish(event(2))
    feed.publish(event(3))
    assert queue.get_nowait() == event(2)
    assert queue.empty()


async def test_who_does_not_keep_up_loses_the_oldest_and_holds_up_nobody() -> None:
    feed = LiveFeed()
    async with feed.listen() as queue:
        for number in range(QUEUE_LENGTH + 5):
            feed.publish(event(number))
        assert queue.qsize() == QUEUE_LENGTH
        assert queue.get_nowait() == event(5)


async def test_a_listener_that_fails_is_forgotten() -> None:
    feed = LiveFeed()
    try:
        async with feed.listen() as queue:
            raise RuntimeError
    except RuntimeError:
        feed.publish(event(1))
    assert queue.empty()


async def test_closing_tells_listeners_that_nothing_more_comes() -> None:
    feed = LiveFeed()
    async with feed.listen() as queue:
        feed.publish(event(1))
        feed.close()
        assert [queue.get_nowait(), queue.get_nowait()] == [event(1), None]


def test_an_event_travels_as_json_and_back() -> None:
    sent = LiveEvent("call", "turn", 1200, "agent", "Hello", 640, True, {"tool": "book"})
    assert msgspec.json.decode(msgspec.json.encode(sent), type=LiveEvent) == sent
    assert msgspec.json.decode(msgspec.json.encode(event(0))) == {"call_id": "call", "kind": "state", "text": "ringing"}
