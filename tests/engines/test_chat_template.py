"""Chat templates are programs by strangers: whatever one does, instruction and text each come once, in this order."""

from __future__ import annotations

import pytest

from podcli.engines.chat_template import SYSTEM, TEXT, chat_template

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
NO_SYSTEM = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}{{ '<start_of_turn>' + message['role'] + '\n' + message['content'] + '<end_of_turn>\n' }}"
    "{% endfor %}{{ '<start_of_turn>model\n' }}"
)
PLAIN = [SYSTEM, "\n\n", TEXT, "\n\nAnswer:\n"]


def parts(source: str, *, begins: bool = False) -> list[str]:
    return chat_template(source, begin="<s>", end="</s>", begins=begins)


def test_a_usual_one_is_cut_where_text_goes() -> None:
    opening, close = "<|im_start|>system\n", "<|im_end|>\n<|im_start|>assistant\n"
    assert parts(CHATML) == [opening, SYSTEM, "<|im_end|>\n<|im_start|>user\n", TEXT, close]


def test_one_without_a_system_role_gets_both_in_one_turn() -> None:
    assert parts(NO_SYSTEM) == [
        "<s><start_of_turn>user\n", SYSTEM, "\n\n", TEXT, "<end_of_turn>\n<start_of_turn>model\n",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "source",
    [
        "",
        "{% if",
        "{{ 1/0 }}",
        "{{ messages[7]['content'] }}",
        "no place for anything",
        "{{ messages[0]['content'] }}",
        "{% for m in messages %}{{ m['content'] }}{{ m['content'] }}{% endfor %}",
        "{{ messages.__class__.__mro__[1].__subclasses__() }}",
        "{% for i in range(99999999) %}x{% endfor %}",
        "{{ raise_exception('never') }}",
    ],
)
def test_one_that_is_missing_or_useless_is_replaced(source: str) -> None:
    found = parts(source)
    assert found.count(SYSTEM) == found.count(TEXT) == 1
    assert found == PLAIN or source == "{{ messages[0]['content'] }}", found
    assert parts(source, begins=True)[0] == "<s>" or found != PLAIN
