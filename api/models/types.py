"""The models that arms can name."""

import strawberry


@strawberry.type(description="A model that a person can pick from a list.")
class Model:
    """A model that a person can pick from a list."""

    id: str
    title: str
    context_window: int | None = strawberry.field(description="In tokens, where it is known.")


@strawberry.type(
    description="A provider and the models known of it. Any other model can be named as well."
)
class ProviderModels:
    """A provider and the models known of it."""

    name: str
    title: str
    description: str
    available: bool = strawberry.field(
        description="Whether what it needs is set. It is not called to find out."
    )
    unavailable_reason: str | None = strawberry.field(description="What to set.")
    models: list[Model]
