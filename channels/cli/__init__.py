"""The command ``sapa``."""


def main() -> None:
    """Run the command line; the entry point of ``.venv/bin/sapa``."""
    from channels.cli.app import run  # noqa: PLC0415 - importing the package stays cheap

    run()
