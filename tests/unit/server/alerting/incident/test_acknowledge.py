from __future__ import annotations

import pytest

from deskwatch.errors import ActionError
from deskwatch.model import EventKind
from deskwatch.server.alerting import acknowledge
from deskwatch.server.storage.state import GroupId, IncidentState, StateStore, incidents, journal
from deskwatch.testing import ManualClock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store():
    store = StateStore.open("sqlite://", ManualClock())
    yield store
    await store.close()


async def opened(store: StateStore) -> int:
    group = GroupId("{}:{}", "desk")
    return (await store.write(lambda tx: incidents.open_incident(tx, group, "Drawdown", "critical", 1))).id


async def test_the_first_to_answer_stays_the_one_who_did(store):
    number = await opened(store)
    await acknowledge(store, number, "ann", 2)
    again = await acknowledge(store, number, "bob", 3)
    assert (again.state, again.acknowledged_by, again.acknowledged_at_ms) == (IncidentState.ACKNOWLEDGED, "ann", 2)
    events = await store.read(lambda conn: journal.read(conn, 0, 10, [EventKind.INCIDENT_ACKNOWLEDGED]))
    assert [event.detail for event in events] == [{"incident_id": number, "by": "ann"}]


async def test_an_incident_that_is_over_stays_over(store):
    number = await opened(store)
    await store.write(lambda tx: incidents.resolve(tx, number, 2))
    assert (await acknowledge(store, number, "ann", 3)).state is IncidentState.RESOLVED


async def test_an_unknown_incident_is_refused_by_number(store):
    with pytest.raises(ActionError, match="incident 7 "):
        await acknowledge(store, 7, "ann", 1)
