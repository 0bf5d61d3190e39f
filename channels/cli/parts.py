"""``sapa parts``: price lists in, and the search that the assistant uses."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.orm import Session

from channels import partpictures
from channels.cli.errors import explained, fail, load_settings
from channels.supervisor import services
from crm_core import catalogue, db
from crm_core.catalogue import ImportReport, SearchResult
from crm_core.db import Sessions
from crm_core.errors import CrmError
from crm_core.money import format_rupiah
from crm_core.timeline import Actor

app = typer.Typer(help="The catalogue: price lists in, search out.", no_args_is_help=True)

_CHUNK = 1_000
_SHOWN = 20
_MOST_BYTES = 500_000_000


@contextmanager
def _sessions() -> Iterator[Sessions]:
    """Sessions on the shop's database, migrated; failures become one line."""
    with explained(), services.database(load_settings()) as settings:
        if settings.database_url is None:
            raise fail("there is no database address")
        db.upgrade(settings.database_url)
        catalogue.keep_index_in(settings.data_dir / "catalogue")
        engine = db.engine_for(settings.database_url)
        try:
            yield db.sessions(engine)
        finally:
            engine.dispose()


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A price list: .csv (with a header) or .json.")],
    show: Annotated[int, typer.Option(help="How many rejected rows to print; 0 = all.")] = _SHOWN,
) -> None:
    """Insert and update parts by their code. A bad row is reported and never stops the others.

    Columns: part_code (or sku), name, category, price_idr (or price; 0 or empty = on request),
    stock, weight_g, unit, description, original, models ("Vario 125 (2018-2022); Beat Karbu").
    A row without a price leaves the known price of a part alone.
    """
    started = time.perf_counter()
    rows, total = read_list(file)
    report = ImportReport()
    with _sessions() as make_session, _bar(total) as advance:
        seen: dict[str, int] = {}
        first = 1
        for chunk in _chunks(rows):
            with db.unit_of_work(make_session) as session:
                done = catalogue.upsert_parts(
                    session,
                    chunk,
                    actor=Actor.system("sapa parts import"),
                    first_row=first,
                    seen=seen,
                )
            report.add(done)
            first += len(chunk)
            advance(len(chunk))
    _print_report(report, show, time.perf_counter() - started)
    if not report.inserted + report.updated + report.unchanged:
        raise fail(f"{file} has no row that can be used")


def _print_report(report: ImportReport, show: int, seconds: float) -> None:
    typer.echo(
        f"inserted {report.inserted}  updated {report.updated}  unchanged {report.unchanged}  "
        f"rejected {len(report.rejected)}  ({seconds:.1f} s)"
    )
    shown = report.rejected if show == 0 else report.rejected[:show]
    for row, reason in shown:
        typer.echo(f"  row {row}: {reason}")
    if len(shown) < len(report.rejected):
        typer.echo(f"  … and {len(report.rejected) - len(shown)} more (--show 0 prints all)")


def read_list(file: Path) -> tuple[Iterator[Mapping[str, Any]], int | None]:
    """The rows of a file and their number if it is known; ends the program if it is unreadable."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise fail(f"{file} is larger than {_MOST_BYTES // 1_000_000} MB")
        if file.suffix.lower() == ".json":
            rows = json.loads(file.read_text(encoding="utf-8-sig"))
            if isinstance(rows, dict):
                rows = rows.get("items", rows.get("parts"))
            if not isinstance(rows, list):
                raise fail(f"{file} must hold a list of parts")
            return (row if isinstance(row, dict) else {} for row in rows), len(rows)
        with file.open(encoding="utf-8-sig", newline="") as opened:
            lines = sum(1 for _ in opened)
        return _csv_rows(file), max(lines - 1, 0)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise fail(f"{file} cannot be read: {error}") from None


def _csv_rows(file: Path) -> Iterator[Mapping[str, Any]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        header = opened.readline()
        opened.seek(0)
        separator = max(",;\t|", key=header.count)
        reader = csv.DictReader(opened, delimiter=separator)
        names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        if not {"part_code", "sku"} & set(names):
            raise fail(f"{file} has no column part_code or sku in its first line")
        reader.fieldnames = names
        for row in reader:
            yield {name: value for name, value in row.items() if isinstance(name, str)}


def _chunks(rows: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


@contextmanager
def _bar(total: int | None) -> Iterator[Any]:
    """A progress bar on a terminal, silence elsewhere; yields ``advance(rows)``."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("importing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("rows", total=total)
        yield lambda rows: bar.advance(task, rows)


@app.command()
def pictures(
    folder: Annotated[Path, typer.Argument(help="Photos named by part code: 06455K46N21.jpg")],
) -> None:
    """Put in photos of parts, as the web chat shows them; a newer one takes the older's place.

    A file that names no part or is no picture is reported and never stops the others.
    """
    if not folder.is_dir():
        raise fail(f"{folder} is not a folder")
    files = [one for one in folder.iterdir() if one.suffix.lower() in partpictures.SUFFIXES]
    settings, taken = load_settings(), 0
    with _sessions() as make_session:
        for file in sorted(files):
            try:
                with db.unit_of_work(make_session) as session:
                    part = catalogue.find_part(session, file.stem)
                partpictures.keep(settings, part, file.read_bytes())
                taken += 1
            except (CrmError, OSError) as error:
                reason = error.code if isinstance(error, CrmError) else error.strerror
                typer.echo(f"{file.name}: {reason}", err=True)
    typer.echo(f"{taken} of {len(files)} pictures taken")
    if files and not taken:
        raise typer.Exit(1)


@app.command()
def search(
    query: Annotated[str | None, typer.Argument(help="What a customer would write.")] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='{"id","query"} lines in, {"id","ranked","ms"} out.')
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many parts at most.")] = 10,
) -> None:
    """Find parts as the assistant does."""
    if (query is None) != jsonl:
        raise fail("give either a QUERY or --jsonl")
    with _sessions() as make_session, make_session() as session:
        if jsonl:
            _stream(session, limit)
            return
        result = catalogue.search(session, query or "", limit=limit)
        _show(result)
    if not result.hits:
        raise typer.Exit(1)


def _stream(session: Session, limit: int) -> None:
    catalogue.search(session, "busi", limit=1)  # reads the catalogue before the first line
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
            said = str(asked["query"])
            name = asked["id"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise fail(f'line {number} is not {{"id": …, "query": …}}') from None
        started = time.perf_counter()
        result = catalogue.search(session, said, limit=limit)
        spent = (time.perf_counter() - started) * 1000
        ranked = [hit.part.part_code for hit in result.hits]
        print(json.dumps({"id": name, "ranked": ranked, "ms": round(spent, 3)}), flush=True)


def _show(result: SearchResult) -> None:
    read = result.understood
    facts = {
        "part": " ".join(read.part_terms),
        "code": " ".join(read.codes),
        "bike": str(read.bike or ""),
        "position": " ".join(read.positions),
        "colour": read.colour or "",
        "size": " ".join(read.sizes),
        "version": ", ".join(read.variants),
        "quantity": str(read.quantity or ""),
    }
    said = ", ".join(f"{name}: {value}" for name, value in facts.items() if value)
    typer.echo(f"understood  {said or '(nothing)'}")
    if not result.hits:
        typer.echo("nothing found")
    for place, hit in enumerate(result.hits, start=1):
        part = hit.part
        price = format_rupiah(part.price_idr) if part.price_idr else "price on request"
        typer.echo(
            f"{place:>2}. {part.part_code:<16} {hit.score:.2f} {hit.fit:<8} "
            f"{price:>16}  stock {part.stock_available:<5} {part.name}"
        )
    if result.missing:
        typer.echo(f"missing     {result.missing}")
    elif result.sure:
        typer.echo("sure")
