"""The figures of the report on understanding, from rows made by hand."""

from __future__ import annotations

import pytest

from scripts.nlu_figures import (
    Row,
    calibration_error,
    f1_of,
    headline,
    mood_headline,
    report,
    worsened,
    wrong_above,
)


def row(
    intent: str, guess: str, confidence: float = 0.8, register: str = "slang", **more: object
) -> Row:
    return Row("x", intent, register, guess, guess, confidence, 1.0, **more)  # type: ignore[arg-type]


def test_out_of_scope_counts_what_was_missed_and_what_was_wrongly_named() -> None:
    rows = [
        row("out_of_scope", "out_of_scope"),
        row("out_of_scope", "find_part"),
        row("find_part", "out_of_scope"),
        row("find_part", "find_part"),
    ]
    assert f1_of(rows, "out_of_scope") == 0.5


def test_calibration_error_weighs_each_band_by_its_messages() -> None:
    rows = [row("greet", "greet", 0.95)] * 3 + [row("greet", "thank", 0.35)]
    assert calibration_error(rows) == pytest.approx(0.75 * 0.05 + 0.25 * 0.35)


def test_wrong_and_sure_is_a_share_of_all_messages() -> None:
    rows = [row("greet", "thank", 0.95), row("greet", "thank", 0.9), row("greet", "greet", 0.99)]
    assert wrong_above(rows) == pytest.approx(1 / 3)


def test_the_headline_has_registers_and_confusing_groups() -> None:
    rows = [
        row("cancel_order", "opt_out", register="formal"),
        row("opt_out", "opt_out"),
        row("track_shipment", "track_shipment"),
    ]
    figures = headline(rows)
    assert figures["accuracy"] == 0.6667
    assert figures["register formal"] == 0.0
    assert figures["register slang"] == 1.0
    assert figures["group cancel/stop promo"] == 0.5
    assert figures["group track/complain"] == 1.0


def test_a_point_less_is_borne_and_more_is_told() -> None:
    recorded = {"accuracy": 0.95, "calibration_error": 0.02}
    assert worsened({"accuracy": 0.94, "calibration_error": 0.03}, recorded) == []
    assert worsened({"accuracy": 0.939, "calibration_error": 0.0}, recorded) == [
        "accuracy: 0.950 was recorded, now it is 0.939"
    ]


def test_in_a_small_group_one_message_may_go_and_not_two() -> None:
    recorded = {"group track/complain": 1.0}
    assert worsened({"group track/complain": 0.975}, recorded, {"group track/complain": 40}) == []
    assert (
        len(worsened({"group track/complain": 0.95}, recorded, {"group track/complain": 40})) == 1
    )


def test_a_calibration_error_gets_worse_by_growing() -> None:
    (sentence,) = worsened({"calibration_error": 0.05}, {"calibration_error": 0.02})
    assert sentence.startswith("calibration_error: 0.020")


def test_a_recorded_figure_that_is_no_longer_measured_is_told() -> None:
    assert worsened({}, {"accuracy": 0.9}) == [
        "accuracy: 0.900 was recorded, now it is not measured"
    ]


def test_moods_are_counted_apart_from_anger() -> None:
    rows = [
        row("", "", sentiment="negative", angry=True),
        row("", "", sentiment="negative", angry=True),
        row("", "", sentiment="neutral"),
    ]
    truth = [("negative", True), ("negative", False), ("positive", False)]
    assert mood_headline(rows, truth) == {
        "sentiment accuracy": 0.6667,
        "anger_f1": 0.6667,
    }


def test_the_report_names_who_was_taken_for_whom() -> None:
    lines = report([row("greet", "thank"), row("greet", "thank"), row("thank", "thank")])
    assert "  2  greet -> thank" in lines
