"""A page of a thousand elements in half the time.

NiceGUI (3.18) asks `inspect` whether the handlers of an element's classes, style and props take
arguments, for each element anew: 40% of what it took to build a table. The answer is the same for
all elements, so it is remembered by function.
"""

from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any, Final
from weakref import WeakKeyDictionary

from nicegui import helpers

_asked: Final = helpers.expects_arguments
_known: Final[WeakKeyDictionary[FunctionType, bool]] = WeakKeyDictionary()


def remember_signatures() -> None:
    """From now on NiceGUI asks once a method."""
    helpers.expects_arguments = expects_arguments


def expects_arguments(func: Callable[..., Any]) -> bool:
    """Whether ``func`` must be given arguments: NiceGUI's answer."""
    if not isinstance(func, MethodType) or not isinstance(func.__func__, FunctionType):
        return _asked(func)
    known = _known.get(func.__func__)
    if known is None:
        known = _known[func.__func__] = _asked(func)
    return known
