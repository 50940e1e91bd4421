"""S3: blobs in a bucket of AWS or of any store that speaks its protocol.

``blobs`` says how blobs grow in a store that can't append, ``settings`` what can be configured. Needs the extra
``s3``, which is loaded with the first blob.
"""

from typing import TYPE_CHECKING

from op26x import Processor, Provider, ServiceRequest, hookimpl
from op26x.errors import SettingsError
from op26x_s3.settings import AWS_TERMS, S3Settings

if TYPE_CHECKING:
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
    return [
        Processor(
            name=f"S3 at {own.host}" if own.endpoint else "AWS S3",
            hosts=(own.host,),
            purpose="storage of sealed recordings",
            categories=("communications",),
            terms=own.terms if own.endpoint else AWS_TERMS,
        )
    ]


@hookimpl
def op26x_blob_store() -> "Provider[BlobStore]":
    """A bucket."""
    return Provider("s3", _blobs, about="A bucket of AWS S3 or alike")


def _blobs(request: ServiceRequest) -> "BlobStore":
    try:
        from op26x_s3.blobs import S3Blobs
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "obstore":
            raise
        raise SettingsError("The blob store s3 needs the package obstore.", "pip install op26x[s3]") from None
    return S3Blobs(request.settings_of(S3Settings).connect())
