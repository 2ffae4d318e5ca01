"""What a call cost, in US dollars.

Prices come from the genai-prices package as it is installed: it is never asked to fetch newer
ones, so that the same run costs the same on every machine and nothing is dialled. What has no
known price has cost None: models that the package doesn't know, servers that are nobody's
(`openai_compatible` at an address of one's own), replies without token counts, and arms that
call no model at all (`recorded`, `simulated`). None means "not priced", never "free".
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, TypeAlias

from engine.providers.contract import ModelReply, Usage
from engine.providers.registry import ArmConfig, base_url, provider_info

_Cost: TypeAlias = Callable[[Usage, datetime | None], Decimal | None]

_PER_TOKEN_KEYS: Final = frozenset(("input_mtok", "output_mtok", "cache_read_mtok"))
_NEEDED_KEYS: Final = ("input_mtok", "output_mtok")
_PER_REQUEST_KEY: Final = "requests_kcount"
_MILLION: Final = 1_000_000
_STANDARD_TIERS: Final = (None, "default", "auto")
_MAX_MODELS: Final = 1000


def load_prices() -> None:
    """Read the price list (most of a second, once a process), before it is needed."""
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415

    get_snapshot()


class Pricer:
    """Prices the replies of one arm; cheap enough for every reply (a lookup and a product).

    The provider whose prices apply is the one whose public API the arm's address is.
    """

    def __init__(self, arm: ArmConfig) -> None:
        address = base_url(arm) if provider_info(arm.provider).dials_out else None
        self._provider_id = _priced_provider(address) if address is not None else None
        self._model = arm.model
        self._by_model: dict[tuple[str, str | None], _Cost] = {}
        if self._provider_id is not None and arm.model is not None:
            self._prices_of(arm.model, None)

    def cost(self, reply: ModelReply, at: datetime | None = None) -> Decimal | None:
        """Give the cost of a reply in USD, exact; None if it can't be told.

        Prices the model that answered, where the provider names one that is known (an alias such
        as gpt-4o may stand for several), else the one that was asked for. ``at`` is the time of
        the call (now by default): prices change, and some depend on the hour.
        """
        if self._provider_id is None:
            return None
        tier = reply.raw.get("service_tier") if reply.raw is not None else None
        tier = tier if isinstance(tier, str) and tier not in _STANDARD_TIERS else None
        for model in (reply.model, self._model):
            if model is not None:
                prices = self._prices_of(model, tier)
                if prices is not _unpriced:
                    return prices(reply.usage, at)
        return None

    def _prices_of(self, model: str, tier: str | None) -> _Cost:
        found = self._by_model.get((model, tier))
        if found is None:
            if len(self._by_model) >= _MAX_MODELS:
                # a server that makes up a name for each reply must not fill the memory
                self._by_model.clear()
            found = _find_prices(self._provider_id or "", model, tier)
            self._by_model[model, tier] = found
        return found


def _unpriced(usage: Usage, at: datetime | None) -> Decimal | None:
    return None


def _priced_provider(address: str) -> str | None:
    # imported here: its data take most of a second to load, and only priced arms need them
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415

    try:
        return get_snapshot().find_provider(None, None, address).id
    except LookupError:
        return None


def _find_prices(provider_id: str, model: str, tier: str | None) -> _Cost:
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415
    from genai_prices.types import ModelPrice  # noqa: PLC0415

    try:
        _, info = get_snapshot().find_provider_model(model, None, provider_id, None)
    except LookupError:
        return _unpriced
    variants = (
        [info.prices]
        if isinstance(info.prices, ModelPrice)
        else [conditional.prices for conditional in info.prices]
    )
    # a model sold by the hour or the image has a price, but not one that token counts give
    if not variants or any(
        getattr(prices, key) is None for prices in variants for key in _NEEDED_KEYS
    ):
        return _unpriced
    if tier is None and isinstance(info.prices, ModelPrice):
        linear = _linear(info.prices)
        if linear is not None:
            return linear
    return _by_library(provider_id, model, tier)


def _linear(prices: object) -> _Cost | None:
    """Give the cost as a product of counts and prices, None if the prices aren't that simple."""
    found = {key: getattr(prices, key) for key in (*_PER_TOKEN_KEYS, _PER_REQUEST_KEY)}
    if found.pop(_PER_REQUEST_KEY) is not None:
        return None
    if any(price is not None and not isinstance(price, Decimal) for price in found.values()):
        return None
    fresh: Decimal = found["input_mtok"] / _MILLION
    written: Decimal = found["output_mtok"] / _MILLION
    cached_mtok: Decimal | None = found["cache_read_mtok"]
    cached = fresh if cached_mtok is None else cached_mtok / _MILLION

    def cost(usage: Usage, at: datetime | None) -> Decimal | None:
        if usage.input_tokens is None or usage.output_tokens is None:
            return None
        read = min(usage.cached_tokens or 0, usage.input_tokens)
        return fresh * (usage.input_tokens - read) + cached * read + written * usage.output_tokens

    return cost


def _by_library(provider_id: str, model: str, tier: str | None) -> _Cost:
    from genai_prices import Usage as Counts  # noqa: PLC0415
    from genai_prices import calc_price  # noqa: PLC0415

    context = {"service_tier": tier} if tier is not None else None

    def cost(usage: Usage, at: datetime | None) -> Decimal | None:
        if usage.input_tokens is None or usage.output_tokens is None:
            return None
        read = min(usage.cached_tokens or 0, usage.input_tokens)
        counts = Counts(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cache_read_tokens=read,
        )
        try:
            return calc_price(
                counts,
                model,
                provider_id=provider_id,
                genai_request_timestamp=at or datetime.now(UTC),
                price_context=context,
            ).total_price
        except (LookupError, ValueError):
            # ValueError: the model's prices need counts that a reply doesn't give
            return None

    return cost
