"""The plugin's settings, and the connection that they describe."""

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from op26x import Secret
from op26x.errors import SettingsError
from op26x.exposure import check_encrypted

if TYPE_CHECKING:
    from obstore.store import S3Credential, S3Store

AWS_TERMS = "https://aws.amazon.com/service-terms/"
RETRIES = 3
RETRY_S = 30


class S3Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``s3``: ``OP26X_S3_…`` or ``[s3]``.

    Attributes:
        bucket: The bucket. It must exist.
        prefix: Put before every key, ``op26x/production``.
        region: The bucket's region.
        endpoint: Address of a store other than AWS, without the bucket, ``https://s3.example.com``.
        terms: Where the data-processing terms of the endpoint's operator can be read.
        access_key_id: The access key; empty means AWS's own variables, or the machine's role.
        secret_access_key: Its secret.
        checkpoint_bucket: A bucket of its own for checkpoints of the audit logs, with object lock; empty means none.
        virtual_hosted_style: Whether the bucket's name goes into the host name; otherwise into the path.
    """

    bucket: str = ""
    prefix: str = ""
    region: str = "us-east-1"
    endpoint: str = ""
    terms: str = ""
    access_key_id: str = ""
    secret_access_key: Secret = Secret("")
    checkpoint_bucket: str = ""
    virtual_hosted_style: bool = False

    @property
    def for_checkpoints(self) -> "S3Settings":
        """The same for the bucket of checkpoints, which has no prefix."""
        return msgspec.structs.replace(self, bucket=self.checkpoint_bucket, prefix="")

    @property
    def address(self) -> str:
        """Where requests go, without the bucket's path.

        Raises:
            SettingsError: The endpoint is no address, or not encrypted.
        """
        parts = urlsplit(self.endpoint or f"https://s3.{self.region}.amazonaws.com")
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise SettingsError(
                f"The setting s3.endpoint is no address: {self.endpoint!r}.", "Write it as https://s3.example.com."
            )
        check_encrypted(self.endpoint, "s3.endpoint")
        in_host = f"{self.bucket}." if self.virtual_hosted_style and self.bucket else ""
        return f"{parts.scheme}://{in_host}{parts.netloc}{parts.path.rstrip('/')}"

    @property
    def host(self) -> str:
        """The host name that requests go to.

        Raises:
            SettingsError: The endpoint is no address.
        """
        return urlsplit(self.address).hostname or ""

    def connect(self) -> "S3Store":
        """Opens the bucket; nothing is sent yet. Needs ``obstore``.

        Raises:
            SettingsError: There is no bucket, or half of the credentials are missing, or the endpoint is no address.
        """
        from obstore.exceptions import BaseError
        from obstore.store import S3Store

        if not self.bucket:
            raise SettingsError("There is no bucket for blobs.", "Set OP26X_S3_BUCKET, or [s3] bucket in op26x.toml.")
        if bool(self.access_key_id) != bool(self.secret_access_key):
            raise SettingsError(
                "Half of the credentials for S3 are missing.",
                "Set both OP26X_S3_ACCESS_KEY_ID and OP26X_S3_SECRET_ACCESS_KEY, or neither.",
            )
        try:
            return S3Store(
                self.bucket,
                prefix=self.prefix.strip("/") or None,
                region=self.region,
                # Both are set: one of AWS's variables, which obstore reads too, would take blobs elsewhere.
                endpoint=self.address,
                aws_endpoint_url_s3=self.address,
                virtual_hosted_style_request=self.virtual_hosted_style,
                client_options={"allow_http": self.address.startswith("http://")},
                checksum_algorithm="SHA256",  # a bucket with object lock asks for one
                retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_S)},
                credential_provider=self._credentials if self.access_key_id else None,
            )
        except BaseError as error:
            raise SettingsError(
                "The settings of S3 do not fit together.", "Check section [s3], and AWS's own variables."
            ) from error

    def _credentials(self) -> "S3Credential":
        """Ours alone: given as plain settings, they would be mixed with a session token of AWS's variables."""
        return {
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key.reveal(),
            "token": None,
            "expires_at": None,
        }
