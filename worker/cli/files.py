"""`redress attach` and `redress files`: what belongs to a complaint besides words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from worker.cli import words
from worker.cli.reach import complaint_number, open_deps, open_store, os_user, reachable
from worker.cli.screens import table

PANEL = "Work"
Number = Annotated[str, typer.Argument(help="The complaint's number.", metavar="NUMBER")]


def attach_files(
    ctx: typer.Context,
    number: Number,
    files: Annotated[
        list[Path], typer.Argument(help="JPEG, PNG, GIF, PDF or text.", metavar="FILE...")
    ],
) -> None:
    """Attach files to a complaint.

    They go along with a dispute that Redress opens.  Where an account's API takes no files, a
    manual action says which one to upload.
    """
    from complaints import operating
    from complaints.files import FileRefused

    settings = reachable(ctx)
    wanted = complaint_number(number)
    failed = 0
    with open_deps(settings) as deps:
        case = deps.store.case(wanted)
        if case is None:
            words.fail(f"there is no complaint {wanted}")
        for file in files:
            try:
                content = file.read_bytes()
                done = operating.attach(deps, case.shop, wanted, file.name, content, os_user())
            except OSError as error:
                failed += 1
                words.err().print(Text(f"{file}: can't be read ({error.strerror})", "red"))
            except FileRefused as error:
                failed += 1
                words.err().print(Text(f"{file}: {error}", "red"))
            else:
                words.out().print(f"{file}: attached as {done.name}", markup=False)
    if failed:
        raise typer.Exit(words.FAILED)


def list_files(
    ctx: typer.Context,
    number: Number,
    save: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the files there.", show_default=False),
    ] = None,
) -> None:
    """List the files of a complaint, or save them."""
    settings = reachable(ctx)
    wanted = complaint_number(number)
    with open_store(settings) as store:
        found = store.attachments.of(wanted)
    if not found:
        words.out().print(f"{wanted} has no files.", markup=False)
        return
    made = table("file", "type", "bytes", "sha256")
    for file in found:
        made.add_row(file.name, file.media_type, str(file.size), file.digest)
    words.out().print(made)
    if save is not None:
        save.mkdir(parents=True, exist_ok=True)
        for place, file in enumerate(found, start=1):
            _save(save / f"{place:02d}-{file.name}", file.content)


def _save(path: Path, content: bytes) -> None:
    """Write a file that is for its owner alone, and never over another one."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        words.fail(f"{path} can't be written ({error.strerror})")


def attach(app: typer.Typer) -> None:
    """Hang these commands on the command line."""
    app.command("attach", rich_help_panel=PANEL)(attach_files)
    app.command("files", rich_help_panel=PANEL)(list_files)
