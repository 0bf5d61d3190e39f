"""What an audit finds and adds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be. ``check`` names the rule (I3 to I9, money, promotions);
    ``row`` the row as people find it ("order P-7KM2Q", "bank_mutation 12").
    """

    check: str
    row: str
    said: str

    def __str__(self) -> str:
        """One line for a terminal."""
        return f"{self.check}: {self.row}: {self.said}"


@dataclass(slots=True)
class AccountSums:
    """The money of one account in rupiah: what came, and where it is now.

    ``on_word`` came on people's word, in cash or through a gateway, and no bank file shows it.
    ``moved_in`` came on another of our accounts for an order that was asked to pay here (negative:
    the other way round). ``gap`` is what nobody can explain: it must be 0.
    """

    account: str
    on_statements: int = 0
    on_word: int = 0
    moved_in: int = 0
    kept: int = 0
    part_paid: int = 0
    open: int = 0
    credited: int = 0
    refunded: int = 0
    not_ours: int = 0

    @property
    def received(self) -> int:
        """All that came."""
        return self.on_statements + self.on_word + self.moved_in

    @property
    def placed(self) -> int:
        """All that has a place."""
        held = self.kept + self.part_paid + self.open
        return held + self.credited + self.refunded + self.not_ours

    @property
    def gap(self) -> int:
        """What came and has no place (negative: has a place and never came)."""
        return self.received - self.placed

    def __add__(self, other: AccountSums) -> AccountSums:
        """Both together, under this one's name."""
        names = [name for name in self.__slots__ if name != "account"]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return AccountSums(self.account, **sums)


@dataclass(frozen=True, slots=True)
class StockSums:
    """Pieces of all parts: movements by kind, and what the levels say."""

    by_kind: Mapping[str, int]
    on_hand: int
    reserved: int

    @property
    def gap(self) -> int:
        """Pieces on the shelves that no movement explains."""
        kinds = ("received", "corrected", "shipped", "returned")
        return self.on_hand - sum(self.by_kind.get(kind, 0) for kind in kinds)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The findings, what was looked at, and the sums; clean when there is no finding."""

    findings: tuple[Finding, ...]
    checked: Mapping[str, int]
    accounts: tuple[AccountSums, ...]
    stock: StockSums
    head: str = ""
    unsealed: int = 0
    notes: Mapping[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings
