"""Shell completion scripts."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
      bash:  podcli completion bash > ~/.local/share/bash-completion/completions/podcli
      zsh:   podcli completion zsh > ~/.zfunc/_podcli     (a folder on your fpath)
      fish:  podcli completion fish > ~/.config/fish/completions/podcli.fish
    """
    from click.shell_completion import get_completion_class

    from podcli.cli import cli

    kind = get_completion_class(shell)
    assert kind is not None
    print(kind(cli, {}, "podcli", "_PODCLI_COMPLETE").source())
