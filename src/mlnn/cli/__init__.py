"""The command line."""

import sys


def main() -> None:
    """Run ``mlnn``; say what to install where the command line's own libraries are missing."""
    try:
        from mlnn.cli.app import app
    except ModuleNotFoundError as problem:
        if (problem.name or "mlnn").split(".")[0] == "mlnn":
            raise
        print(f"mlnn: {problem.name} is missing; the command line needs pip install 'mlnn-learn[cli]'", file=sys.stderr)
        sys.exit(2)
    app()
