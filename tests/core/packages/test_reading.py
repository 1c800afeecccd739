"""An archive is judged before it becomes a package."""

from __future__ import annotations

import io
import zipfile

import pytest

from botyard.base.exceptions import Invalid
from botyard.core import packages


def archive(**files: str) -> io.BytesIO:
    """Return a zip; "__" in a name stands for a dot."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in files.items():
            target.writestr(name.replace("__", "."), content)
    return buffer


def test_a_bot_py_makes_it_botcity() -> None:
    found = packages.read_archive(archive(bot__py="", main__py="", requirements__txt=""))
    assert (found.dialect, found.entry, found.files, found.requirements) == ("botcity", "bot.py", 3, True)


def test_anything_else_is_plain() -> None:
    assert packages.read_archive(archive(main__py="")).dialect == "plain"


def test_what_elma_starts_is_like_a_plain_package() -> None:
    found = packages.read_archive(archive(main__py=""), dialect="elma")
    assert (found.dialect, found.entry) == ("elma", "main.py")


def test_the_dialect_can_be_named() -> None:
    assert packages.read_archive(archive(bot__py="", main__py=""), dialect="plain").entry == "main.py"


def test_a_package_without_its_entry_file_is_refused() -> None:
    with pytest.raises(Invalid, match=r"main\.py") as error:
        packages.read_archive(archive(readme__txt=""))
    assert error.value.code == "no_entry_file"
    with pytest.raises(Invalid, match=r"bot\.py"):
        packages.read_archive(archive(main__py=""), dialect="botcity")


def test_a_dialect_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid, match="cobol"):
        packages.read_archive(archive(main__py=""), dialect="cobol")


PROJECT = """
project:
  name: agent
  type: agent
  version: 1.2.0
  entrypoints:
    - {name: main, command: "main:main", default: true}
    - {name: nightly, command: jobs/nightly.py, default: false}
"""


def test_a_bvproject_makes_it_botvelocity_and_says_what_starts_it() -> None:
    files = {"main__py": "", "jobs/nightly__py": "", "requirements__lock": "", "manifest__json": "{}"}
    found = packages.read_archive(archive(bvproject__yaml=PROJECT, **files))
    assert (found.dialect, found.entry, found.version, found.requirements) == (
        "botvelocity",
        "main:main",
        "1.2.0",
        True,
    )
    assert found.project is not None
    assert (found.project.name, found.project.type) == ("agent", "agent")
    assert [entry.name for entry in found.project.entrypoints] == ["main", "nightly"]


def test_a_bot_velocity_package_may_be_in_one_folder() -> None:
    files = {"agent/main__py": "", "agent/jobs/nightly__py": "", "agent/bvproject__yaml": PROJECT}
    found = packages.read_archive(archive(**files))
    assert (found.dialect, found.folder) == ("botvelocity", "agent")


def test_a_bot_velocity_package_holds_its_scripts_and_no_folder_of_a_tool() -> None:
    with pytest.raises(Invalid, match=r"jobs/nightly\.py") as error:
        packages.read_archive(archive(bvproject__yaml=PROJECT, main__py=""))
    assert error.value.code == "no_entry_file"
    for name in (".venv/x", "a/__pycache__/x", "dist/x", ".git/x"):
        held = archive(bvproject__yaml=PROJECT, jobs__py="")
        with zipfile.ZipFile(held, "a") as target:
            target.writestr(name, "")
        with pytest.raises(Invalid, match="holds a folder"):
            packages.read_archive(held)


def test_a_project_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Invalid) as error:
        packages.read_archive(archive(bvproject__yaml="project: ["))
    assert error.value.code == "bad_project"


def test_the_packages_own_version_comes_from_its_pyproject() -> None:
    found = packages.read_archive(archive(main__py="", pyproject__toml='[project]\nversion = "1.4"\n'))
    assert found.version == "1.4"


@pytest.mark.parametrize("text", ["", "[project", "[project]\nversion = 3\n", "project = 1\n", "\x00"])
def test_a_pyproject_that_says_nothing_gives_no_version(text: str) -> None:
    assert packages.read_archive(archive(main__py="", pyproject__toml=text)).version is None


def test_a_damaged_archive_is_refused() -> None:
    with pytest.raises(Invalid) as error:
        packages.read_archive(io.BytesIO(b"PK not really"))
    assert error.value.code == "bad_archive"
