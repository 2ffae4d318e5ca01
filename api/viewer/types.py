"""Who is asking."""

import strawberry

from api.enums import Role


@strawberry.type(description="Who is asking, and for which organization.")
class Viewer:
    """Who is asking."""

    actor: str = strawberry.field(description="The name of the key, as records show it.")
    role: Role
    organization: str
