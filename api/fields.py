"""Strawberry's field decorator with types that a static checker can follow."""

from collections.abc import AsyncGenerator, Callable
from typing import ParamSpec, TypeVar, cast

import strawberry

from api.permissions import RolePermission

P = ParamSpec("P")
R = TypeVar("R")


def resolver(description: str | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A field of a type that is reached through a root field."""

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        made: object = strawberry.field(method, description=description)
        return cast("Callable[P, R]", made)

    return decorate


def root(
    permission: type[RolePermission], description: str
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A field of Query, with the role that it needs."""

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        made: object = strawberry.field(
            method, description=description, permission_classes=[permission]
        )
        return cast("Callable[P, R]", made)

    return decorate


def mutation(
    permission: type[RolePermission], description: str
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A field of Mutation, with the role that it needs."""

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        made: object = strawberry.mutation(
            method, description=description, permission_classes=[permission]
        )
        return cast("Callable[P, R]", made)

    return decorate


def subscription(
    permission: type[RolePermission], description: str
) -> Callable[[Callable[P, AsyncGenerator[R, None]]], Callable[P, AsyncGenerator[R, None]]]:
    """A field of Subscription, with the role that it needs."""

    def decorate(
        method: Callable[P, AsyncGenerator[R, None]],
    ) -> Callable[P, AsyncGenerator[R, None]]:
        made: object = strawberry.subscription(
            method, description=description, permission_classes=[permission]
        )
        return cast("Callable[P, AsyncGenerator[R, None]]", made)

    return decorate
