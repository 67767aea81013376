"""The demo's story is told by the journal alone, and only in order."""

from __future__ import annotations

from deskwatch.demo.story import STEPS, Story
from deskwatch.model import Event, EventKind

PAGE = {"status": "firing", "alerts": ["DrawdownPastLimit"]}
EVENTS = [
    Event(EventKind.BOT_STARTED, 1, bot="demo", subject="demo"),
    Event(EventKind.FIRST_FILL, 2, bot="demo"),
    Event(EventKind.ALERT_FIRED, 3, subject="DrawdownNearLimit"),
    Event(EventKind.NOTIFICATION_DELIVERED, 4, subject="phone", detail=PAGE),
    Event(EventKind.GUARD_TRIPPED, 5, bot="demo"),
    Event(EventKind.POSITION_FLAT, 6, bot="demo"),
    Event(EventKind.ALERT_RESOLVED, 7, subject="DrawdownPastLimit"),
]


def test_the_whole_story_in_order_is_the_only_good_end() -> None:
    story = Story()
    assert [story.tell(event) for event in EVENTS] == [step.name for step in STEPS]
    assert story.in_order
    assert story.missing == []


def test_a_step_is_told_once() -> None:
    story = Story()
    assert story.tell(EVENTS[0]) == "bot_started"
    assert story.tell(EVENTS[0]) is None


def test_a_guard_that_trips_before_the_page_is_out_of_order() -> None:
    story = Story()
    for event in (*EVENTS[:3], EVENTS[4], EVENTS[3], *EVENTS[5:]):
        story.tell(event)
    assert story.missing == []
    assert not story.in_order


def test_another_channel_or_a_resolved_message_is_not_the_page() -> None:
    story = Story()
    assert story.tell(Event(EventKind.NOTIFICATION_DELIVERED, 1, subject="console", detail=PAGE)) is None
    resolved = {**PAGE, "status": "resolved"}
    assert story.tell(Event(EventKind.NOTIFICATION_DELIVERED, 1, subject="phone", detail=resolved)) is None
