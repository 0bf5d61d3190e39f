"""The figures of `make nlu-report`, from rows that say what was meant and what was understood."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

FALLBACK = "nlu_fallback"
SURE = 0.9
DROP_ALLOWED = 0.01
"""By how much a headline figure may get worse before the check fails: one point, and at least one
message, for in a group of forty a single one is more than two points."""
GROUPS = {
    "cancel/stop promo": ("cancel_order", "opt_out"),
    "paid/where is it": ("report_payment", "order_status"),
    "find/order/fits": ("find_part", "order_part", "check_fitment"),
    "track/complain": ("track_shipment", "complain"),
}
"""Intents that customers word alike."""
LESS_IS_BETTER = ("calibration_error", "wrong_above_0.9")
_EDGES = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)


@dataclass(frozen=True)
class Row:
    """One labelled message and what the assistant made of it.

    `answered` is the intent acted upon (or nlu_fallback), `guess` the likeliest one whether acted
    upon or not; `sentiment` is negative, neutral or positive.
    """

    text: str
    intent: str
    register: str
    answered: str
    guess: str
    confidence: float
    milliseconds: float
    sentiment: str = "neutral"
    angry: bool = False


def share(values: Iterable[bool]) -> float:
    """Share of true values; 0 for none."""
    counted = list(values)
    return sum(counted) / len(counted) if counted else 0.0


def f1_of(rows: Sequence[Row], intent: str) -> float:
    """F1 of one intent, on the guess before any fallback."""
    right = sum(row.guess == intent == row.intent for row in rows)
    named = sum(row.guess == intent for row in rows) + sum(row.intent == intent for row in rows)
    return 2 * right / named if named else 0.0


def calibration_error(rows: Sequence[Row]) -> float:
    """Expected calibration error over ten equal bands of confidence."""
    bands: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        bands[min(int(row.confidence * 10), 9)].append(row)
    return sum(
        abs(sum(row.confidence for row in band) / len(band) - right_share(band)) * len(band)
        for band in bands.values()
    ) / max(len(rows), 1)


def right_share(rows: Sequence[Row]) -> float:
    """Share of rows whose likeliest intent is the right one."""
    return share(row.guess == row.intent for row in rows)


def wrong_above(rows: Sequence[Row], confidence: float = SURE) -> float:
    """Share of all rows that are wrong although surer than `confidence`."""
    return share(row.guess != row.intent and row.confidence > confidence for row in rows)


def headline(rows: Sequence[Row]) -> dict[str, float]:
    """The figures that are recorded and compared, each from 0 to 1."""
    figures = {
        "accuracy": right_share(rows),
        "out_of_scope_f1": f1_of(rows, "out_of_scope"),
        "calibration_error": calibration_error(rows),
        "wrong_above_0.9": wrong_above(rows),
    }
    for register in sorted({row.register for row in rows}):
        figures[f"register {register}"] = right_share(
            [row for row in rows if row.register == register]
        )
    for name, intents in GROUPS.items():
        figures[f"group {name}"] = right_share([row for row in rows if row.intent in intents])
    return {name: round(value, 4) for name, value in figures.items()}


def mood_headline(rows: Sequence[Row], truth: Sequence[tuple[str, bool]]) -> dict[str, float]:
    """Accuracy of the three sentiments, and F1 of anger; `truth`: sentiment and angry by row."""
    both = list(zip(rows, truth))  # noqa: B905 - Rasa runs on Python 3.10
    right = sum(row.angry and angry for row, (_, angry) in both)
    named = sum(row.angry for row in rows) + sum(angry for _, angry in truth)
    return {
        "sentiment accuracy": round(share(row.sentiment == said for row, (said, _) in both), 4),
        "anger_f1": round(2 * right / named if named else 0.0, 4),
    }


def sizes(rows: Sequence[Row]) -> dict[str, int]:
    """On how many messages a headline figure rests, where those are not all."""
    counted = Counter(f"register {row.register}" for row in rows)
    for name, intents in GROUPS.items():
        counted[f"group {name}"] = sum(row.intent in intents for row in rows)
    counted["out_of_scope_f1"] = sum(row.intent == "out_of_scope" for row in rows)
    return {name: count for name, count in counted.items() if count}


def worsened(
    now: Mapping[str, float],
    recorded: Mapping[str, float],
    resting_on: Mapping[str, int] | None = None,
) -> list[str]:
    """Sentences about recorded figures that got worse by more than is allowed or are gone.

    ``resting_on``: the number of messages of a figure, as ``sizes`` gives it.
    """
    found = []
    for name, before in recorded.items():
        after = now.get(name)
        if after is None:
            found.append(f"{name}: {before:.3f} was recorded, now it is not measured")
            continue
        loss = after - before if name in LESS_IS_BETTER else before - after
        count = (resting_on or {}).get(name)
        allowed = max(DROP_ALLOWED, 1 / count) if count else DROP_ALLOWED
        if loss > allowed + 1e-4:  # recorded figures are rounded
            found.append(f"{name}: {before:.3f} was recorded, now it is {after:.3f}")
    return found


def report(rows: Sequence[Row]) -> list[str]:
    """All tables about one file, as lines."""
    intents = sorted({row.intent for row in rows})
    macro = sum(f1_of(rows, intent) for intent in intents) / max(len(intents), 1)
    fallen = [row for row in rows if row.answered == FALLBACK]
    times = sorted(row.milliseconds for row in rows)
    lines = [
        (
            f"messages {len(rows)}   accuracy {right_share(rows):.3f}   macro-F1 {macro:.3f}   "
            f"out-of-scope F1 {f1_of(rows, 'out_of_scope'):.3f}"
        ),
        (
            f"accuracy with fallback counted as wrong "
            f"{share(row.answered == row.intent for row in rows):.3f}"
        ),
        (
            f"fallback {len(fallen)} ({len(fallen) / len(rows):.1%}), the guess right in "
            f"{right_share(fallen):.2f} of them"
        ),
        (
            f"expected calibration error {calibration_error(rows):.3f}   "
            f"wrong above 0.9: {wrong_above(rows):.1%} of all messages"
        ),
        f"ms per message p50 {times[len(times) // 2]:.1f}  p95 {times[int(len(times) * 0.95)]:.1f}",
    ]
    return [*lines, *_groups(rows), *_bands(rows), *_intents(rows, intents), *_confused(rows)]


def _groups(rows: Sequence[Row]) -> list[str]:
    lines = ["", "register      n    accuracy"]
    for register in sorted({row.register for row in rows}):
        here = [row for row in rows if row.register == register]
        lines.append(f"{register:<11}{len(here):>5}    {right_share(here):.3f}")
    lines += ["", "confusing group        n    right   taken for each other"]
    for name, intents in GROUPS.items():
        here = [row for row in rows if row.intent in intents]
        crossed = share(row.guess in intents and row.guess != row.intent for row in here)
        lines.append(f"{name:<20}{len(here):>4}    {right_share(here):.3f}   {crossed:.3f}")
    return lines


def _bands(rows: Sequence[Row]) -> list[str]:
    lines = ["", "confidence    n    mean confidence   accuracy"]
    for low, high in pairwise(_EDGES):
        band = [row for row in rows if low <= row.confidence < high]
        if band:
            mean = sum(row.confidence for row in band) / len(band)
            label = f"{low:.2f}-{min(high, 1.0):.2f}"
            lines.append(
                f"{label}{len(band):>6}    {mean:.2f}              {right_share(band):.3f}"
            )
    return lines


def _intents(rows: Sequence[Row], intents: Sequence[str]) -> list[str]:
    lines = ["", "intent                 n    accuracy   F1"]
    for intent in sorted(intents, key=lambda name: f1_of(rows, name)):
        here = [row for row in rows if row.intent == intent]
        lines.append(
            f"{intent:<20}{len(here):>4}    {right_share(here):.2f}       {f1_of(rows, intent):.2f}"
        )
    return lines


def _confused(rows: Sequence[Row]) -> list[str]:
    wrong = Counter((row.intent, row.guess) for row in rows if row.intent != row.guess)
    lines = ["", "worst confusions (said to be -> taken for)"]
    return [
        *lines,
        *(f"{count:>3}  {intent} -> {guess}" for (intent, guess), count in wrong.most_common(15)),
    ]
