"""S3: blobs in a bucket of AWS or of any store that speaks its protocol, and checkpoints of audit logs in another.

``blobs`` says how blobs grow in a store that can't append, ``checkpoints`` keeps what must not be changed,
``settings`` says what can be configured. Needs the extra ``s3``, which is loaded with the first blob.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from op26x import Processor, Provider, ServiceRequest, hookimpl
from op26x.errors import SettingsError
from op26x_s3.settings import AWS_TERMS, S3Settings

if TYPE_CHECKING:
    from op26x.audit import SignedCheckpoint
    from op26x.settings import Settings
    from op26x.storage import BlobStore


@hookimpl
def op26x_settings() -> type[S3Settings]:
    """Section ``s3``."""
    return S3Settings


@hookimpl
def op26x_processors(settings: "Settings") -> list[Processor]:
    """Who keeps the bucket: AWS, or the operator of the configured endpoint. What is kept is sealed."""
    own = settings.of(S3Settings)
    buckets = [own, own.for_checkpoints] if own.checkpoint_bucket else [own]
    return [
        Processor(
            name=f"S3 at {own.host}" if own.endpoint else "AWS S3",
            hosts=tuple(dict.fromkeys(bucket.host for bucket in buckets)),
            purpose="storage of sealed recordings",
            categories=("communications",),
            terms=own.terms if own.endpoint else AWS_TERMS,
            trains_on_data=bool(own.endpoint and not own.terms),
        )
    ]


@hookimpl
def op26x_blob_store() -> "Provider[BlobStore]":
    """A bucket."""
    return Provider("s3", _blobs, about="A bucket of AWS S3 or alike")


@hookimpl
async def op26x_checkpoint(checkpoint: "SignedCheckpoint", settings: "Settings") -> None:
    """Puts a checkpoint into the bucket for them, where its object lock keeps it."""
    own = settings.of(S3Settings)
    if own.checkpoint_bucket:
        with _installed():
            from op26x_s3.checkpoints import keep
        await keep(own.for_checkpoints.connect(), checkpoint)


def _blobs(request: ServiceRequest) -> "BlobStore":
    with _installed():
        from op26x_s3.blobs import S3Blobs
    return S3Blobs(request.settings_of(S3Settings).connect())


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "obstore":
            raise
        raise SettingsError("The plugin s3 needs the package obstore.", "pip install op26x[s3]") from None
