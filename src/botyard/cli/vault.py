"""`botyard vault`: the keys that protect stored secrets."""

from __future__ import annotations

import typer

from botyard.cli import options

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, add_completion=False, help="The keys that protect stored secrets."
)


@app.callback()
def _vault() -> None:
    # With a callback the one command below is still called by its name.
    pass


@app.command("rotate")
def rotate(
    *,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    json: options.Json = False,
) -> None:
    """Put new keys in place of all that protect secrets, while everything goes on; run it again if it is cut off."""
    from botyard.cli import output, session

    total = 0
    with (
        output.progress("Rotating") as progress,
        session.connect(data=data, server=server, token=token) as yard,
    ):
        step = yard.vault.step(begin=True)
        total += step.rewrapped
        while not step.done:
            progress.say(f"Rotating, {step.left} secrets left")
            step = yard.vault.step()
            total += step.rewrapped
    if json:
        output.json({"rewrapped": total, "root_key": step.root_key, "key_file": step.key_file})
    elif step.root_key is None:
        print("There is no secret yet, and so nothing to rotate.")
    else:
        print(f"{total} {'secret is' if total == 1 else 'secrets are'} wrapped by new keys; root key {step.root_key}.")
        output.note(f"Copy {step.key_file} to its safe place again: it holds the new root key.")
