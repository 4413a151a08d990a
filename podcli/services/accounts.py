"""The listener's accounts at Readwise and Notion: connected once, used by `podcli export`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from podcli import settings as settings_file
from podcli.accounts import tokens
from podcli.accounts.tokens import TITLES, Token, Where
from podcli.errors import PodcliError, UsageError
from podcli.settings import Settings
from podcli.store import Store

if TYPE_CHECKING:
    from podcli.accounts.calls import Tell
    from podcli.accounts.notion import Notion
    from podcli.accounts.readwise import Readwise

_PAGE = "export.notion_page"


@dataclass(frozen=True, slots=True)
class Account:
    """A service, where its token is ('': nowhere), and for Notion the page that episodes go below. `problem` is why nobody can
    tell whether there is a token, and what to do about it."""

    service: str
    title: str
    token: Where | Literal[""]
    page: str = ""
    problem: str = ""


class AccountService:
    """Verbs over accounts. No token leaves it but to the service it is for."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings

    def all(self) -> list[Account]:
        """Every service, connected or not; one whose token cannot be looked up says why."""
        return [self._looked_up(service) for service in TITLES]

    def connected(self) -> list[Account]:
        """Those that were connected, or have a token in the environment; asks the keyring for no other."""
        likely = [each for each in TITLES if self._is_noted(each) or tokens.from_environment(each)]
        return [self._account(service, tokens.find(service)) for service in likely]

    def token(self, service: str) -> str:
        """The token there is, '' for none; to be proven again. Raises as `tokens.find`."""
        found = tokens.find(service)
        return found.value if found else ""

    def variable_set(self, service: str) -> str:
        """The environment variable that holds its token; '' when none does."""
        return tokens.variable(service) if tokens.from_environment(service) else ""

    def require_keyring(self, service: str) -> None:
        """Raises PodcliError, naming the way out, when this system has no keyring for a token."""
        tokens.require_keyring(service)

    def connect(self, service: str, token: str, page: str, tell: Tell) -> Account:
        """Prove `token` with the service, and `page` for Notion, and only then keep both.

        A token that is in the environment is proven and stays there. Raises UsageError for what can be none, PodcliError when
        it is not accepted, NetworkError when the service cannot be asked.
        """
        from podcli.accounts.notion import page_id

        token = tokens.fit(token, service)
        if service == "readwise":
            with self._readwise(token, tell) as account:
                account.prove()
        else:
            page = page_id(page)
            with self._notion(token, tell) as notion:
                name = notion.prove()
                found = notion.page(page)
            if found is None:
                raise PodcliError(
                    f"Notion does not show that page to the integration “{name}”.",
                    "On the page in Notion: ••• and Connections, and add it; then run the same command again.",
                )
            page = found.url if page.replace("-", "") in found.url else page
        if not tokens.from_environment(service):
            tokens.keep(service, token)
        self._store.library.remember(f"account.{service}", True)
        if service == "notion":
            settings_file.set_value(_PAGE, page)
        where: Where = "environment" if tokens.from_environment(service) else "keyring"
        return Account(service, TITLES[service], where, page)

    def forget(self, service: str) -> bool:
        """Take its token out of the keyring; whether there was one. What was sent stays known, so nothing is sent twice."""
        was = tokens.forget(service)
        self._store.library.remember(f"account.{service}", None)
        return was

    def require(self, service: str) -> None:
        """Raises PodcliError when it is not connected, or the keyring does not open; UsageError when Notion has no page."""
        self._required(service)
        if service == "notion":
            self._parent()

    def readwise(self, tell: Tell) -> Readwise:
        """The account to send to. Raises PodcliError when it is not connected."""
        return self._readwise(self._required("readwise"), tell)

    def notion(self, tell: Tell) -> tuple[Notion, str]:
        """The account to send to, and the id of the page that episodes go below. Raises as `readwise`."""
        return self._notion(self._required("notion"), tell), self._parent()

    def _required(self, service: str) -> str:
        found = tokens.find(service)
        if found is None:
            raise PodcliError(
                f"{TITLES[service]} is not connected.",
                f"`podcli connect {service}` does it; without a keyring, put the token into {tokens.variable(service)}.",
            )
        return found.value

    def _parent(self) -> str:
        from podcli.accounts.notion import page_id

        if not self._settings.export.notion_page:
            raise UsageError("Nobody said below which page in Notion.", "Say `podcli connect notion --page ADDRESS`.")
        return page_id(self._settings.export.notion_page)

    def _readwise(self, token: str, tell: Tell) -> Readwise:
        from podcli.accounts.readwise import Readwise

        return Readwise(token, self._settings.export.readwise_url, tell)

    def _notion(self, token: str, tell: Tell) -> Notion:
        from podcli.accounts.notion import Notion

        return Notion(token, self._settings.export.notion_url, self._settings.export.notion_version, tell)

    def _account(self, service: str, token: Token | None) -> Account:
        page = self._settings.export.notion_page if service == "notion" else ""
        return Account(service, TITLES[service], token.where if token else "", page)

    def _looked_up(self, service: str) -> Account:
        try:
            return self._account(service, tokens.find(service))
        except PodcliError as error:
            return replace(self._account(service, None), problem=f"{error.message} {error.hint}")

    def _is_noted(self, service: str) -> bool:
        return self._store.library.remembered(f"account.{service}") is True
