"""`make run`: prepare everything, then keep web server, worker and scheduler together until Ctrl-C.

If one of the three ends by itself nothing is restarted in silence: the reader is told which, with its
last lines, and the other two are stopped.
"""

from __future__ import annotations

import collections
import contextlib
import ctypes
import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from scripts import setup
from scripts.project import ROOT, VENV_PYTHON, Stop, call, check_python, home, main, say

HOST = "127.0.0.1"
STOP_WITHIN = 9.0  # seconds from the signal to the last SIGKILL
ASK_AGAIN_AFTER = 6.0  # seconds until a child that has not ended is asked to drop what it is doing
READY_WITHIN = 60.0
PARENT_DIED = 1  # PR_SET_PDEATHSIG of prctl(2)


def read_port(text: str | None) -> int:
    """The port to serve on: 8000 unless PORT says otherwise."""
    try:
        port = int(text or "8000")
        if not 1 <= port <= 65535:
            raise ValueError(text)
    except ValueError as error:
        raise Stop(f"PORT 应为 1 到 65535 的数字，现在是“{text}”。\nPORT must be a number from 1 to 65535.") from error
    return port


def port_is_free(port: int, host: str = HOST) -> bool:
    """Whether a server could listen there now (a port in TIME_WAIT counts as free, as for gunicorn)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port_after(port: int) -> int:
    """The next free port, for the sentence that says what to type instead."""
    return next((p for p in range(port + 1, min(port + 100, 65536)) if port_is_free(p)), 0)


def check_port(port: int) -> None:
    if not port_is_free(port):
        other = free_port_after(port) or "8080"
        raise Stop(
            f"端口 {port} 不能使用（已被其他程序占用，或无权使用）。换一个端口：make run PORT={other}\n"
            f"Port {port} is taken or not permitted. Choose another one: make run PORT={other}"
        )


@dataclass
class Child:
    """One process of the three: its command, its last lines, and how it is asked to hurry up."""

    name: str
    command: list[str]
    hurry: int = signal.SIGQUIT
    process: subprocess.Popen | None = None
    lines: collections.deque = field(default_factory=lambda: collections.deque(maxlen=25))
    reader: threading.Thread | None = None

    def start(self, environment: dict[str, str]) -> None:
        # A session of its own: the terminal's Ctrl-C reaches the supervisor alone, which then stops each
        # child in order. If the supervisor itself is killed, the kernel ends the children.
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process is not None and self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            with contextlib.suppress(BrokenPipeError):
                print(f"[{self.name}] {line.rstrip()}", flush=True)

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def send(self, number: int, group: bool = False) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if group:
                os.killpg(self.process.pid, number)
            elif self.process.poll() is None:
                self.process.send_signal(number)

    def obituary(self) -> str:
        """Which process ended, how, and the last it said."""
        assert self.process is not None
        if self.reader is not None:
            self.reader.join(1)
        code = self.process.returncode
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        last = "\n".join(f"    {line}" for line in self.lines) or "    (no output)"
        return (
            f"“{self.name}”意外停止，全部服务随之停止。最后的输出：\n"
            f"“{self.name}” ended by itself ({how}); all were stopped. It said last:\n{last}"
        )


def end_with_parent() -> None:
    """In a new child: end when the supervisor is gone (Linux; elsewhere nothing happens).

    SIGKILL, because a worker that writes to the lost supervisor's pipe may never finish a polite ending.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PARENT_DIED, signal.SIGKILL)


def stop_all(children: list[Child], within: float = STOP_WITHIN, ask_again: float = ASK_AGAIN_AFTER) -> list[str]:
    """End all children: ask, ask harder, kill. Returns the names of those that had to be killed."""
    for child in children:
        child.send(signal.SIGTERM)
    begin, hurried = time.monotonic(), False
    while not all(child.ended() or child.process is None for child in children):
        passed = time.monotonic() - begin
        if passed > within:
            break
        if passed > ask_again and not hurried:
            hurried = True
            for child in children:
                child.send(child.hurry)
        time.sleep(0.05)
    for child in children:
        child.send(signal.SIGKILL, group=True)  # what a child may have left behind
        if child.process is not None:
            child.process.wait(1)
    return [c.name for c in children if c.process is not None and c.process.returncode == -signal.SIGKILL]


def watch(children: list[Child], stopping: threading.Event) -> Child | None:
    """Wait for the signal to stop; returns the child that ended before it, if one did."""
    while not stopping.wait(0.2):
        for child in children:
            if child.ended():
                return child
    return None


def wait_until_served(port: int, children: list[Child], stopping: threading.Event) -> bool:
    """Whether the web server answers; gives up when a child ends or the reader stops it."""
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until and not stopping.is_set() and not any(c.ended() for c in children):
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return True
        time.sleep(0.1)
    return False


def commands(port: int, data: Path, redis: bool) -> list[Child]:
    """The three processes; the embedded queue needs a worker that works in its own process."""
    python = str(VENV_PYTHON)
    # Started by root (a container, say), Celery would greet every reader with a warning of ten lines.
    celery = [
        python,
        "-W",
        "ignore:You're running the worker with superuser",
        "-m",
        "celery",
        "-q",
        "-A",
        "config",
    ]
    worker = ["worker", "-l", "warning", "--without-gossip", "--without-mingle"]
    worker += ["--concurrency", "2"] if redis else ["--pool", "solo", "--without-heartbeat"]
    web = [
        python,
        "-m",
        "gunicorn",
        "config.wsgi",
        "--bind",
        f"{HOST}:{port}",
        "--workers",
        "2",
        "--threads",
        "4",
    ]
    web += ["--log-level", "warning", "--graceful-timeout", "5", "--timeout", "120"]
    beat = ["beat", "-l", "warning", "-s", str(data / "celery" / "beat-schedule"), "--pidfile="]
    # A worker in its own process cannot break off a task: it has to be killed, and the job is taken up again.
    hurry = signal.SIGQUIT if redis else signal.SIGKILL
    return [Child("web", web), Child("worker", celery + worker, hurry), Child("beat", celery + beat)]


def static_digest() -> str:
    """Changes when a static file or an installed package changes: only then is collectstatic run again."""
    total = hashlib.sha256()
    files = [*sorted((ROOT / "static").rglob("*")), *sorted((ROOT / "requirements").glob("*.txt"))]
    for file in (f for f in files if f.is_file()):
        facts = file.stat()
        total.update(f"{file.relative_to(ROOT)}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return total.hexdigest()


def manage(*arguments: str, what: str, environment: dict[str, str]) -> None:
    call([VENV_PYTHON, "manage.py", *arguments], what, env=environment)


def prepare_data(data: Path, environment: dict[str, str]) -> None:
    """Database schema, static files, and on the very first run the demo city."""
    manage("migrate", "--noinput", "-v", "0", what="Preparing the database", environment=environment)
    stamps, wanted = data / "run-stamps.json", static_digest()
    if not ((data / "static").is_dir() and setup.is_done("static", wanted, stamps)):
        manage("collectstatic", "--noinput", "-v", "0", what="Collecting static files", environment=environment)
        setup.mark_done("static", wanted, stamps)
    if wants_demo(environment):
        manage("load_demo", "--if-empty", what="Loading the demo city", environment=environment)


def wants_demo(environment: dict[str, str]) -> bool:
    return environment.get("SONGHE_ENV") != "production" and environment.get("SONGHE_DEMO", "1") != "0"


@contextlib.contextmanager
def only_one(data: Path, port: int):
    """Two schedulers on one data folder would only be in each other's way: refuse the second start."""
    data.mkdir(parents=True, exist_ok=True)
    with open(data / "run.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            where = lock.read().strip()
            raise Stop(f"松鹤已在运行：{where}\nSonghe is running already: {where}") from error
        lock.truncate(0)
        lock.write(f"http://{HOST}:{port}/\n")
        lock.flush()
        yield


def accounts(environment: dict[str, str]) -> str:
    """The demo accounts as the demo city lists them; empty where there is no demo city."""
    if not wants_demo(environment):
        return ""
    listed = subprocess.run(
        [VENV_PYTHON, "manage.py", "load_demo", "--list-accounts"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    return listed.stdout.strip() if listed.returncode == 0 else ""


def serve(port: int, data: Path, environment: dict[str, str]) -> int:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    children = commands(port, data, redis=bool(environment.get("REDIS_URL")))
    dead = None
    try:
        for child in children:
            child.start(environment)
        if wait_until_served(port, children, stopping):
            listed = accounts(environment)
            say(f"\n松鹤已启动：http://{HOST}:{port}/    停止请按 Ctrl-C")
            if listed:
                say(f"\n{listed}\n")
        elif not stopping.is_set() and not any(child.ended() for child in children):
            raise Stop(f"The web server did not answer within {READY_WITHIN:.0f} s.")
        dead = watch(children, stopping)
    finally:
        say("正在停止……" if dead is None else "")
        killed = stop_all(children)
    if dead is not None:
        raise Stop(dead.obituary())
    say("已全部停止。" if not killed else f"已停止（{'、'.join(killed)} 未及时响应，已强制结束）。")
    return 0


def entry(arguments: list[str]) -> int:
    check_python()
    port, data = read_port(os.environ.get("PORT")), home()
    with only_one(data, port):
        check_port(port)
        setup.prepare(development=False)
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "SONGHE_HOME": str(data)}
        environment.pop("PYTHONPATH", None)
        (data / "celery").mkdir(parents=True, exist_ok=True)
        prepare_data(data, environment)
        check_port(port)
        return serve(port, data, environment)


if __name__ == "__main__":
    main(entry)
