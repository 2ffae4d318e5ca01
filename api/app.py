"""The web application: GraphQL, export, probes and logging in. Pages are mounted by `ui`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from api.http.endpoint import GraphQLEndpoint
from api.http.negotiation import GRAPHQL_PATH
from api.http.websocket import GraphQLWebSocket
from api.middleware.authentication import Authentication
from api.middleware.basics import BodyLimit, MaskedErrors, RequestIds, TimeZones
from api.middleware.downloads import DownloadTokens
from api.permissions import ROLE_ATTRIBUTE, guarded
from api.routes.export import Exports
from api.routes.login import Login, LoginPage
from api.routes.probes import Readyz, healthz
from api.schema import build, schema
from api.services import Services
from db.models import Role
from db.session import Database
from engine.runs.export.attempts import Format
from engine.settings import Settings


def create_app(database: Database, settings: Settings, login_page: LoginPage) -> Starlette:
    """The application over a migrated database, which the caller closes. ``login_page`` draws the
    page to log in on.

    What is mounted later (pages) comes after these routes and behind the same login.
    """
    services = Services(database, settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        services.start()
        try:
            yield
        finally:
            await services.aclose()

    app = Starlette(routes=routes(services, login_page), lifespan=lifespan)
    app.state.services = services
    # The first is the outermost.
    app.user_middleware = [
        Middleware(RequestIds),
        Middleware(DownloadTokens),
        Middleware(MaskedErrors),
        Middleware(BodyLimit, max_bytes=settings.max_request_bytes),
        Middleware(TimeZones),
        Middleware(Authentication, services=services, router=app.router),
    ]
    return app


def routes(services: Services, login_page: LoginPage) -> list[BaseRoute]:
    """Every address of this application; those without a role are public."""
    login = Login(services, login_page)
    answering = schema if services.settings.plain_executor else build(plain=False)
    websocket = WebSocketRoute(GRAPHQL_PATH, GraphQLWebSocket(answering, services))
    setattr(websocket, ROLE_ATTRIBUTE, Role.VIEWER)
    return [
        websocket,
        guarded(
            GRAPHQL_PATH,
            GraphQLEndpoint(answering, services).__call__,
            Role.VIEWER,
            methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        ),
        *_exports(services),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", Readyz(services).__call__, methods=["GET"]),
        Route("/login", login.page, methods=["GET"]),
        Route("/login", login.submit, methods=["POST"]),
        Route("/login/{token}", login.link, methods=["GET"]),
        Route("/logout", login.logout, methods=["POST"]),
    ]


def _exports(services: Services) -> list[BaseRoute]:
    exports = Exports(services)
    endpoints = {
        "/api/export/runs.csv": exports.runs,
        "/api/export/comparison.csv": exports.comparison,
        "/api/export/runs/{id}/arms.csv": exports.arms,
        "/api/export/runs/{id}/boards.csv": exports.boards,
        "/api/export/runs/{id}/pairwise.csv": exports.pairwise,
    } | {f"/api/export/runs/{{id}}.{form.value}": exports.attempts(form) for form in Format}
    return [
        guarded(path, endpoint, Role.VIEWER, methods=["GET"])
        for path, endpoint in endpoints.items()
    ]
