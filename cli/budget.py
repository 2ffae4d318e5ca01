"""What a run may cost, on the command line."""

from decimal import Decimal, InvalidOperation
from typing import Final

import click

from engine.runs.budget import NO_BUDGET, Budget


class Dollars(click.ParamType[Decimal]):
    """An amount of US dollars: `5`, `0.50`, `$5`."""

    name = "usd"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """The amount; whether it can be a budget is for the engine to say."""
        try:
            return Decimal(str(value).strip().removeprefix("$"))
        except InvalidOperation:
            self.fail(f"{value!r} is no amount of US dollars, as in 5 or 0.50.", param, ctx)


DOLLARS: Final = Dollars()

budget_option = click.option(
    "--budget", type=DOLLARS, help="Pause the run before its calls cost more, in US dollars."
)
unpriced_option = click.option(
    "--allow-unpriced",
    is_flag=True,
    help="With a budget: run arms too whose model has no price, so that nothing counts them.",
)


def budget_of(usd: Decimal | None, *, allow_unpriced: bool) -> Budget:
    """What was asked for."""
    return NO_BUDGET if usd is None else Budget(usd, allow_unpriced)
