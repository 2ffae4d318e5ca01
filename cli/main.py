"""The `assay` command: its group, and what becomes of errors.

Exit codes: 0 done, 1 the run failed or was cancelled, 2 wrong use, 3 a bug, 130 interrupted.
"""

import importlib
import sys
import traceback
from importlib.metadata import version
from typing import Final, NoReturn

import click

from db.errors import AssayError

EXIT_WRONG_USE: Final = 2
EXIT_BUG: Final = 3
EXIT_INTERRUPTED: Final = 130

# Each command's module is imported when it is called: a worker never loads the server.
_COMMANDS: Final = {
    "serve": "Start the server: pages, GraphQL and export.",
    "worker": "Start worker processes, which execute runs.",
    "migrate": "Bring the database to the newest schema.",
    "keys": "Make, list and revoke API keys.",
    "login": "Print an address that logs a browser in, once.",
    "eval": "Run a definition file to its end and print the result.",
    "definitions": "List, show, check and export definitions.",
    "evaluators": "List and import judges: evaluator profiles.",
    "grids": "List, import and export the rubrics that judges go by.",
    "runs": "List, show, control, repeat and export runs.",
    "compare": "Compare two arms of a run, or runs with the first one.",
    "boards": "Rank the arms of a run by quality, by speed and by cost.",
    "recount": "Prove that the sums behind the boards are those of the attempts.",
    "doctor": "Say what is up, what is not, and what to do.",
    "demo": "Start everything with a sample: what `make run` does.",
}


class _Commands(click.Group):
    """Finds `name` in the module `cli.name`, when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"cli.{cmd_name}")
        command = module.command
        assert isinstance(command, click.Command), f"cli.{cmd_name} has its command"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("assay"), prog_name="assay")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def assay(debug: bool) -> None:
    """Evaluate language models, prompts and contributions.

    Settings come from the environment or a .env file: see .env.example.
    """


def fail(message: str) -> None:
    """Say on standard error what went wrong."""
    click.secho("Error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(message, err=True)


def run(arguments: list[str]) -> int:
    """Run the command; gives its exit code. Errors are said, never raised."""
    # The options of the group come before the command's name.
    debug = "--debug" in arguments[: next((i for i, a in enumerate(arguments) if a[:1] != "-"), 0)]
    try:
        code = assay.main(args=arguments, prog_name="assay", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return EXIT_WRONG_USE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return EXIT_INTERRUPTED
    except AssayError as error:
        if debug:
            traceback.print_exc()
        fail(error.message)
        return EXIT_WRONG_USE
    except Exception as error:
        if debug:
            traceback.print_exc()
        words = str(error).strip().splitlines()
        what = f"{type(error).__name__}: {words[0]}" if words else type(error).__name__
        fail(
            f"{what}\nThis is a bug in Assay. "
            + ("Please report it with the above." if debug else "`assay --debug ...` shows where.")
        )
        return EXIT_BUG
    return code if isinstance(code, int) else 0


def main() -> NoReturn:
    """The entry point of the `assay` script."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
