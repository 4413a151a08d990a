"""The README's pictures, drawn by the real player on the sample show: ``make screenshots``.

The models of ``podcli demo`` make transcript and takeaways first; a library of its own is used and thrown away.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

SIZE = (120, 34)
FOLDER = Path(__file__).parents[1] / ".github"
OUR_FONT = re.compile(r"\s*@font-face \{[^}]*\}")  # fetched from elsewhere: a page must show the picture without that


def library() -> None:
    """Subscribe to the sample show and read it: a transcript, takeaways, a summary, chapters."""
    from podcli.demo.server import serve
    from podcli.services import open_services

    with open_services() as services, serve() as base:
        jobs = [services.jobs.pull(card.id, priority=1) for card in services.models.missing()]
        wait(services, jobs)
        wait(services, [services.library.add(f"{base}/feed.xml", priority=1)])
        show = services.library.show(f"{base}/feed.xml")
        episode = services.library.longest(show.id)
        for wish in ("takeaways", "summary"):
            wait(services, services.insights.request(episode.id, wish, priority=1))


def wait(services: object, jobs: object) -> None:
    """Until these are done. Raises PodcliError when one fails."""
    from podcli.cli.output import follow

    follow(services, jobs)  # type: ignore[arg-type]


async def draw(folder: Path) -> None:
    """player.svg (the inbox), transcript.svg (the words follow what plays), help.svg."""
    from textual.pilot import Pilot

    from podcli.tui.app import PodcliApp

    app = PodcliApp(silent=True)

    def seen() -> str:
        return "\n".join("".join(part.text for part in line) for line in app.screen._compositor.render_strips())

    async def until(pilot: Pilot[None], true: Callable[[], object]) -> None:
        deadline = asyncio.get_running_loop().time() + 30
        while not true():
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(seen())
            await pilot.pause(0.05)

    def keep(name: str) -> None:
        svg = app.export_screenshot(title="podcli", simplify=True)
        (folder / f"{name}.svg").write_text(OUR_FONT.sub("", re.sub(r"terminal-\d+", "terminal", svg)))

    try:
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: "Box" in seen())
            await pilot.press("slash", *"box", "enter")
            await until(pilot, lambda: "Inbox · 1" in seen())
            await pilot.press("escape", "w")
            await until(pilot, lambda: "Takeaways by" in seen())
            await pilot.press("enter")
            await until(pilot, lambda: app.now.state.position_s > 1)
            app.verbs.seek_to(100.0)
            await until(pilot, lambda: 100 <= app.now.state.position_s < 110)
            keep("player")
            await pilot.press("8")
            await until(pilot, lambda: "Transcript by" in seen() and "▶" in seen())
            await pilot.pause(2.0)
            keep("transcript")
            await pilot.press("question_mark")
            await until(pilot, lambda: "Back to what is being said" in seen())
            keep("help")
    finally:
        app.stop_work = True
        await asyncio.to_thread(app.close_down)


def main() -> None:
    """Make the library, then the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(PODCLI_HOME=home, TEXTUAL_ANIMATIONS="none", DBUS_SESSION_BUS_ADDRESS="disabled:")
        os.environ.setdefault("COLORTERM", "truecolor")
        os.environ.pop("NO_COLOR", None)
        library()
        asyncio.run(draw(folder))


if __name__ == "__main__":
    main()
