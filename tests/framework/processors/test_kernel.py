"""Rules for the kernel, out of the same register."""

import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import yaml

from op26x.processors import Destination
from op26x.processors.kernel import addresses_of, name_servers, rules

FOUND = [
    (Destination("api.vendor.example", "plugin vendor"), ["192.0.2.7", "2001:db8::7"]),
    (Destination("10.0.0.7", "setting egress"), ["10.0.0.7"]),
    (Destination("gone.example", "plugin gone"), []),
]
ALLOWED = {"192.0.2.7", "2001:db8::7", "10.0.0.7"}


def test_systemd_denies_all_but_these() -> None:
    lines = rules("systemd", FOUND, "op26x", ["192.0.2.53"]).splitlines()
    assert lines[lines.index("[Service]") + 1] == "IPAddressDeny=any"
    allowed = {line.partition("=")[2] for line in lines if line.startswith("IPAddressAllow=")}
    assert allowed == ALLOWED | {"localhost", "192.0.2.53"}
    assert "# gone.example (plugin gone): no address" in lines


def test_nftables_reject_all_but_these() -> None:
    made = rules("nftables", FOUND, "voice", ["192.0.2.53", "2001:db8::53"])
    assert 'meta skuid "voice" jump service' in made
    assert "ip daddr { 10.0.0.7, 192.0.2.7 } accept" in made
    assert "ip6 daddr { 2001:db8::7 } accept" in made
    assert "ip6 daddr 2001:db8::53 meta l4proto { tcp, udp } th dport 53 accept" in made
    assert made.rstrip().endswith("counter reject\n  }\n}")


@pytest.mark.skipif(shutil.which("nft") is None, reason="nftables is not installed")
def test_nft_can_read_them(tmp_path: Path) -> None:
    file = tmp_path / "rules"
    file.write_text(rules("nftables", FOUND, "root", ["192.0.2.53"]))
    done = subprocess.run(["nft", "-c", "-f", file], capture_output=True, text=True, timeout=20, check=False)
    if "Operation not permitted" in done.stderr:
        pytest.skip("nft asks the kernel, which does not let this user")
    assert done.returncode == 0, done.stderr


def test_kubernetes_allows_these_and_names() -> None:
    policy = yaml.safe_load(rules("k8s", FOUND, "op26x", []))
    assert policy["spec"]["policyTypes"] == ["Egress"]
    names, *hosts = policy["spec"]["egress"]
    assert {one["port"] for one in names["ports"]} == {53}
    cidrs = {to["ipBlock"]["cidr"] for host in hosts for to in host["to"]}
    assert cidrs == {"192.0.2.7/32", "2001:db8::7/128", "10.0.0.7/32"}


def test_name_servers_of_the_machine_itself_need_no_rule(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    assert name_servers(file) == []
    file.write_text(
        "# none\nnameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\nsearch example.com\n"
    )
    assert name_servers(file) == ["192.0.2.53", "fe80::1"]


def test_where_a_name_leads_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "127.0.0.1" in addresses_of("localhost")

    def unknown(*_args: object, **_options: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert addresses_of("gone.example") == []
