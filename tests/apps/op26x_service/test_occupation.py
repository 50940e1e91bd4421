"""One service per data directory."""

from pathlib import Path

import pytest

from op26x.errors import WorkError
from op26x_service.occupation import only_service


def test_a_second_service_is_kept_off(tmp_path: Path) -> None:
    with only_service(tmp_path), pytest.raises(WorkError, match="already"), only_service(tmp_path):
        raise AssertionError


def test_the_next_one_is_not(tmp_path: Path) -> None:
    entered = 0
    for _ in range(2):
        with only_service(tmp_path):
            entered += 1
    assert entered == 2
