"""What an administrator has set up for pip, said again in uv's words.

A machine behind a mirror is usually set up for pip: by PIP_* variables or a pip.conf. uv reads neither, so a bot's
environment would be prepared from the wrong place, or from none. A variable that is set for uv itself always wins.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

#: pip's option, as in pip.conf, and the variable by which uv is told the same.
_SAME = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "constraint": "UV_CONSTRAINT",
    "cert": "SSL_CERT_FILE",
    "no-index": "UV_NO_INDEX",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "retries": "UV_HTTP_RETRIES",
}
_COMMAS = frozenset({"find-links"})
_KEPT = ("PIP_", "UV_", "SSL_CERT_")
_KEPT_NAMES = frozenset({"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"})


def preparation_environment(outer: Mapping[str, str], config_files: list[Path]) -> dict[str, str]:
    """Return the variables for uv: those of `outer` that concern downloads, and pip's settings translated."""
    kept = {name: value for name, value in outer.items() if _concerns_downloads(name)}
    settings = _from_files(config_files)
    settings |= {
        name.removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in outer.items()
        if name.startswith("PIP_")
    }
    translated: dict[str, str] = {}
    for option, name in _SAME.items():
        if value := " ".join(settings.get(option, "").split()):
            translated[name] = value.replace(" ", ",") if option in _COMMAS else value
    if "UV_INDEX" in translated:
        # pip chooses the best version among all its indexes; uv by default stops at the first that knows the name.
        translated["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return {**translated, **kept, "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "true", "UV_NO_PROGRESS": "1"}


def config_files(outer: Mapping[str, str]) -> list[Path]:
    """Return where pip looks for its configuration, the most general first, as pip itself orders them."""
    override = outer.get("PIP_CONFIG_FILE")
    if override == "/dev/null":
        return []
    home = Path(outer.get("HOME") or Path.home())
    config_home = Path(outer.get("XDG_CONFIG_HOME") or home / ".config")
    files = [Path("/etc/pip.conf"), home / ".pip" / "pip.conf", config_home / "pip" / "pip.conf"]
    return [*files, Path(override)] if override else files


def _concerns_downloads(name: str) -> bool:
    return name.startswith(_KEPT) or name in _KEPT_NAMES or name.upper().endswith("_PROXY")


def _from_files(files: list[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, configparser.Error):
            continue  # missing or not pip's: pip would complain about the latter, a bot's preparation need not
        for section in ("global", "install"):
            if parser.has_section(section):
                found |= {name.replace("_", "-"): value for name, value in parser.items(section)}
    return found
