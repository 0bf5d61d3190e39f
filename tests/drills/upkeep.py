"""What operators do and what happens to their machines: full disks, restarts, restores, schema."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from channels.supervisor.embedded import EmbeddedPostgres
from crm_core import auditing, db
from crm_core.settings import ROOT
from tests.drills.crowd import Crowd
from tests.drills.drill import Bench, Outcome, drill, longest
from tests.drills.provider import talkers
from tests.drills.stage import SAPA, Stage, wait_for

DISK_MB = 400


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own, in memory; only the administrator may mount one."""
    folder.mkdir(parents=True)
    size = f"size={DISK_MB}m,mode=0755"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode != 0:
        raise PermissionError("a small disk cannot be mounted here: F19 was not played")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


@drill("F19", "the disk of database, pictures and logs is full",
       "5xx, nothing broken; goes on when there is space", limit_s=500, own_stage=True)  # fmt: skip
def full_disk(bench: Bench) -> Outcome:
    """A shop of its own on a small disk that is filled up and emptied again."""
    with _small_disk(bench.folder / "disk") as disk:
        stage = Stage(disk / "shop", bench.models)
        own = Bench(stage, Crowd(stage), bench.scale)
        try:
            stage.start()
            return _filled(own, disk)
        finally:
            with suppress(OSError):
                (disk / "ballast").unlink(missing_ok=True)
            stage.stop()


def _filled(own: Bench, disk: Path) -> Outcome:
    phones = talkers(own, 4)
    stage = own.stage
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while ballast.write(b"\0" * size):
                    pass
    forms = [
        stage.twin.inbound_form(phones[n % 4].address, f"busi nomor {n} ada? " + "x" * 900)
        for n in range(own.count(400, 60))
    ]
    with ThreadPoolExecutor(8) as pool:
        posts = list(pool.map(partial(own.crowd.post, retries=0), forms))
    codes = Counter(one.codes[-1] for one in posts)
    (disk / "ballast").unlink()
    begun = time.monotonic()
    stage.heal()
    for form in forms:
        own.crowd.post(form)
    code = own.some_buyers(1)[0].buys(200)
    own.settle(300)
    took = time.monotonic() - begun
    findings = own.audit()
    wrong = [str(one) for one in findings]
    wrong += [f"{n} × {answer}" for answer, n in codes.items() if answer not in {204, 503, 500, 0}]
    wrong += [] if code else ["no order afterwards"]
    left = shutil.disk_usage(disk).free >> 20
    had = f"answers {dict(codes)} while full; ordered again after {took:.0f} s ({left} MB free)"
    return Outcome(f"{len(forms)} webhooks at a full disk of {DISK_MB} MB", had, wrong)


@drill("F22", "every process asked to stop and started again, one after the other, under load",
       "0 lost, 0 doubled, ≤ 0.1 % refused", limit_s=1800, own_stage=True)  # fmt: skip
def rolling(bench: Bench) -> Outcome:
    """`make rolling`: two of each process, by the commands of a deployment."""
    rounds = bench.count(3, 1)
    customers = bench.count(20, 4)
    command = [sys.executable, "scripts/rolling.py", "--customers", str(customers)]
    command += ["--rounds", str(rounds), "--folder", str(bench.folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        timeout=1700,
    )  # fmt: skip
    counted = re.findall(r"^ +(\d+) {2}(.+)$", done.stdout, re.MULTILINE)
    wrong = [f"{number} {what}" for number, what in counted if int(number)]
    if done.returncode != 0 and not wrong:
        wrong = [(done.stderr or done.stdout).strip().splitlines()[-1]]
    said = next((line for line in done.stdout.splitlines() if "messages; replies" in line), "-")
    clean = "audit clean" if done.returncode == 0 else "audit not clean"
    return Outcome(f"9 processes × {rounds}, {customers} customers", f"{said}; {clean}", wrong)


@drill("F23", "backup while the shop runs, restored on another server",
       "the auditor finds nothing; 100,000 orders in ≤ 10 min", limit_s=700)  # fmt: skip
def restored(bench: Bench) -> Outcome:
    """`sapa db backup` and `sapa db restore` by their commands; then the books are read anew."""
    stage = bench.stage
    phones = talkers(bench, 2)
    file, folder = bench.folder / "backup.dump", bench.folder / "new-machine"
    file.unlink(missing_ok=True)
    base = {key: value for key, value in os.environ.items() if key[:5] != "SAPA_"}
    told = {**base, **stage.settings.environment(), "PYTHONPATH": str(ROOT)}
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            phones[0].says("jam buka toko?", 60)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        begun = time.monotonic()
        subprocess.run([*SAPA, "db", "backup", str(file)], cwd=ROOT, env=told, check=True,
                       capture_output=True)  # fmt: skip
        saved_s = time.monotonic() - begun
        over.set()
        writing.result()
    with EmbeddedPostgres(folder / "postgres", stage.logs / "postgres-new.log") as other:
        told |= {"SAPA_DATABASE_URL": other.url()}
        begun = time.monotonic()
        subprocess.run([*SAPA, "db", "restore", str(file), "--yes"], cwd=ROOT, env=told, check=True,
                       capture_output=True)  # fmt: skip
        took = time.monotonic() - begun
        engine = db.engine_for(other.url())
        with Session(engine) as session:
            found = auditing.audit(session)
        engine.dispose()
    orders = bench.scalar("SELECT count(*) FROM orders")
    wrong = [str(one) for one in found.findings]
    had = f"saved in {saved_s:.1f} s, restored in {took:.1f} s, {len(wrong)} findings in the copy"
    return Outcome(f"a shop of {orders} orders, customers writing", had, wrong)


@drill("F24", "schema upgraded while the old code runs", "0 failed webhooks", limit_s=300)
def upgraded(bench: Bench) -> Outcome:
    """There is one migration so far (nothing is released): `sapa db upgrade` finds nothing to do,
    and a column more, as a next release would add it, is added while webhooks come."""
    stage, phones = bench.stage, bench.crowd.phones(10)
    over, waits = threading.Event(), []
    codes: Counter[int] = Counter()

    def write() -> None:
        number = 0
        while not over.is_set():
            number += 1
            phone = phones[number % len(phones)]
            form = stage.twin.inbound_form(phone.address, f"ongkir {number} kg ke Sambas?")
            begun = time.monotonic()
            codes[bench.crowd.post(form, retries=0).codes[-1]] += 1
            waits.append(time.monotonic() - begun)

    told = {**os.environ, **stage.settings.environment(), "PYTHONPATH": str(ROOT)}
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        wait_for(lambda: len(waits) > 5, "webhooks")
        subprocess.run([*SAPA, "db", "upgrade"], cwd=ROOT, env=told, check=True,
                       capture_output=True)  # fmt: skip
        with stage.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in (
                "ALTER TABLE messages ADD COLUMN drill_note text",
                "CREATE INDEX CONCURRENTLY drill_noted ON messages (drill_note)",
                "DROP INDEX CONCURRENTLY drill_noted",
                "ALTER TABLE messages DROP COLUMN drill_note",
            ):
                connection.exec_driver_sql(statement)
        over.set()
        writing.result()
    bench.settle(300)
    rows = bench.scalar("SELECT count(*) FROM messages")
    wrong = [f"answers {dict(codes)}"] if set(codes) != {204} else []
    had = f"{sum(codes.values())} webhooks, answers {dict(codes)}, {longest(waits)}"
    return Outcome(f"upgrade and 4 changes of a table of {rows} rows", had, wrong)
