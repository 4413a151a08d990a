"""What the listener can do about models, settings and how shows are played: a part of the verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.domain import ShowId, ShowSettings
from podcli.tui.messages import ModelsRead, SettingsRead, ShowSettingsRead, Told

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.tui.bridge import Bridge


class Upkeep:
    """Give it the bridge."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._post = bridge.post

    def read_models(self) -> None:
        """`ModelsRead` comes back."""
        self._bridge.do(self._models, writes=False)

    def pull(self, model_id: str) -> None:
        """Install a model."""
        self._bridge.do(lambda services: services.jobs.pull(model_id))

    def use_model(self, model_id: str) -> None:
        """Let it play its role."""

        def verb(services: Services) -> None:
            card = services.models.use(model_id)
            self._post(Told(f"{card.id} is used to {card.role} from now on."))
            self._models(services)

        self._bridge.do(verb)

    def remove_model(self, model_id: str) -> None:
        """Delete it."""

        def verb(services: Services) -> None:
            services.models.remove(model_id)
            self._post(Told(f"{model_id} is gone from this machine."))
            self._models(services)

        self._bridge.do(verb)

    def verify_model(self, model_id: str) -> None:
        """Read every byte of it again, which takes seconds."""

        def work() -> None:
            from podcli import settings as settings_file
            from podcli.services.models import ModelService

            found = ModelService(settings_file.load()).verify(model_id)[0]
            if found.ok:
                self._post(Told(f"{model_id} is whole."))
            else:
                self._post(Told("; ".join(found.problems), "Fetch it again.", "error"))

        self._post(Told(f"Reading {model_id}…"))
        self._bridge.aside(work)

    def set_setting(self, key: str, text: str) -> None:
        """Write one setting; `SettingsRead` comes back."""

        def verb(services: Services) -> None:
            from podcli import keymap
            from podcli import settings as settings_file

            settings_file.set_value(key, text, check=keymap.load)
            services.settings = settings_file.load()
            self._bridge.watch.stale = True
            self._post(SettingsRead(services.settings))

        self._bridge.do(verb)

    def read_show_settings(self, show_id: ShowId) -> None:
        """`ShowSettingsRead` comes back."""

        def verb(services: Services) -> None:
            self._post(ShowSettingsRead(services.library.show(str(show_id)), services.library.show_settings(show_id)))

        self._bridge.do(verb, writes=False)

    def set_show_settings(self, show_id: ShowId, settings: ShowSettings) -> None:
        """How this show is played from now on."""

        def verb(services: Services) -> None:
            services.library.set_show_settings(show_id, settings)

        self._bridge.do(verb)

    def _models(self, services: Services) -> None:
        self._post(ModelsRead(services.models.list(), services.models.memory_gb))
