"""The commands around the application: locks, stamps, supervisor, services of the tests, documents."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.core.management import call_command

from scripts import run, services, setup, testing
from scripts.project import ROOT, Stop, check_python

LOCKS = ["base", "dev", "node", "servers"]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+) \\$")


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    return dict(found.groups() for line in lines if (found := PIN.match(line)))


# -- locks ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_is_pinned_with_hashes(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=[a-z0-9])", "\n".join(line for line in text.splitlines() if line.strip()[:1] != "#"))
    assert len(entries) == len(pins(name)) >= 1
    for entry in entries:
        assert PIN.match(entry.splitlines()[0]), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("name", LOCKS)
def test_every_asked_for_package_is_locked(name):
    asked = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    names = {found[0] for line in asked if (found := re.match(r"[a-zA-Z0-9][\w.-]*", line))}
    assert names
    assert {n.lower().replace("_", "-") for n in names} <= set(pins(name))


def test_development_lock_agrees_with_the_one_of_production():
    base, dev = pins("base"), pins("dev")
    shared = base.keys() & dev.keys()
    assert shared
    assert {n: base[n] for n in shared} == {n: dev[n] for n in shared}


def test_locks_name_no_address():
    for file in [*(ROOT / "requirements").iterdir(), ROOT / "package-lock.json", ROOT / "package.json"]:
        text = re.sub(r'"url": "https://[^"]*(opencollective|github|funding)[^"]*"', "", file.read_text())
        assert "://" not in text, file.name
        assert not re.search(r"^\s*(-i|--index-url|--extra-index-url|--find-links|--trusted-host)\b", text, re.M)
        assert '"resolved"' not in text, file.name


# -- set-up ---------------------------------------------------------------------------------------------
def test_a_step_is_done_only_for_the_very_same_input(tmp_path):
    lock, stamps = tmp_path / "base.txt", tmp_path / "stamps.json"
    lock.write_text("one")
    first = setup.digest([lock])
    assert not setup.is_done("base", first, stamps)
    setup.mark_done("base", first, stamps)
    setup.mark_done("dev", "other", stamps)
    assert setup.is_done("base", first, stamps)
    lock.write_text("two")
    assert not setup.is_done("base", setup.digest([lock]), stamps)
    stamps.write_text("{damaged")
    assert not setup.is_done("base", first, stamps)


def test_old_python_is_refused_in_both_languages():
    check_python((3, 11, 0))
    check_python((3, 13, 1))
    with pytest.raises(Stop, match=r"3\.9\.2(?s:.*)Python 3\.11 or newer"):
        check_python((3, 9, 2))


def test_a_venv_that_does_not_start_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(setup, "VENV_PYTHON", tmp_path / "bin" / "python")
    assert not setup.venv_works()
    monkeypatch.setattr(setup, "VENV_PYTHON", Path(sys.executable))
    assert setup.venv_works()


# -- port -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "port"), [(None, 8000), ("", 8000), ("8123", 8123), ("65535", 65535)])
def test_port_from_the_environment(text, port):
    assert run.read_port(text) == port


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "80.5"])
def test_impossible_ports_are_refused(text):
    with pytest.raises(Stop, match="PORT"):
        run.read_port(text)


def test_a_taken_port_is_refused_with_one_that_is_free():
    with socket.socket() as other:
        other.bind((run.HOST, 0))
        other.listen()
        taken = other.getsockname()[1]
        assert not run.port_is_free(taken)
        with pytest.raises(Stop, match=str(taken)) as refused:
            run.check_port(taken)
        offered = int(re.search(r"make run PORT=(\d+)", str(refused.value))[1])
        assert offered != taken
        assert run.port_is_free(offered)
    run.check_port(taken)


# -- supervisor -----------------------------------------------------------------------------------------
def child(name: str, code: str) -> run.Child:
    return run.Child(name, [sys.executable, "-c", code])


def started(*children: run.Child) -> list[run.Child]:
    for one in children:
        one.start(dict(os.environ, PYTHONUNBUFFERED="1"))
    until = time.monotonic() + 10
    while not all(one.lines or one.ended() for one in children) and time.monotonic() < until:
        time.sleep(0.01)
    return list(children)


SLEEPER = "import time; print('up'); time.sleep(60)"
STUBBORN = (
    "import signal, time; [signal.signal(s, signal.SIG_IGN) for s in (signal.SIGTERM, signal.SIGQUIT)];"
    "print('up'); time.sleep(60)"
)


def test_all_children_end_and_the_stubborn_one_is_killed():
    children = started(child("polite", SLEEPER), child("stubborn", STUBBORN))
    begin = time.monotonic()
    assert run.stop_all(children, within=0.8, ask_again=0.3) == ["stubborn"]
    assert time.monotonic() - begin < 3
    assert [one.process.returncode for one in children] == [-signal.SIGTERM, -signal.SIGKILL]


def test_stopping_takes_less_than_ten_seconds_by_default():
    assert run.ASK_AGAIN_AFTER < run.STOP_WITHIN < 10


def test_a_dead_child_is_named_with_its_last_lines():
    children = started(child("beat", SLEEPER), child("worker", "print('no queue'); raise SystemExit(3)"))
    try:
        dead = run.watch(children, threading.Event())
        assert dead is children[1]
        assert "worker" in dead.obituary()
        assert "exit code 3" in dead.obituary()
        assert "no queue" in dead.obituary()
    finally:
        run.stop_all(children)


SUPERVISE = """
import sys
from pathlib import Path
from scripts import project, run
def commands(port, data, redis):
    web = "import http.server as h; print('serving'); h.HTTPServer(('127.0.0.1', %d), h.BaseHTTPRequestHandler).serve_forever()"
    return [run.Child("web", [sys.executable, "-c", web % port]), run.Child("worker", [sys.executable, "-c", sys.argv[2]])]
run.commands, run.accounts = commands, lambda environment: "demo accounts"
project.main(lambda arguments: run.serve(int(sys.argv[1]), Path("."), {}))
"""


def supervise(worker: str) -> tuple[subprocess.Popen, int]:
    port = services.free_port()
    command = [sys.executable, "-c", SUPERVISE, str(port), worker]
    process = subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    return process, port


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_everything_with_exit_code_0(number):
    process, port = supervise("import time; time.sleep(60)")
    try:
        for line in process.stdout:
            if "demo accounts" in line:
                break
        assert not run.port_is_free(port)
        process.send_signal(number)
        rest = process.communicate(timeout=10)[0]
    finally:
        process.kill()
    assert process.returncode == 0, rest
    assert "已全部停止" in rest
    assert run.port_is_free(port)


def test_one_that_dies_stops_all_with_an_error():
    process, port = supervise("import time; time.sleep(0.5); print('broker lost'); raise SystemExit(2)")
    output = process.communicate(timeout=20)[0]
    assert process.returncode == 1
    assert "“worker” ended by itself (exit code 2)" in output
    assert output.count("broker lost") == 2  # as it came, and among its last lines
    assert run.port_is_free(port)


def test_second_start_on_the_same_data_is_refused(tmp_path):
    with (
        run.only_one(tmp_path, 8000),
        pytest.raises(Stop, match=re.escape("http://127.0.0.1:8000/")),
        run.only_one(tmp_path, 8001),
    ):
        pytest.fail("two at once")
    with run.only_one(tmp_path, 8002):
        assert "8002" in (tmp_path / "run.lock").read_text()


def test_embedded_worker_uses_its_own_process_and_redis_a_pool(tmp_path):
    embedded = {one.name: one.command for one in run.commands(8000, tmp_path, redis=False)}
    assert set(embedded) == {"web", "worker", "beat"}
    assert "solo" in embedded["worker"]
    assert "127.0.0.1:8000" in embedded["web"]
    assert str(tmp_path / "celery" / "beat-schedule") in embedded["beat"]
    assert "solo" not in {one.name: one.command for one in run.commands(1, tmp_path, redis=True)}["worker"]


def test_demo_city_never_enters_production():
    assert run.wants_demo({})
    assert not run.wants_demo({"SONGHE_ENV": "production"})
    assert not run.wants_demo({"SONGHE_DEMO": "0"})


# -- services of the tests ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answer", "usable"),
    [
        (b"R\0\0\0\x08\0\0\0\0", True),
        (b"R\0\0\0\x08\0\0\0\x03", False),
        (b"E\0\0\0\x08no..", False),
        (b"", False),
    ],
)
def test_only_a_postgresql_that_asks_for_no_password_is_used(answer, usable):
    with socket.socket() as server:
        server.bind((services.HOST, 0))
        server.listen()

        def serve() -> None:
            line = server.accept()[0]
            line.recv(1024)
            line.sendall(answer)
            line.close()

        thread = threading.Thread(target=serve)
        thread.start()
        assert services.postgresql_lets_in(server.getsockname()[1]) is usable
        thread.join()
    assert not services.postgresql_lets_in(services.free_port())


def test_a_redis_database_with_keys_is_left_alone():
    def ask(keyspace: str):
        return lambda port, *words: "+PONG" if words == ("PING",) else keyspace

    assert services.empty_redis_number(6379, ask("# Keyspace")) == 15
    assert services.empty_redis_number(6379, ask("db0:keys=1 db15:keys=3 db14:keys=1")) == 13
    assert services.empty_redis_number(6379, ask("".join(f"db{n}:keys=1 " for n in range(16)))) is None
    assert services.empty_redis_number(6379, lambda port, *words: "-NOAUTH Authentication required.") is None


# -- stages ---------------------------------------------------------------------------------------------
def test_stages_see_nothing_of_the_callers_own_data(monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL", "SONGHE_HOME"):
        monkeypatch.setenv(name, "mine")
    found = {"postgresql": "postgres://somewhere/songhe", "redis": "redis://somewhere/15"}
    for name, stage in testing.STAGES.items():
        environment = testing.environment_of(stage, found, "home of the tests")
        assert "mine" not in environment.values(), name
        assert environment.get("DATABASE_URL") == (found["postgresql"] if stage.database == "postgresql" else None)
        assert ("TEST_REDIS_URL" in environment) is ("redis" in stage.needs)


def test_every_test_belongs_to_a_stage_of_make_test():
    words = (ROOT / "Makefile").read_text().split("\ntest:", 1)[1].split("scripts.testing", 1)[1].split("\n")[0].split()
    assert words == ["sqlite", "postgresql", "integration", "e2e"]
    selections = [testing.STAGES[word].select for word in words]
    assert selections == [testing.PLAIN, testing.PLAIN, "integration", "e2e"]


def test_a_stage_without_tests_fails_unless_it_says_so():
    assert testing.verdict(testing.STAGES["e2e"], 5)
    assert not testing.verdict(testing.STAGES["sqlite"], 5)
    assert not testing.verdict(testing.STAGES["e2e"], 1)


def test_pytest_arguments_reach_the_call():
    words = testing.command_of(testing.STAGES["sqlite"], ["-k", "lunar"], 2)
    assert words[-2:] == ["-k", "lunar"]
    assert "-n" in words
    assert "-n" not in testing.command_of(testing.STAGES["e2e"], [], 2)
    assert "-n" not in testing.command_of(testing.STAGES["sqlite"], ["--pdb"], 2)


# -- what stands beside the code ------------------------------------------------------------------------
def test_every_environment_variable_is_documented():
    read = set()
    for file in (ROOT / "config").glob("*.py"):
        read |= set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', file.read_text()))
    assert "DATABASE_URL" in read
    documented = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "operations.md").read_text(), re.M))
    assert read <= documented
    example = (ROOT / "deploy" / "songhe.env.example").read_text()
    assert set(re.findall(r"^#? ?([A-Z_]+)=", example, re.M)) <= documented


def test_the_example_environment_holds_no_secret():
    example = (ROOT / "deploy" / "songhe.env.example").read_text()
    for name in ("SECRET_KEY", "SONGHE_KEYS"):
        assert re.search(rf"^{name}=$", example, re.M), name


def test_every_make_target_is_explained():
    text = (ROOT / "Makefile").read_text()
    targets = set(re.search(r"^\.PHONY: (.*)$", text, re.M)[1].split()) - {"frontend"}
    explained = set(re.findall(r"^([a-z-]+):.*## ", text, re.M))
    assert targets == explained
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_floors_hold():
    linter = Path(sys.executable).parent / "lint-imports"
    checked = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.django_db
def test_no_model_change_lacks_its_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
