"""The provider accounts, each with a button that calls it now and shows what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from ui import formats
from ui.client import ViewerApi
from ui.components.base import Tag, button, tag
from ui.components.data_table import Column, DataTable
from ui.components.error_panel import error_panel
from ui.components.relative_time import relative_time
from ui.components.status_badge import status_badge
from ui.errors import UiError
from ui.queries.health import CHECK, Account, Check, Health
from ui.texts import _, later, plural

_MAY_CHECK: Final = frozenset({"EDITOR", "ADMIN"})
_CHECK: Final = later("Check now")
_BUSY: Final = later("Checking…")


@dataclass(frozen=True, slots=True)
class _Row:
    """A provider that calls nobody, one that no definition names an address of, or an account."""

    key: str
    title: str
    details: tuple[str, ...]
    ready: bool
    problem: str | None
    reach: Check | str
    account: Account | None = None


def _rows(health: Health) -> list[_Row]:
    """Every provider, with its accounts where it has any."""
    rows = []
    for provider in health["providers"]:
        accounts = [a for a in health["accounts"] if a["provider"] == provider["name"]]
        rows += [_account_row(account) for account in accounts]
        if not accounts:
            named = provider["name"] == "openai_compatible"
            rows.append(
                _Row(
                    provider["name"],
                    provider["title"],
                    (_("No definition names a server yet.") if named else _("Calls nobody."),),
                    provider["available"],
                    provider["unavailableReason"],
                    _("Nothing to reach"),
                )
            )
    return rows


def _account_row(account: Account) -> _Row:
    key = account["keyReference"] or _("no key")
    count = account["usedBy"]
    used = plural("{n} definition", "{n} definitions", count) if count else _("no definition")
    return _Row(
        account["id"],
        account["title"],
        (account["address"], f"{key} · {used}"),
        account["configured"],
        account["problem"],
        account["check"] or _("Not checked yet"),
        account,
    )


class ProviderAccounts:
    """The table; ``role`` is the viewer's: who may not dial out has no buttons."""

    def __init__(self, api: ViewerApi, health: Health, role: str) -> None:
        self._api = api
        self._health = health
        self._may = role in _MAY_CHECK
        self._buttons: dict[str, Tag] = {}
        with tag("div", "", "actions"):
            tag("h2", _("Providers"))
            if self._may:
                self._all = button(_("Check all"), self._check_all, "button-quiet")
            else:
                tag("span", _("An editor can check whether they are reached."), "muted")
        self._trouble = tag("div")
        # Said by screen readers; everybody else sees it in the row.
        self._told = tag("p", "", "visually-hidden", role="status")
        self._table = DataTable(_("Providers"), self._columns(), _rows(health), key=lambda r: r.key)

    def show(self, health: Health) -> None:
        """Take over how it is now."""
        self._health = health
        self._table.show(_rows(health))

    def _columns(self) -> list[Column[_Row]]:
        columns: list[Column[_Row]] = [
            Column(
                _("Provider"),
                lambda row: (row.title, *row.details),
                _draw_names,
                classes="cell-prose",
            ),
            Column(
                _("Set up"), lambda row: (row.ready, row.problem), _draw_setup, classes="cell-prose"
            ),
            Column(_("Reached"), lambda row: row.reach, _draw_reach, classes="cell-prose"),
        ]
        if self._may:
            columns.append(
                Column(
                    _("Check"), lambda row: row.account and _name(row.account), self._draw_button
                )
            )
        return columns

    def _draw_button(self, named: tuple[str, str] | None) -> None:
        if named is None:
            tag("span", formats.ABSENT, "muted")
            return
        account_id, address = named
        made = button(
            _(_CHECK), partial(self._check_one, account_id), aria_label=f"{_(_CHECK)}: {address}"
        )
        self._buttons[account_id] = made

    async def _check_one(self, account_id: str) -> None:
        made = self._buttons[account_id]
        if made.props.get("aria-busy"):
            return
        await self._check([account_id], [made], _(_CHECK))

    async def _check_all(self) -> None:
        if self._all.props.get("aria-busy"):
            return
        await self._check(None, [self._all], _("Check all"))

    async def _check(self, ids: Sequence[str] | None, busy: Sequence[Tag], words: str) -> None:
        """Call accounts. The button stays where it is, and so does the focus on it."""
        self._trouble.clear()
        for made in busy:
            made.text = _(_BUSY)
            made.attribute("aria-busy", "true")
        try:
            payload = await self._api.mutate(CHECK, {"input": {"accountIds": ids}})
        except UiError as error:
            with self._trouble:
                error_panel(_("The check did not work"), error)
        else:
            self._found(payload["accounts"])
        finally:
            for made in busy:
                made.text = words
                made.attribute("aria-busy", None)

    def _found(self, accounts: list[Account]) -> None:
        fresh = {account["id"]: account for account in accounts}
        known = [fresh.get(account["id"], account) for account in self._health["accounts"]]
        self.show({**self._health, "accounts": known})
        reached = sum(1 for a in accounts if a["check"] and a["check"]["reachable"])
        all_of_them = plural("{n} account", "{n} accounts", len(accounts))
        self._told.text = _("{reached} of {accounts} reached").format(
            reached=reached, accounts=all_of_them
        )


def _name(account: Account) -> tuple[str, str]:
    return account["id"], account["address"]


def _draw_names(names: tuple[str, ...]) -> None:
    title, *details = names
    with tag("span", "", "two-lines"):
        tag("span", title)
        for detail in details:
            tag("span", detail, "sub")


def _draw_setup(setup: tuple[bool, str | None]) -> None:
    ready, problem = setup
    if ready:
        status_badge("OK", _("Ready"))
        return
    status_badge("OFF")
    tag("div", problem or "", "sub")


def _draw_reach(reach: Check | str) -> None:
    if isinstance(reach, str):
        tag("span", reach, "muted")
        return
    if reach["reachable"]:
        status_badge("OK", _("Reached"))
    else:
        status_badge("DOWN", _("Not reached"))
    tag("div", reach["message"], "sub")
    with tag("div", "", "sub"):
        relative_time(reach["at"])
        if reach["latencyMs"] is not None:
            tag("span", f", {formats.duration(reach['latencyMs'])}")
