"""Secrets by reference: the product stores where a secret is, never the secret.

A reference is one of

- ``env:NAME``: an environment variable of the process that makes the call;
- ``file:/absolute/path``: the contents of a file, without trailing line breaks;
- ``keyring:service/name``: an entry of the system's keyring (needs the ``keyring`` package).

References come from definitions, which are written by people who may not read this machine's
configuration. So Assay's own settings and database address can't be named by one
(:data:`WITHHELD`): otherwise a definition with an address of its own could have them sent there.
"""

import os
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import Final, Literal, Never, TypeAlias

from engine.errors import AssayError, InvalidInput

Scheme: TypeAlias = Literal["env", "file", "keyring"]

WITHHELD: Final = ("ASSAY_*", "DATABASE_URL", "PG*")
"""Environment variables that no reference may name (shell patterns)."""

MAX_SECRET_BYTES: Final = 16 * 1024
"""No key is longer; a larger file is a mistake."""

_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FORMS = "env:NAME, file:/absolute/path or keyring:service/name"


class MissingSecret(AssayError):
    """A reference is well written, but there is nothing where it points."""

    code = "SECRET_MISSING"


class Secret:
    """A secret value that doesn't show itself when printed, logged, compared or pickled."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the value itself. Only for handing it to the provider or scrubbing it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('********')"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> Never:
        raise TypeError("A Secret is not copied to other processes; pass its reference instead.")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference, taken apart: ``target`` is what follows the scheme."""

    scheme: Scheme
    target: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.target}"


def parse_reference(reference: str, *, field: str = "api_key") -> Reference:
    """Take a reference apart without looking at what it points to.

    Raises InvalidInput (naming ``field``) if it is none. The message doesn't repeat the text:
    the usual mistake is a key pasted where its reference belongs.
    """
    scheme, colon, target = reference.partition(":")
    if not colon or scheme not in ("env", "file", "keyring"):
        raise InvalidInput(
            f"This is not a reference to a secret: write {_FORMS}. "
            "Put the key itself where the reference points, never here.",
            field=field,
        )
    if scheme == "env":
        return _env_reference(target, field)
    if scheme == "file":
        if not target.startswith("/") or "\0" in target:
            raise InvalidInput("file: needs an absolute path, as in file:/run/key.", field=field)
        return Reference("file", target)
    service, _, name = target.rpartition("/")
    if not service or not name:
        raise InvalidInput(
            "keyring: needs a service and a name, as in keyring:assay/openai.", field=field
        )
    return Reference("keyring", target)


def resolve(reference: str) -> Secret:
    """Read the secret that a reference points to.

    Raises InvalidInput if it is not a reference, MissingSecret if there is nothing there.
    """
    parsed = parse_reference(reference)
    if parsed.scheme == "env":
        value = _from_env(parsed.target)
    elif parsed.scheme == "file":
        value = _from_file(parsed)
    else:
        value = _from_keyring(parsed)
    if not value.isascii() or not value.isprintable():
        # it goes into an HTTP header, where a line break would begin another header
        raise MissingSecret(
            f"What {parsed} points to is not a key: it holds line breaks or other characters "
            "that no key has."
        )
    return Secret(value)


def _env_reference(name: str, field: str) -> Reference:
    if not _ENV_NAME.fullmatch(name):
        raise InvalidInput(
            "env: needs the name of an environment variable, as in env:OPENAI_API_KEY.",
            field=field,
        )
    if any(fnmatchcase(name.upper(), pattern) for pattern in WITHHELD):
        raise InvalidInput(
            f"env:{name} is Assay's own setting and can't be used as a provider's key. "
            "Put the key in a variable of its own.",
            field=field,
        )
    return Reference("env", name)


def _from_env(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise MissingSecret(
            f"The environment variable {name} is not set. Set it to the provider's key where "
            "the workers run (and the server), then start them again."
        )
    return value


def _from_file(reference: Reference) -> str:
    path = Path(reference.target)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise MissingSecret(
            f"{path} can't be read ({error.strerror}). Put the provider's key there, readable "
            "for the user that runs the workers."
        ) from error
    if len(content) > MAX_SECRET_BYTES:
        raise MissingSecret(f"{path} is too large to be a key.")
    try:
        value = content.decode().strip()
    except UnicodeDecodeError:
        raise MissingSecret(f"{path} doesn't hold a key: it is not text.") from None
    if not value:
        raise MissingSecret(f"{path} is empty. Put the provider's key there.")
    return value


def _from_keyring(reference: Reference) -> str:
    try:
        keyring = import_module("keyring")
    except ImportError:
        raise MissingSecret(
            f"{reference} needs the keyring package. Install it into Assay's environment "
            "(pip install keyring), or use env: or file: instead."
        ) from None
    service, _, name = reference.target.rpartition("/")
    try:
        value = keyring.get_password(service, name)
    except Exception as error:  # each system's backend raises errors of its own
        raise MissingSecret(
            f"The keyring could not be read for {reference} ({type(error).__name__})."
        ) from None
    if not value:
        raise MissingSecret(
            f"The keyring holds nothing at {reference}. Put the key there: "
            f"keyring set {service} {name}"
        )
    return str(value)
