"""Hardening: no core file of a process, and no secret in the environment of a child that does not need it."""

import json
import subprocess
import sys
import textwrap

import msgspec
import pytest

from op26x.hardening import only_needed, without_secrets
from op26x.settings import resolve
from op26x.types import Secret

LIMIT_S = 30


class Carrier(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin's settings."""

    account: str = ""
    pass_phrase: Secret = Secret("")


def in_a_child(program: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], check=False, capture_output=True, text=True, timeout=LIMIT_S
    )


@pytest.mark.skipif(sys.platform != "linux", reason="the mark is Linux's")
def test_a_hardened_process_is_not_dumpable_and_its_children_have_no_core_files() -> None:
    done = in_a_child("""
        import ctypes, json, resource, subprocess, sys
        from op26x.hardening import PR_GET_DUMPABLE, no_core_dumps

        no_core_dumps()
        limit = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
        print(json.dumps({
            "limit": resource.getrlimit(resource.RLIMIT_CORE),
            "dumpable": ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
            "child": subprocess.run([sys.executable, "-c", limit], capture_output=True, text=True).stdout.strip(),
        }))
    """)
    assert json.loads(done.stdout) == {"limit": [0, 0], "dumpable": 0, "child": "(0, 0)"}, done.stderr


def test_a_hardened_process_that_aborts_leaves_no_core() -> None:
    done = in_a_child("""
        import os
        from op26x.hardening import no_core_dumps

        child = os.fork()
        if not child:
            no_core_dumps()
            os.abort()
        status = os.waitpid(child, 0)[1]
        print(os.WIFSIGNALED(status), os.WCOREDUMP(status))
    """)
    assert done.stdout.split() == ["True", "False"], done.stderr


def test_an_environment_without_secrets_keeps_what_is_none() -> None:
    environ = {
        "PATH": "/usr/bin",
        "OP26X_PORT": "8026",
        "OP26X_CARRIER_ACCOUNT": "an account",
        "OP26X_CARRIER_PASS_PHRASE": "hush",
        "OPENAI_API_KEY": "hush",
        "ANTHROPIC_AUTH_TOKEN": "hush",
        "TWILIO_AUTH_TOKEN": "hush",
        "AWS_SECRET_ACCESS_KEY": "hush",
        "AWS_SESSION_TOKEN": "hush",
        "SOMEVOICE_API_KEY": "hush",
        "SMTP_PASSWORD": "hush",
    }
    ours = {name: value for name, value in environ.items() if name.startswith("OP26X_")}
    settings = resolve({"carrier": Carrier}, environ=ours)
    assert without_secrets(environ, settings) == {
        "PATH": "/usr/bin",
        "OP26X_PORT": "8026",
        "OP26X_CARRIER_ACCOUNT": "an account",
    }


def test_what_a_child_needs_are_paths_and_the_language() -> None:
    environ = {"PATH": "/usr/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": "x", "OP26X_PORT": "1", "SOMEVOICE_LOGIN": "hush"}
    assert only_needed(environ) == {"PATH": "/usr/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": "x"}
