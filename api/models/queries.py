"""Reading the list of models."""

import asyncio

import strawberry

from api.fields import root
from api.models.types import Model, ProviderModels
from api.permissions import IsViewer
from engine.providers.catalog import models as known_models
from engine.providers.registry import PROVIDERS, Unavailable, availability


def read_models() -> list[ProviderModels]:
    """Every provider with its known models. Reads files and keyrings: not for the event loop."""
    known = known_models()
    found = []
    for name, provider in PROVIDERS.items():
        state = availability(provider)
        found.append(
            ProviderModels(
                name=name,
                title=provider.title,
                description=provider.description,
                available=not isinstance(state, Unavailable),
                unavailable_reason=state.reason if isinstance(state, Unavailable) else None,
                models=[
                    Model(id=model.id, title=model.title, context_window=model.context_window)
                    for model in known
                    if model.provider == name
                ],
            )
        )
    return found


@strawberry.type
class ModelQueries:
    """Reading the list of models."""

    @root(IsViewer, "Providers and their models.")
    async def models(self) -> list[ProviderModels]:
        """Providers and their models."""
        return await asyncio.to_thread(read_models)
