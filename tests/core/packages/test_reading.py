"""An archive is judged before it becomes a package."""

from __future__ import annotations

import io
import zipfile

import pytest

from botyard.base.exceptions import Invalid, Unsupported
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


def test_the_dialect_can_be_named() -> None:
    assert packages.read_archive(archive(bot__py="", main__py=""), dialect="plain").entry == "main.py"


def test_a_package_without_its_entry_file_is_refused() -> None:
    with pytest.raises(Invalid, match=r"main\.py") as error:
        packages.read_archive(archive(readme__txt=""))
    assert error.value.code == "no_entry_file"
    with pytest.raises(Invalid, match=r"bot\.py"):
        packages.read_archive(archive(main__py=""), dialect="botcity")


def test_dialects_that_are_not_run_here_are_said_so() -> None:
    with pytest.raises(Unsupported):
        packages.read_archive(archive(bvproject__yaml=""))
    with pytest.raises(Invalid):
        packages.read_archive(archive(main__py=""), dialect="cobol")


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
