"""The demo's own data directory, and what it says of its caller."""

import shutil
from pathlib import Path

import pytest

from op26x.errors import UsageError, WorkError
from op26x.settings import Settings, resolve
from op26x_service.demo import _apart, await_caller, fresh_directory
from op26x_service.occupation import only_service
from op26x_service.processes import beside


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return resolve({}, environ={}, overrides={"data": tmp_path / "data"})


def test_a_demo_empties_what_the_last_one_left(settings: Settings) -> None:
    demo = fresh_directory(settings)
    (demo / "op26x.db").touch()
    (demo / "folder").mkdir()
    (demo / "folder" / "file").touch()
    left = set(demo.iterdir())
    assert fresh_directory(settings) == demo
    assert len(left) == 3
    assert len(set(demo.iterdir()) & left) == 1, "its marker"


def test_a_demo_has_nothing_to_do_with_what_is_set_for_an_installation(tmp_path: Path) -> None:
    """Whatever says where something is kept is the demo's own."""
    set_here = {name: f"of {name}" for name in ("KEY_FILE", "CHECKPOINTS", "WITNESSES", "BLOBS", "KEY_STORE")}
    set_here |= dict.fromkeys(("DATABASE", "DATABASE_OWNER"), "postgresql://op26x@db.example.com/op26x")
    inherited = {f"OP26X_{name}": value for name, value in set_here.items()}
    apart = {name: value for name, value in _apart(tmp_path).items() if "TWILIO" not in name}
    core = resolve({}, environ={**inherited, **apart}).core
    alone = resolve({}, environ={"OP26X_DATA": str(tmp_path)}).core
    assert core == alone


def test_a_demo_that_was_ended_while_it_emptied_can_be_followed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = fresh_directory(settings)
    for name in ("a", "b", "c"):
        (demo / name).mkdir()

    def interrupted(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(shutil, "rmtree", interrupted)
        fresh_directory(settings)
    assert len(list(fresh_directory(settings).iterdir())) == 1


def test_a_demo_that_was_ended_at_once_can_be_followed(settings: Settings) -> None:
    settings.core.data.with_name("demo").mkdir()
    assert len(list(fresh_directory(settings).iterdir())) == 1


def test_what_no_demo_made_is_left_alone(settings: Settings) -> None:
    demo = settings.core.data.with_name("demo")
    demo.mkdir()
    (demo / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="not made by a demo"):
        fresh_directory(settings)
    assert [file.name for file in demo.iterdir()] == ["thesis.txt"]


def test_what_a_service_runs_on_is_left_alone(settings: Settings) -> None:
    demo = fresh_directory(settings)
    (demo / "op26x.db").touch()
    with only_service(demo), pytest.raises(WorkError, match="already"):
        fresh_directory(settings)
    assert (demo / "op26x.db").exists()


def test_a_directory_that_can_not_be_made(settings: Settings) -> None:
    settings.core.data.with_name("demo").touch()
    with pytest.raises(WorkError, match="can't be made"):
        fresh_directory(settings)


def test_an_unknown_caller_is_wrong_use(tmp_path: Path) -> None:
    log = tmp_path / "caller.log"
    with (
        beside("calls", "simulate", "--caller", "nobody", environment={}, log=log) as process,
        pytest.raises(UsageError, match=r"^There is no caller 'nobody'.*silent"),
    ):
        await_caller(process, log)
