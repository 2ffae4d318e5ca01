"""Who may do what: a role on every root field and on every route.

What hangs below a root field is reached through it alone, and every repository filters by the
caller's organization.
"""

import re
from collections.abc import Callable
from typing import Any, ClassVar, Final, NoReturn

from starlette.routing import BaseRoute, Route
from strawberry.permission import BasePermission

from api.context import AssayInfo
from db.models import Role
from engine.errors import PermissionDenied

# Addresses that anyone may call. Everything else, pages included, needs a login.
PUBLIC_PATHS: Final = frozenset({"/healthz", "/readyz", "/login", "/logout"})
_LOGIN_LINK: Final = re.compile(r"/login/[^/]+")

ROLE_ATTRIBUTE: Final = "required_role"


def is_public(path: str) -> bool:
    """Whether a path may be called without a login."""
    return path in PUBLIC_PATHS or _LOGIN_LINK.fullmatch(path) is not None


def denied(role: Role, has: Role) -> PermissionDenied:
    """The refusal of a caller whose role is too small."""
    return PermissionDenied(
        f"This needs the role {role.value}; your key has the role {has.value}. "
        "Ask an administrator for another key."
    )


class RolePermission(BasePermission):
    """The caller has at least ``role``."""

    role: ClassVar[Role]

    def has_permission(self, source: Any, info: AssayInfo, **kwargs: Any) -> bool:
        """Whether the caller may; raises PermissionDenied, which says what is missing."""
        principal = info.context.principal
        if not principal.may(self.role):
            raise denied(self.role, principal.role)
        return True

    def on_unauthorized(self) -> NoReturn:
        """Never reached: the refusal is raised where the caller's role is known."""
        raise AssertionError("has_permission raises")


class IsViewer(RolePermission):
    """For what reads."""

    role = Role.VIEWER


class IsEditor(RolePermission):
    """For what dials out, spends or writes."""

    role = Role.EDITOR


class IsAdmin(RolePermission):
    """For what governs."""

    role = Role.ADMIN


def guarded(
    path: str, endpoint: Callable[..., Any], role: Role, *, methods: list[str] | None = None
) -> Route:
    """A route that callers of at least ``role`` reach (the authentication middleware asks)."""
    route = Route(path, endpoint, methods=methods)
    setattr(route, ROLE_ATTRIBUTE, role)
    return route


def required_role(route: BaseRoute) -> Role | None:
    """The role that a route declares."""
    role = getattr(route, ROLE_ATTRIBUTE, None)
    return role if isinstance(role, Role) else None
