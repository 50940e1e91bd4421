"""``op26x calls prove`` and ``op26x proofs verify``: made here, checked anywhere."""

from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("form", [(), ("--html",)])
def test_a_proof_is_made_and_checked(op26x: Run, call_id: str, tmp_path: Path, form: tuple[str, ...]) -> None:
    code, out, err = op26x("calls", "prove", call_id, *form)
    assert (code, err) == (0, "")
    assert "good morning" not in out
    file = tmp_path / "proof"
    file.write_text(out)
    code, said, err = op26x("proofs", "verify", str(file))
    assert (code, err) == (0, "")
    assert f"The proof of the call {call_id} holds, if this is the key" in said
    key = said.splitlines()[-1]
    assert "signed with the key that you gave" in op26x("proofs", "verify", str(file), "--key", key)[1]


def test_a_forged_one_is_named(op26x: Run, call_id: str, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    file.write_text(op26x("calls", "prove", call_id)[1].replace("caller-hung-up", "agent-hung-up"))
    code, said, err = op26x("proofs", "verify", str(file))
    assert (code, said) == (1, f"The proof of the call {call_id} does not hold:\n")
    assert "What is signed is not this statement." in err


def test_what_is_no_proof_is_wrong_use(op26x: Run, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    assert op26x("proofs", "verify", str(file))[0] == 2
    file.write_text("{}")
    code, _, err = op26x("proofs", "verify", str(file))
    assert (code, "This is no proof of a call" in err) == (2, True)
