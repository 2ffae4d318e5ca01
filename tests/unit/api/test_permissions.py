"""Nothing can be reached without a role: every root field and every route declares one."""

from collections.abc import Iterable

import pytest
import strawberry
from graphql import GraphQLObjectType
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from strawberry.permission import PermissionExtension

from api.app import create_app
from api.fields import mutation, root
from api.permissions import IsViewer, RolePermission, guarded, is_public, required_role
from api.schema import NODES, schema
from db.models import Role
from db.session import Database
from engine.settings import Settings
from ui.login import login_page


def fields_without_role(checked: strawberry.Schema) -> list[str]:
    """The root fields that anyone could call."""
    missing = []
    core = checked._schema
    for kind in (core.query_type, core.mutation_type, core.subscription_type):
        if not isinstance(kind, GraphQLObjectType):
            continue
        for name in kind.fields:
            field = checked.get_field_for_type(name, kind.name)
            assert field is not None
            roles = [
                permission
                for extension in field.extensions
                if isinstance(extension, PermissionExtension)
                for permission in extension.permissions
                if isinstance(permission, RolePermission)
            ]
            if not roles:
                missing.append(f"{kind.name}.{name}")
    return missing


def writers_without_editor(checked: strawberry.Schema) -> list[str]:
    """The mutations that a viewer could call."""
    kind = checked._schema.mutation_type
    assert isinstance(kind, GraphQLObjectType)
    return [
        name
        for name in kind.fields
        if (field := checked.get_field_for_type(name, "Mutation")) is not None
        and not any(
            isinstance(permission, RolePermission) and permission.role is not Role.VIEWER
            for extension in field.extensions
            if isinstance(extension, PermissionExtension)
            for permission in extension.permissions
        )
    ]


def routes_without_role(routes: Iterable[BaseRoute]) -> list[str]:
    """The routes that are neither guarded nor on the public list."""
    return [
        getattr(route, "path", repr(route))
        for route in routes
        if required_role(route) is None and not is_public(getattr(route, "path", ""))
    ]


def test_every_root_field_needs_a_role() -> None:
    assert fields_without_role(schema) == []
    assert writers_without_editor(schema) == []


def test_every_route_needs_a_role_or_is_public_by_name() -> None:
    app = create_app(Database("postgresql://nobody@127.0.0.1:1/none"), Settings(), login_page)
    assert app.routes
    assert routes_without_role(app.routes) == []


def test_what_has_no_role_is_found() -> None:
    @strawberry.type
    class Query:
        @root(IsViewer, "")
        def kept(self) -> str:
            return ""

        @strawberry.field
        def open(self) -> str:
            return ""

    @strawberry.type
    class Mutation:
        @mutation(IsViewer, "")
        def write(self) -> str:
            return ""

    careless = strawberry.Schema(Query, Mutation)
    assert fields_without_role(careless) == ["Query.open"]
    assert writers_without_editor(careless) == ["write"]

    async def endpoint(_: Request) -> Response:
        return Response()

    routes: list[BaseRoute] = [
        Route("/open", endpoint),
        Mount("/files", routes=[]),
        guarded("/kept", endpoint, Role.VIEWER),
        Route("/healthz", endpoint),
    ]
    assert routes_without_role(routes) == ["/open", "/files"]


def test_every_type_with_an_id_can_be_read_by_it() -> None:
    node = schema._schema.type_map["Node"]
    implementations = schema._schema.get_implementations(node)  # type: ignore[arg-type]  # an interface
    assert {kind.name for kind in implementations.objects} == set(NODES)


@pytest.mark.parametrize(
    "path", ["/", "/graphql", "/api/export/runs/1.csv", "/loginx", "/_nicegui"]
)
def test_what_is_not_public(path: str) -> None:
    assert not is_public(path)
