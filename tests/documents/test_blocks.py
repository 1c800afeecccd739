"""Every block of code in the documents is executed by a test, or a reason says why it is not."""

from __future__ import annotations

import ast
import re
import shlex

from tests.documents.pages import DOCS, ROOT, blocks, commands, documents, languages
from tests.sdk.test_concept_pages import PAGES
from tests.test_architecture import PACKAGE
from tests.test_documents import problems_of

HERE = "tests/documents/test_pages.py"
#: Where the blocks of a page are executed, by language: how many, None for all that there may be, and the test.
EXECUTED: dict[str, dict[str, tuple[int | None, str]]] = {
    "README.md": {"sh": (4, HERE)},
    "docs/api.md": {"": (None, "tests/protocols/native/test_reference_examples.py")},
    "docs/automio.md": {"python": (2, "tests/sdk/automio/test_guide.py"), "yaml": (1, HERE)},
    "docs/bot.md": {
        "python": (None, "tests/bot/test_guide.py"),
        "json": (None, "tests/bot/test_guide.py"),
        "sh": (None, "tests/bot/test_guide.py"),
    },
    "docs/botcity.md": {"python": (3, "tests/sdk/test_botcity_guides.py")},
    "docs/botvelocity.md": {"python": (None, "tests/sdk/botvelocity/test_examples.py")},
    "docs/command-line.md": {"sh": (None, "tests/cli/test_command_line_page.py")},
    "docs/elma.md": {"python": (2, HERE)},
    "docs/integrations.md": {"yaml": (1, HERE)},
    "docs/mcp.md": {"json": (1, HERE)},
    "docs/parameters.md": {"yaml": (1, HERE), "python": (1, HERE)},
    "docs/plugins.md": {"yaml": (1, HERE), "python": (1, "tests/sdk/automio/test_guide.py")},
    "docs/queues.md": {"console": (1, HERE)},
    "docs/sdk.md": {"python": (None, "tests/sdk/test_guide.py")},
    "docs/secrets.md": {"sh": (1, HERE)},
    "docs/tables.md": {"yaml": (1, HERE), "graphql": (1, HERE)},
    "docs/traces.md": {"": (1, HERE), "python": (1, HERE)},
    "docs/workspace-file.md": {"yaml": (1, HERE)},
}
EXECUTED |= {f"docs/{page}.md": {"python": (None, "tests/sdk/test_concept_pages.py")} for page in PAGES}
#: What is not executed, and why.
NOT_EXECUTED = {
    ("docs/architecture.md", ""): "Drawings.",
    ("docs/commands.md", ""): "Forms of commands; tests/test_documents.py compares them with the command line.",
    ("docs/states.md", "mermaid"): "Drawings; tests/test_states.py compares them.",
    ("docs/sdk.md", "sh"): "Installs from a registry; tests/sdk/test_distribution.py installs what is built here.",
}
#: Examples by the test that runs what their README says.
EXAMPLES = {
    "agent": "tests/scenarios/test_velocity_publish.py",
    "automio": "tests/scenarios/test_automio_example.py",
    "elma": "tests/scenarios/test_elma_example.py",
    "invoices": "tests/scenarios/test_example.py",
}


def test_each_block_is_executed_or_there_is_a_reason() -> None:
    problems = []
    for page in documents():
        name = str(page.relative_to(ROOT))
        for language, count in languages(page).items():
            said, test = EXECUTED.get(name, {}).get(language, (0, "No test"))
            if (name, language) not in NOT_EXECUTED and said is not None and said != count:
                problems.append(f"{test} runs {said} of {count} blocks of {language or 'no language'} in {name}.")
    assert problems == []


def test_what_is_said_of_blocks_is_of_use() -> None:
    there = {(str(page.relative_to(ROOT)), language) for page in documents() for language in languages(page)}
    executed = {(page, language) for page, each in EXECUTED.items() for language in each}
    assert sorted((executed | NOT_EXECUTED.keys()) - there) == []
    tests = {test for each in EXECUTED.values() for _, test in each.values()} | set(EXAMPLES.values())
    assert sorted(test for test in tests if not (ROOT / test).is_file()) == []
    assert EXAMPLES.keys() == {path.parent.name for path in documents() if path.parent.parent == ROOT / "examples"}


def test_python_in_the_documents_can_be_read() -> None:
    for page in documents():
        for block in blocks(page, "python"):
            ast.parse(block)


def test_commands_of_the_examples_exist() -> None:
    for example in EXAMPLES:
        lines = [shlex.split(line, comments=True) for line in commands(ROOT / "examples" / example / "README.md")]
        assert lines
        assert [problem for words in lines if words for problem in problems_of(words)] == []


def test_every_package_is_on_the_code_map() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    named = set(re.findall(r"`([\w/]+)`", "".join(re.findall(r"^\|.*$", text, re.MULTILINE))))
    top = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    below = {path.parent for path in PACKAGE.glob("*/*/__init__.py")}
    assert sorted(top - named) == []
    assert (
        sorted(
            f"{path.parent.name}/{path.name}"
            for path in below
            if f"{path.parent.name}/{path.name}" not in named
            and not (path.parent.name == "core" and path.name in named)
        )
        == []
    )
