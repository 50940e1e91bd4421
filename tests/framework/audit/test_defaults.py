"""Where checkpoints go by themselves: into a directory, and to a webhook."""

from pathlib import Path

import httpx
import pytest

from op26x.audit import SignedCheckpoint
from op26x.audit.defaults import AuditDefaults, check_webhook
from op26x.errors import SettingsError, Tampered
from op26x.settings import CoreSettings, Settings

FIRST, SECOND = (
    SignedCheckpoint("01ORGANIZATION", "01CHECKPOINT", size, f"op26x/audit/…\n{size}\n", "key") for size in (7, 12)
)
WEBHOOK = "https://audit.example.com/log"


def settings(**core: str) -> Settings:
    return Settings({"core": CoreSettings(**core)}, {})


async def test_each_is_a_file_that_is_written_once(tmp_path: Path) -> None:
    for one in (FIRST, SECOND, FIRST):
        await AuditDefaults().op26x_checkpoint(one, settings(checkpoints=str(tmp_path)))
    there = {str(file.relative_to(tmp_path)): file.read_text() for file in tmp_path.rglob("*") if file.is_file()}
    assert there == {"01ORGANIZATION/000000000007": FIRST.note, "01ORGANIZATION/000000000012": SECOND.note}


async def test_another_checkpoint_under_its_name_is_no_success(tmp_path: Path) -> None:
    def note(root: str, signature: str) -> SignedCheckpoint:
        return SignedCheckpoint(
            "01ORGANIZATION", "01CHECKPOINT", 7, f"op26x/audit/…\n7\n{root}\n\n— {signature}\n", "key"
        )

    await AuditDefaults().op26x_checkpoint(note("root", "ours"), settings(checkpoints=str(tmp_path)))
    await AuditDefaults().op26x_checkpoint(note("root", "ours and a witness"), settings(checkpoints=str(tmp_path)))
    with pytest.raises(Tampered, match="Another checkpoint"):
        await AuditDefaults().op26x_checkpoint(note("forged", "ours"), settings(checkpoints=str(tmp_path)))


async def test_what_could_not_be_written_whole_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", full)
        with pytest.raises(OSError, match="no space"):
            await AuditDefaults().op26x_checkpoint(FIRST, settings(checkpoints=str(tmp_path)))
    await AuditDefaults().op26x_checkpoint(FIRST, settings(checkpoints=str(tmp_path)))
    (there,) = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert (there.name, there.read_text()) == ("000000000007", FIRST.note)


async def test_a_webhook_gets_the_note() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    defaults = AuditDefaults(httpx.MockTransport(answer))
    await defaults.op26x_checkpoint(FIRST, settings(checkpoint_webhook=WEBHOOK))
    (request,) = seen
    assert (request.method, str(request.url), request.content.decode()) == ("POST", WEBHOOK, FIRST.note)
    assert request.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_what_a_webhook_does_not_take_fails(status: int) -> None:
    defaults = AuditDefaults(httpx.MockTransport(lambda _: httpx.Response(status, headers={"location": WEBHOOK})))
    with pytest.raises(httpx.HTTPStatusError):
        await defaults.op26x_checkpoint(FIRST, settings(checkpoint_webhook=WEBHOOK))


@pytest.mark.parametrize("url", ["", WEBHOOK, "http://127.0.0.1:9000/log"])
def test_an_address_that_may_be_sent_to(url: str) -> None:
    check_webhook(url)


@pytest.mark.parametrize("url", ["http://audit.example.com/log", "audit.example.com", "ftp://audit.example.com"])
def test_an_address_that_is_not_encrypted_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="checkpoint_webhook is no address of https"):
        check_webhook(url)
