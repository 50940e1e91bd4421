"""A running service: no core file of it, as many descriptors as the system allows."""

import resource
import sys
from pathlib import Path

import pytest

from journeys.documents import agent
from journeys.house import OtherProcess

pytestmark = pytest.mark.real_time


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system in /proc")
async def test_a_running_service_has_no_core_files_and_all_descriptors(tmp_path: Path) -> None:
    service = OtherProcess(tmp_path, agent())
    service.before = ("sh", "-c", 'ulimit -S -n 200; ulimit -S -c 1000; exec "$@"', "sh")
    async with service.running():
        assert service.process is not None
        lines = Path(f"/proc/{service.process.pid}/limits").read_text().splitlines()
    limits = {line[:26].strip(): line[26:].split()[:2] for line in lines}
    assert limits["Max core file size"] == ["0", "0"]
    most = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 65_536)
    assert limits["Max open files"][0] == str(most)
