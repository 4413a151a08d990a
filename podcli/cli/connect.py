"""The command that connects accounts at other services."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, TypedDict

import click

from podcli.accounts.tokens import TITLES, Where
from podcli.cli.arguments import as_json
from podcli.cli.output import emit, emit_json, narrate, table
from podcli.errors import UsageError

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.services.accounts import Account

_FROM = {"readwise": "https://readwise.io/access_token", "notion": "https://www.notion.so/my-integrations"}
_LONGEST = 1000


class AccountJson(TypedDict):
    """An account of yours at another service."""

    account: Annotated[str, "readwise or notion."]
    token: Annotated[Where | None, "Where its token is; null: nowhere, or that cannot be told."]
    page: Annotated[str | None, "The page in Notion below which each episode gets one; null: none is set."]
    problem: Annotated[str | None, "Why its token cannot be looked up; null: it was."]


class ForgottenJson(TypedDict):
    """What became of a token."""

    account: Annotated[str, "readwise or notion."]
    forgotten: Annotated[bool, "Whether one was in the keyring."]


@click.command()
@click.argument("service", metavar="[SERVICE]", required=False, type=click.Choice([*TITLES]))
@click.option("--page", metavar="ADDRESS", help="The page in Notion below which each episode gets one.")
@click.option("--forget", is_flag=True, help="Take the token out of the keyring.")
@as_json(list[AccountJson] | AccountJson | ForgottenJson)
def connect(service: str | None, page: str | None, forget: bool, as_json: bool) -> None:
    """Connect readwise or notion, for `podcli export readwise --send` and `podcli export notion`. Without SERVICE: list them.

    The token is asked for without showing it, or read from standard input when that is no terminal; it is proven with the service
    and kept in the system's keyring. Where there is none, PODCLI_READWISE_TOKEN and PODCLI_NOTION_TOKEN hold it.

    \b
      podcli connect
      podcli connect readwise
      podcli connect notion --page https://www.notion.so/Podcasts-1429989fe8ac4effbc8f57f56486db54
      podcli connect readwise --forget
    """
    from podcli.services import open_services

    if page is not None and service != "notion":
        raise UsageError("--page is for notion.", "Say `podcli connect notion --page ADDRESS`.")
    if forget and (service is None or page is not None):
        raise UsageError("Forget what?", "Say `podcli connect readwise --forget` or `podcli connect notion --forget`.")
    with open_services() as services:
        if service is None:
            _list(services, as_json)
        elif forget:
            _forget(services, service, as_json)
        else:
            account = services.accounts.connect(service, *_asked(services, service, page), narrate)
            if as_json:
                emit_json(_json(account))
            else:
                _tell(account)


def _list(services: Services, as_json: bool) -> None:
    accounts = services.accounts.all()
    if as_json:
        emit_json([_json(account) for account in accounts])
        return
    told = {"": "not connected", "keyring": "connected", "environment": "connected by the environment"}
    rows = [(each.service, each.title, "cannot be looked up" if each.problem else told[each.token], each.page)
            for each in accounts]  # fmt: skip
    emit(table(rows, heads=("account", "at", "token", "page")))
    for problem in dict.fromkeys(each.problem for each in accounts if each.problem):
        narrate(problem)


def _forget(services: Services, service: str, as_json: bool) -> None:
    was = services.accounts.forget(service)
    if as_json:
        forgotten: ForgottenJson = {"account": service, "forgotten": was}
        emit_json(forgotten)
        return
    variable = services.accounts.variable_set(service)
    still = f" {variable} is still set." if variable else ""
    narrate(("The token is forgotten." if was else "No token was kept.") + still)


def _asked(services: Services, service: str, page: str | None) -> tuple[str, str]:
    """The token and, for Notion, the page; what is there already is not asked for. Raises UsageError for what is missing."""
    given = services.accounts.variable_set(service)
    token = services.accounts.token(service) if page is not None or given else ""
    if not token:
        services.accounts.require_keyring(service)
    below = page or services.settings.export.notion_page
    if service == "notion" and not below and not sys.stdin.isatty():
        raise UsageError("Nobody said below which page in Notion.", "Say `podcli connect notion --page ADDRESS`.")
    token = token or _read_token(service)
    if service == "notion" and not below:
        below = str(click.prompt("The address of the page below which each episode gets one", err=True))
    return token, below


def _read_token(service: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline(_LONGEST)
    narrate(f"The token is shown at {_FROM[service]}")
    return str(click.prompt("Token (not shown)", hide_input=True, err=True))


def _tell(account: Account) -> None:
    how = "`podcli export readwise --send` sends your snips" if account.service == "readwise" else (
        f"`podcli export notion` makes a page for each episode with snips below {account.page}"
    )  # fmt: skip
    where = "the token in the environment is right" if account.token == "environment" else "the token is in the keyring"
    narrate(f"{account.title} is connected, {where}. {how}.")


def _json(account: Account) -> AccountJson:
    return {"account": account.service, "token": account.token or None, "page": account.page or None,
            "problem": account.problem or None}  # fmt: skip
