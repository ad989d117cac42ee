"""The commands: parse, call, print. What they do stands in the rooms below."""

from __future__ import annotations

import sys

from stance.cli import archives, estimation, evidence, explaining, labelling, reporting, training  # noqa: F401  (importing a module registers its commands)
from stance.cli.app import app
from stance.errors import StanceError

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; a refused input is one sentence and exit status 1."""
    try:
        app()
    except StanceError as error:
        from stance.reporting.terminal import complain

        complain(str(error))
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)
