"""The chat template of a GGUF file as a list of parts, with places for the system's words and the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llama_cpp import Llama

SYSTEM, TEXT = "\ue000", "\ue001"
"""Where the template's system and user text go. Private-use characters: no template contains them."""


def chat_template(llm: Llama) -> list[str]:
    """The chat template of the file, rendered once and cut at the two places where text goes.

    A template that knows no system role (Gemma's) gets the system text in front of the user's; a file without a usable
    template gets a plain question and answer form.
    """
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    model, source = llm._model, llm.metadata.get("tokenizer.chat_template", "")
    bos, eos = (model.token_get_text(token) if token != -1 else "" for token in (llm.token_bos(), llm.token_eos()))
    turns = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": TEXT}]
    for messages in (turns, [{"role": "user", "content": f"{SYSTEM}\n\n{TEXT}"}]):
        try:
            # enable_thinking is Qwen3's switch; other templates ignore it.
            form = Jinja2ChatFormatter(source, eos_token=eos, bos_token=bos)(messages=messages, enable_thinking=False)
        except Exception:  # a template is a program from a stranger: anything may come out of it
            continue
        parts = re.split(f"({SYSTEM}|{TEXT})", form.prompt)
        if parts.count(SYSTEM) == 1 and parts.count(TEXT) == 1:
            return [part for part in parts if part]
    opening = [bos] if model.add_bos_token() and bos else []
    return [*opening, SYSTEM, "\n\n", TEXT, "\n\nAnswer:\n"]
