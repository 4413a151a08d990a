"""The command that hands a snip on."""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path
from typing import Annotated, TypedDict

import click

from podcli.cli.arguments import as_json
from podcli.cli.export import WrittenJson, written_json
from podcli.cli.output import emit, emit_json, emit_line, narrate
from podcli.domain import SnipId
from podcli.errors import PodcliError, UsageError
from podcli.text import clean

_TOLD = {"made": "{} was made.", "changed": "{} was made anew.", "same": "{} is as it was."}


class SharedJson(TypedDict):
    """A snip to hand on."""

    number: Annotated[int, "The number of the snip."]
    text: Annotated[str, "The quote, or the link that was asked for."]
    files: Annotated[list[WrittenJson], "The picture and the sound, with its captions, where they were asked for."]


@click.command()
@click.argument("number", type=int)
@click.option("--text", "to", flag_value="text", default="text", help="The quote with where it is from (default).")
@click.option("--x", "to", flag_value="x", help="A link that opens X with it.")
@click.option("--whatsapp", "to", flag_value="whatsapp", help="A link that opens WhatsApp with it.")
@click.option("--mail", "to", flag_value="mail", help="A link that opens a mail with it.")
@click.option("--open", "opens", is_flag=True, help="Open that link.")
@click.option("--copy", is_flag=True, help="Copy it to the clipboard, through the terminal.")
@click.option("--card", metavar="FILE.png", help="The quote as a picture.")
@click.option("--theme", default="night", show_default=True, metavar="NAME", help="Colours of the picture.")
@click.option("--size", type=click.Choice(["square", "wide"]), default="square", show_default=True, help="Of the picture.")
@click.option("--cover/--no-cover", default=True, show_default=True, help="With the picture of the show, which is fetched.")
@click.option("--clip", metavar="FILE", help="Its sound, not coded anew: .mp3, .m4a, .ogg, .opus, .flac, .wav.")
@click.option("--captions", is_flag=True, help="What is said in the clip, as .vtt and .srt beside it.")
@click.option("--force", is_flag=True, help="Replace files that podcli did not make.")
@as_json(SharedJson)
def share(
    number: int, to: str, opens: bool, copy: bool, card: str | None, theme: str, size: str, cover: bool, clip: str | None,
    captions: bool, force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Snip NUMBER to hand on: the quote, where it is from and a link to its second; as a picture; as a clip.

    \b
      podcli share 3
      podcli share 3 --card quote.png --size wide
      podcli share 3 --clip quote.mp3 --captions
      podcli share 3 --x --open
    """
    from podcli.exports import share as quotes
    from podcli.services import open_services
    from podcli.services.sharing import open_link

    if captions and not clip:
        raise UsageError("--captions are for a clip.", "Say --clip FILE.")
    if opens and to == "text":
        raise UsageError("There is no link to open.", "Say where: --x, --whatsapp or --mail.")
    with open_services() as services:
        shared = services.snips.card(SnipId(number))
        links = {"text": quotes.quote_text, "x": quotes.x_link, "whatsapp": quotes.whatsapp_link, "mail": quotes.mail_link}
        text = clean(links[to](shared))
        files = []
        if card:
            shown, problem = services.sharing.cover(shared) if cover else (None, "")
            if problem:
                narrate(problem)
            path = Path(card).expanduser()
            files.append(services.sharing.picture(shared, path, size=size, theme=theme, cover=shown, force=force))
        if clip:
            files += services.sharing.clip(shared, Path(clip).expanduser(), captions=captions, force=force)
        kept = next((each.path for each in files if each.action == "yours"), None)
        if kept is not None:
            raise PodcliError(f"{kept} is not as podcli left it, and was left alone.", "Give another name, or --force.")
    if as_json:
        emit_json(SharedJson(number=number, text=text, files=[written_json(each) for each in files]))
    elif not files or to != "text":
        emit(text)
    for each in files:
        narrate(_TOLD[each.action].format(each.path))
    if copy:
        _copy(text)
    if opens:
        open_link(text)


def _copy(text: str) -> None:
    """OSC 52: the terminal puts it on the clipboard, also through ssh. Many terminals do, and none says whether it did."""
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        raise PodcliError("There is no terminal here that could copy.", "Leave --copy out and pipe it: `podcli share 3 | xclip`.")
    emit_line(f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07")
    narrate("Copied, if your terminal allows it.")
