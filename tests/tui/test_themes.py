"""Colours: themes from the listener's folder, the terminal's own, and none at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from podcli import settings
from podcli.services import Services
from podcli.tui import themes
from podcli.tui.app import PodcliApp
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until

GOOD = 'primary = "#88c0d0"\ndark = true\nbackground = "black"\nluminosity_spread = 0.2\n[variables]\nborder = "#ffffff"\n'


@pytest.fixture
def folder(home: Path) -> Path:
    """Where the listener's themes are."""
    found = themes.folder()
    found.mkdir(parents=True)
    return found


def test_a_theme_is_named_after_its_file(folder: Path) -> None:
    (folder / "dusk.toml").write_text(GOOD)
    theme = themes.read(folder / "dusk.toml")
    assert (theme.name, theme.primary, theme.dark, theme.variables) == ("dusk", "#88c0d0", True, {"border": "#ffffff"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("primary = ", "not valid TOML"), ("", "no primary colour"), ('secondary = "red"', "no primary colour"),
        ('primary = "blueish"', "primary is no colour"), ("primary = 7", "primary is no colour"),
        ('primary = "red"\nprimray = "red"', "unknown key 'primray'"),
        ('primary = "red"\nsurface = "[/b]"', "surface is no colour"),
        ('primary = "red"\nname = "x"', "unknown key 'name'"), ('primary = "red"\ndark = "yes"', "dark is true or false"),
        ('primary = "red"\ntext_alpha = "x"', "text_alpha is a number"), ('primary = "red"\nvariables = 3', "table of texts"),
        ('primary = "red"\n[variables]\na = 3', "table of texts"), ("# \n" * 20_000, "far too large"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_theme_says_why(folder: Path, text: str, says: str) -> None:
    (folder / "bad.toml").write_text(text)
    with pytest.raises(ValueError, match=says):
        themes.read(folder / "bad.toml")


def test_bytes_that_are_no_text_are_no_theme(folder: Path) -> None:
    (folder / "bad.toml").write_bytes(b'primary = "\xff"')
    with pytest.raises(ValueError, match="not valid TOML"):
        themes.read(folder / "bad.toml")


def test_the_good_are_there_and_the_bad_are_named(folder: Path) -> None:
    (folder / "dusk.toml").write_text(GOOD)
    (folder / "bad.toml").write_text("primary = 7")
    (folder / "none.toml").symlink_to(folder / "gone")
    names, complaints = themes.available()
    assert {"dusk", "terminal", "textual-dark", "textual-light"} <= set(names) and "bad" not in names
    assert len(complaints) == 2 and "bad.toml is left out: primary is no colour" in complaints[0]
    assert "none.toml cannot be read: No such file" in complaints[1]


async def test_a_bad_theme_is_told_and_the_player_opens_all_the_same(folder: Path, services: Services) -> None:
    stage.stock(services)
    (folder / "bad.toml").write_text("primary = 7")
    settings.set_value("tui.theme", "plaid")
    async with player() as (app, pilot):
        await until(pilot, lambda: "bad.toml is left out" in told(app) and "There is no theme “plaid”" in told(app))
        assert app.theme == "textual-dark" and "Assam" in seen(app)


async def test_the_listeners_theme_is_worn_and_another_is_kept(folder: Path, services: Services) -> None:
    stage.stock(services)
    (folder / "dusk.toml").write_text(GOOD)
    settings.set_value("tui.theme", "dusk")
    async with player() as (app, pilot):
        assert app.theme == "dusk"
        await press(pilot, [":", *"theme nord", "enter"])
        await until(pilot, lambda: app.theme == "nord")
        assert settings.load().tui.theme == "nord" and any(name.startswith("#") for name in _colours(app))


async def test_the_terminals_own_colours(services: Services) -> None:
    stage.stock(services)
    settings.set_value("tui.theme", "terminal")
    async with player() as (app, _):
        assert app.theme == "terminal"
        assert {name for name in _colours(app) if name.startswith("#")} == set(), "only the terminal's sixteen"


async def test_no_colour_wins_over_every_theme(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.stock(services)
    settings.set_value("tui.theme", "nord")
    monkeypatch.setenv("NO_COLOR", "1")
    async with player() as (app, _):
        assert app.theme == "terminal" and _colours(app) <= {"default"}


async def test_reduced_motion(services: Services) -> None:
    settings.set_value("tui.reduced_motion", "true")
    async with player() as (app, _):
        assert app.animation_level == "none"


def _colours(app: PodcliApp) -> set[str]:
    """Every colour on the screen, as the terminal gets it."""
    styles = [segment.style for line in app.screen._compositor.render_strips() for segment in line]
    return {colour.name for style in styles if style is not None for colour in (style.color, style.bgcolor) if colour is not None}
