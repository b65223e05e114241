"""Paths, sentences and child processes that all scripts share."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)


class Stop(Exception):
    """The command cannot go on; its text is the whole message for the reader."""


def say(text: str) -> None:
    print(text, flush=True)


def home() -> Path:
    """The data folder, as config/settings.py finds it."""
    return Path(os.environ.get("SONGHE_HOME") or ROOT / "var").resolve()


def check_python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> None:
    """Refuse a Python that the locked packages do not run on."""
    if tuple(version[:2]) < OLDEST_PYTHON:
        found = ".".join(str(part) for part in version)
        raise Stop(
            f"需要 Python 3.11 或更高版本，现在是 {found}。请指定解释器：make PYTHON=… run\n"
            f"Python 3.11 or newer is needed, this is {found}. Name another one: "
            "make PYTHON=/path/to/python3.11 run"
        )


def call(command: list[str | Path], what: str, **options) -> None:
    """Run a command to its end; if it fails, say in one sentence what did not work."""
    words = [str(word) for word in command]
    try:
        subprocess.run(words, check=True, cwd=options.pop("cwd", ROOT), **options)
    except FileNotFoundError as error:
        raise Stop(f"{what}: {words[0]} is not installed.") from error
    except subprocess.CalledProcessError as error:
        raise Stop(f"{what}: `{shlex.join(words[:6])}` ended with {error.returncode} (see above).") from error


def install_debian(packages: list[str], what: str) -> bool:
    """Install Debian packages if this process may; False where it may not (not root, no apt-get)."""
    if os.geteuid() != 0 or not any(Path(d, "apt-get").exists() for d in ("/usr/bin", "/bin")):
        return False
    say(f"Installing {' '.join(packages)} ({what})…")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", *arguments], env=quiet, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if done.returncode:
            raise Stop(f"apt-get {arguments[0]} failed:\n{done.stdout[-2000:]}")
    return True


def main(entry) -> None:
    """Run a script's entry point; a Stop becomes its message and exit code 1."""
    try:
        sys.exit(entry(sys.argv[1:]))
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        sys.exit(130)
