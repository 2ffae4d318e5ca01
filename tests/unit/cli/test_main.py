"""The command's door: help, wrong use, errors."""

import subprocess
import sys

import click
import pytest

import cli.main
from cli.main import run
from engine.errors import InvalidInput


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    names = cli.main.assay.list_commands(click.Context(cli.main.assay))
    assert set(names) == {
        *("serve", "worker", "migrate", "keys", "login", "eval", "definitions", "runs", "demo"),
        *("doctor", "compare", "grids", "recount", "boards", "evaluators"),
    }
    for name in names:
        assert run([name, "--help"]) == 0
        assert f"Usage: assay {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [[], ["nope"], ["eval"], ["eval", "x", "--limit", "0"], ["runs", "show"]]
)
def test_wrong_use_is_2_on_standard_error(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err


@pytest.mark.parametrize("debug", [False, True])
def test_errors_are_said_and_bugs_are_told_from_them(
    debug: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error: Exception = InvalidInput("Too much: take less.")

    def refuse() -> None:
        raise error

    monkeypatch.setattr("cli.migrate.load_settings", refuse)
    options = ["--debug"] if debug else []
    assert run([*options, "migrate"]) == 2
    said = capsys.readouterr().err
    assert "Error: Too much: take less." in said
    assert ("Traceback" in said) is debug
    error = ZeroDivisionError("division by zero")
    assert run([*options, "migrate"]) == 3
    said = capsys.readouterr().err
    assert "bug" in said
    assert ("Traceback" in said) is debug


def test_a_worker_loads_no_web_framework() -> None:
    code = "import sys, cli.worker, cli.eval, cli.runs; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    web = {"starlette", "fastapi", "uvicorn", "strawberry", "nicegui"}
    assert not web & set(ran.stdout.split())
