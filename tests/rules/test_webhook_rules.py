"""Which addresses events may go to, how they are signed, and how long they are tried."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from crm_core.errors import InvalidInput
from crm_core.webhooks import rules

NOW = datetime.now(UTC)


def headers(text: str, *keys: str, event_id: str = "msg_1") -> dict[str, str]:
    second = int(time.time())  # a receiver takes nothing older than five minutes
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(second),
        "webhook-signature": rules.signature(keys, event_id, second, text),
    }


def test_somebody_elses_library_accepts_our_signature() -> None:
    key = rules.new_secret()
    text = rules.body("order.placed", NOW, {"order_code": "P-7KM2Q", "note": "kampas “depan”"})
    told = Webhook(key).verify(text, headers(text, key))
    assert told["data"] == {"order_code": "P-7KM2Q", "note": "kampas “depan”"}


def test_the_signature_is_the_one_of_the_specification() -> None:
    key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    told = rules.signature(
        [key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}'
    )
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_changed_body_id_or_key_is_refused_by_the_receiver() -> None:
    key = rules.new_secret()
    text = rules.body("order.paid", NOW, {})
    for changed, sent in [
        (text + " ", headers(text, key)),
        (text, headers(text, key) | {"webhook-id": "msg_2"}),
        (text, headers(text, rules.new_secret())),
    ]:
        with pytest.raises(WebhookVerificationError):
            Webhook(key).verify(changed, sent)


def test_while_two_secrets_hold_a_receiver_may_know_either() -> None:
    old, new = rules.new_secret(), rules.new_secret()
    text = rules.body("order.paid", NOW, {})
    for key in (old, new):
        assert Webhook(key).verify(text, headers(text, new, old))["type"] == "order.paid"


def test_an_event_is_tried_for_more_than_a_day_with_growing_pauses() -> None:
    assert sum(rules.PAUSES, timedelta()) > timedelta(hours=24)
    assert list(rules.PAUSES) == sorted(rules.PAUSES)
    assert rules.pause_after(1) == timedelta(seconds=5)
    assert rules.pause_after(8) == timedelta(hours=14)
    assert rules.pause_after(9) is None


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "2002:0808:0808::1", "64:ff9b::808:808"],
)
def test_public_addresses_are_reachable(address: str) -> None:
    assert rules.reachable(ip_address(address), loopback=False)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "fe80::1", "fc00::1", "ff02::1", "::",
        "::ffff:10.0.0.1", "::ffff:169.254.169.254", "2002:0a00:0001::1", "64:ff9b::a00:1",
        "64:ff9b::a9fe:a9fe",
    ],
)  # fmt: skip
@pytest.mark.parametrize("loopback", [True, False])
def test_nothing_inside_a_network_is_reachable_even_when_trying_out(
    address: str, loopback: bool
) -> None:
    assert not rules.reachable(ip_address(address), loopback=loopback)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_reachable_when_trying_out_only(address: str) -> None:
    assert rules.reachable(ip_address(address), loopback=True)
    assert not rules.reachable(ip_address(address), loopback=False)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://erp.example/hook", "webhook_url_not_https"),
        ("http://127.0.0.1:9/", "webhook_url_not_https"),
        ("https://127.0.0.1/", "webhook_url_private"),
        ("https://localhost/", "webhook_url_private"),
        ("https://shop.localhost./", "webhook_url_private"),
        ("https://192.168.1.5/hook", "webhook_url_private"),
        ("https://[::ffff:10.0.0.1]/", "webhook_url_private"),
        ("https://user:pass@erp.example/", "webhook_url_invalid"),
        ("https://erp.example/#part", "webhook_url_invalid"),
        ("https://erp.example\\@10.0.0.1/", "webhook_url_invalid"),
        ("https://erp.example/a b", "webhook_url_invalid"),
        ("https://erp.example/\r\nHost: x", "webhook_url_invalid"),
        ("https://erp.example:99999/", "webhook_url_invalid"),
        ("https:///hook", "webhook_url_invalid"),
        ("ftp://erp.example/", "webhook_url_invalid"),
        ("https://[::1", "webhook_url_invalid"),
        ("", "webhook_url_invalid"),
        ("https://erp.example/" + "a" * 500, "webhook_url_invalid"),
    ],
)
def test_an_address_that_is_none_or_leads_inside_is_refused(url: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.checked_url(url, loopback=False)
    assert refused.value.code == code


def test_a_public_https_address_is_kept_as_it_was_typed() -> None:
    url = "https://erp.example:8443/hooks/sapa?shop=1"
    assert rules.checked_url(f" {url} ", loopback=False) == url


def test_when_trying_out_plain_http_to_this_machine_is_fine_and_to_others_not() -> None:
    assert rules.checked_url("http://localhost:9000/x", loopback=True) == "http://localhost:9000/x"
    with pytest.raises(InvalidInput):
        rules.checked_url("http://erp.example/x", loopback=True)


def test_types_are_kept_once_in_our_order_and_unknown_ones_refused() -> None:
    chosen = rules.checked_types(["stock.changed", "order.paid", "order.paid"])
    assert chosen == ["order.paid", "stock.changed"]
    for types, code in ([], "event_types_missing"), (["order.eaten"], "event_type_unknown"):
        with pytest.raises(InvalidInput) as refused:
            rules.checked_types(types)
        assert refused.value.code == code


def test_only_the_facts_of_a_type_leave_the_house() -> None:
    facts = {"order_code": "P-7KM2Q", "reason": "Budi pindah alamat", "total_idr": 9}
    assert rules.only("order.cancelled", facts) == {"order_code": "P-7KM2Q"}


def test_a_body_is_written_with_its_moment_in_utc() -> None:
    told = json.loads(rules.body("order.paid", datetime(2026, 11, 20, 3, 0, tzinfo=UTC), {}))
    assert told == {"type": "order.paid", "timestamp": "2026-11-20T03:00:00+00:00", "data": {}}
