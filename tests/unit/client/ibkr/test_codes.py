from __future__ import annotations

import pytest

from deskwatch.client.ibkr.codes import MessageKind, Reject, kind_of, reject_reason


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (100, "Max rate of messages per second has been exceeded", MessageKind.PACING),
        (420, "Invalid Real-time Query:Historical data request pacing violation", MessageKind.PACING),
        (
            162,
            "Historical Market Data Service error message:Historical data request Pacing violation",
            MessageKind.PACING,
        ),
        (162, "Historical Market Data Service error message:HMDS query returned no data", MessageKind.OTHER),
        (201, "Order rejected - reason:Insufficient margin", MessageKind.ORDER_REJECTED),
        (201, "Order rejected - reason:Cannot cancel the filled order", MessageKind.ORDER_STANDS),
        (203, "The security is not available or allowed for this account", MessageKind.ORDER_REJECTED),
        (202, "Order Canceled - reason:", MessageKind.ORDER_CANCELLED),
        (10147, "OrderId 7 that needs to be cancelled is not found", MessageKind.ORDER_CANCELLED),
        (10148, "OrderId 7 that needs to be cancelled cannot be cancelled, state: Filled.", MessageKind.ORDER_STANDS),
        (10349, "Order TIF was set to DAY based on order preset.", MessageKind.ORDER_STANDS),
        (399, "Order Message: Warning: your order will not be placed until the open", MessageKind.ORDER_STANDS),
        (326, "Unable to connect as the client id is already in use", MessageKind.CONNECTION_FAILED),
        (502, "Couldn't connect to TWS", MessageKind.CONNECTION_FAILED),
        (504, "Not connected", MessageKind.CONNECTION_FAILED),
        (507, "Bad Message Length", MessageKind.CONNECTION_FAILED),
        (1100, "Connectivity has been lost", MessageKind.CONNECTION_LOST),
        (2110, "Connectivity is broken", MessageKind.CONNECTION_LOST),
        (1101, "restored - data lost", MessageKind.CONNECTION_RESTORED),
        (1102, "restored - data maintained", MessageKind.CONNECTION_RESTORED),
        (2103, "Market data farm connection is broken", MessageKind.DATA_LOST),
        (2105, "HMDS data farm connection is broken", MessageKind.DATA_LOST),
        (2104, "Market data farm connection is OK", MessageKind.DATA_OK),
        (2106, "HMDS data farm connection is OK", MessageKind.DATA_OK),
        (2107, "HMDS data farm connection is inactive", MessageKind.DATA_OK),
        (2108, "Market data farm connection is inactive", MessageKind.DATA_OK),
        (2158, "Sec-def data farm connection is OK", MessageKind.DATA_OK),
        (200, "No security definition has been found", MessageKind.OTHER),
        (123_456, "", MessageKind.OTHER),
    ],
)
def test_a_code_says_what_it_means(code: int, text: str, kind: MessageKind) -> None:
    assert kind_of(code, text) is kind


def test_a_code_that_is_not_known_is_about_an_order_if_its_id_is() -> None:
    assert kind_of(10_243, "Fractional-sized order cannot be placed via API", of_order=True) is MessageKind.ORDER_OTHER
    assert kind_of(201, "Order rejected", of_order=True) is MessageKind.ORDER_REJECTED


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        (201, "YOUR EQUITY WITH LOAN VALUE MUST EXCEED THE INITIAL MARGIN", Reject.INSUFFICIENT_FUNDS),
        (201, "Order rejected - reason:The exchange is closed.", Reject.MARKET_CLOSED),
        (201, "Order rejected - reason:No trading permissions", Reject.AUTH),
        (201, "Order rejected - reason:invalid lot size", Reject.EXCHANGE_ERROR),
        (203, "The security ABC is not there", Reject.AUTH),
        (100, "Max rate of messages per second has been exceeded", Reject.RATE_LIMIT),
        (110, "The price does not conform to the minimum price variation", Reject.INVALID_ORDER),
        (116, "The order cannot be transmitted to a dead exchange", Reject.MARKET_CLOSED),
        (200, "No security definition has been found for the request", Reject.INVALID_ORDER),
        (10_243, "Fractional-sized order cannot be placed via API", Reject.INVALID_ORDER),
        (504, "Not connected", Reject.NETWORK),
        (0, "", Reject.OTHER),
    ],
)
def test_a_reject_is_told_by_code_and_words(code: int, text: str, reason: Reject) -> None:
    assert reject_reason(code, text) is reason
