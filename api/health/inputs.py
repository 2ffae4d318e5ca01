"""What checks take."""

import strawberry


@strawberry.input
class CheckProvidersInput:
    """Which provider accounts to call."""

    account_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Accounts of `health`; null: all that have what they need."
    )
