"""What a person sees while Sapa starts: one line per step, then the addresses."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console

from channels.supervisor.processes import StartError, log_tail


class Screen:
    """Writes to a terminal with colours and a spinner, to a file as plain lines."""

    def __init__(self, console: Console | None = None) -> None:
        """``console`` is Rich's; the default writes to standard output."""
        self.console = console or Console(highlight=False, soft_wrap=True)

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """Show a step while it runs; what is appended to the yielded list is shown beside it."""
        begun = time.monotonic()
        remarks: list[str] = []
        try:
            with self.console.status(f"{title} …"):
                yield remarks
        except BaseException:
            self.console.print(f"[red]✗[/] {title}")
            raise
        detail = f" · {', '.join(remarks)}" if remarks else ""
        seconds = time.monotonic() - begun
        self.console.print(f"[green]✓[/] {title}{detail} [dim]({seconds:.1f} s)[/]")

    def say(self, line: str) -> None:
        """One line about something that happened."""
        self.console.print(f"[yellow]•[/] {time.strftime('%H:%M:%S')} {line}")

    def failure(self, error: Exception) -> None:
        """Why the start failed, with the end of the log where there is one."""
        self.console.print(f"[red bold]Sapa cannot start.[/] {error}")
        log = error.log if isinstance(error, StartError) else getattr(error, "log", None)
        if log is not None:
            tail = log_tail(log)
            if tail:
                self.console.print(f"[dim]the end of {log}:[/]")
                self.console.print(tail, markup=False)

    def addresses(self, rows: dict[str, str], note: str) -> None:
        """The places to go to, one whole line each so that they can be copied."""
        self.console.rule("[bold green]Sapa is ready", align="left")
        for name, value in rows.items():
            self.console.print(f"  [bold]{name:<18}[/] {value}")
        self.console.print(note)
