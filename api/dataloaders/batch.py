"""A loader over a repository method that reads many keys in one statement."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeAlias, TypeVar, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.dataloader import DataLoader

V = TypeVar("V")
R = TypeVar("R")

Read: TypeAlias = Callable[[], AbstractAsyncContextManager[AsyncSession]]
Fetch: TypeAlias = Callable[[AsyncSession, Iterable[UUID]], Awaitable[Mapping[UUID, V]]]


class Loader(Generic[V]):
    """Gathers the keys that are asked for at one moment and reads them together."""

    def __init__(self, read: Read, fetch: Fetch[V]) -> None:
        self._read = read
        self._fetch = fetch
        self._loader: DataLoader[UUID, V | None] = DataLoader(load_fn=self._load)
        self._known: dict[UUID, V | None] = {}

    async def _load(self, keys: list[UUID]) -> list[V | None]:
        async with self._read() as session:
            found = await self._fetch(session, keys)
        self._known |= {key: found.get(key) for key in keys}
        return [found.get(key) for key in keys]

    async def load(self, key: UUID) -> V | None:
        """The value of ``key``; None where there is none that the caller may see."""
        return await self._loader.load(key)

    async def prepare(self, keys: Iterable[UUID]) -> None:
        """Read ``keys`` now, so that :meth:`then` has them at once."""
        await self._loader.load_many(list(dict.fromkeys(keys)))

    def then(self, key: UUID, make: Callable[[V | None], R]) -> R:
        """What ``make`` makes of the value of ``key``, for a resolver to return.

        At once where the value was read before: a list of fifty objects would make hundreds of
        tasks otherwise. Else an awaitable, which the executor awaits though no type says so.
        """
        if key in self._known:
            return make(self._known[key])
        return cast(R, self._then(key, make))

    async def _then(self, key: UUID, make: Callable[[V | None], R]) -> R:
        return make(await self._loader.load(key))
