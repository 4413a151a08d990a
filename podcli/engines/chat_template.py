"""The chat template of a GGUF file as a list of parts, with places for the system's words and the text."""

from __future__ import annotations

import re

SYSTEM, TEXT = "\ue000", "\ue001"
"""Where the template's system and user text go. Private-use characters: no template contains them."""


def chat_template(source: str, *, begin: str, end: str, begins: bool) -> list[str]:
    """The Jinja template `source`, rendered once and cut at the two places where text goes.

    `begin` and `end` are the model's marks of beginning and end, `begins` whether every text starts with the former. A template
    that knows no system role (Gemma's) gets the system text in front of the user's; in place of one that is missing or cannot be
    used there is a plain question and answer form.
    """
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    turns = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": TEXT}]
    for messages in (turns, [{"role": "user", "content": f"{SYSTEM}\n\n{TEXT}"}]):
        try:
            # enable_thinking is Qwen3's switch; other templates ignore it.
            form = Jinja2ChatFormatter(source, eos_token=end, bos_token=begin)(messages=messages, enable_thinking=False)
        except Exception:  # a template is a program from a stranger: anything may come out of it
            continue
        parts = re.split(f"({SYSTEM}|{TEXT})", form.prompt)
        if parts.count(SYSTEM) == 1 and parts.count(TEXT) == 1:
            return [part for part in parts if part]
    opening = [begin] if begins and begin else []
    return [*opening, SYSTEM, "\n\n", TEXT, "\n\nAnswer:\n"]
