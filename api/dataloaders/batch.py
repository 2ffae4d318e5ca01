"""A loader over a repository method that reads many keys in one statement."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.dataloader import DataLoader

V = TypeVar("V")

Read: TypeAlias = Callable[[], AbstractAsyncContextManager[AsyncSession]]
Fetch: TypeAlias = Callable[[AsyncSession, Iterable[UUID]], Awaitable[Mapping[UUID, V]]]


class Loader(Generic[V]):
    """Gathers the keys that are asked for at one moment and reads them together."""

    def __init__(self, read: Read, fetch: Fetch[V]) -> None:
        self._read = read
        self._fetch = fetch
        self._loader: DataLoader[UUID, V | None] = DataLoader(load_fn=self._load)

    async def _load(self, keys: list[UUID]) -> list[V | None]:
        async with self._read() as session:
            found = await self._fetch(session, keys)
        return [found.get(key) for key in keys]

    async def load(self, key: UUID) -> V | None:
        """The value of ``key``; None where there is none that the caller may see."""
        return await self._loader.load(key)
