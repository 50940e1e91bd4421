"""Checkpoints in a bucket with object lock, of moto's server."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from obstore.store import S3Store

import op26x_s3
from counterparts.s3 import S3Counterpart
from op26x.audit import SignedCheckpoint
from op26x.plugins import Plugins
from op26x.settings import CoreSettings, Settings
from op26x_s3.checkpoints import keep

FIRST, SECOND = (
    SignedCheckpoint("01ORGANIZATION", "01CHECKPOINT", size, f"op26x/audit/…\n{size}\n", "key") for size in (7, 12)
)


@pytest.fixture
def s3() -> Iterator[S3Counterpart]:
    """Has no bucket with a lock yet."""
    with S3Counterpart() as running:
        yield running


def locked(s3: S3Counterpart, bucket: str) -> Any:
    """Makes a bucket out of which nobody can delete anything for a year."""
    client = boto3.client(
        "s3", endpoint_url=s3.url, region_name="us-east-1", aws_access_key_id="ours", aws_secret_access_key="secret"
    )
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 365}}
    client.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    return client


async def told(s3: S3Counterpart, checkpoint: SignedCheckpoint, bucket: str) -> bool:
    """Whether the plugin took it."""
    plugins = Plugins()
    plugins.register(op26x_s3, "s3")
    settings = Settings({"core": CoreSettings(), "s3": s3.settings("blobs", checkpoint_bucket=bucket)}, {})
    return await plugins.teller("op26x_checkpoint", settings=settings)(checkpoint=checkpoint)


async def test_a_checkpoint_is_put_there_once(s3: S3Counterpart) -> None:
    for one in (FIRST, FIRST, SECOND):
        assert await told(s3, one, s3.bucket)
    there = {one["path"] async for page in s3.settings("").connect().list() for one in page}
    assert there == {"01ORGANIZATION/000000000007", "01ORGANIZATION/000000000012"}


async def test_another_one_under_its_name_is_no_success(s3: S3Counterpart) -> None:
    assert await told(s3, FIRST, s3.bucket)
    assert not await told(s3, replace(FIRST, note="another log\n7\n"), s3.bucket)


async def test_what_is_in_a_bucket_with_a_lock_stays(s3: S3Counterpart) -> None:
    bucket = f"{s3.bucket}-checkpoints"
    client = locked(s3, bucket)
    # S3 asks for any checksum, and moto for a header that only AWS's own SDKs send.
    header = {"default_headers": {"x-amz-sdk-checksum-algorithm": "SHA256"}, "allow_http": True}
    own = s3.settings("", checkpoint_bucket=bucket).for_checkpoints
    store = S3Store(
        own.bucket,
        endpoint=own.address,
        access_key_id=own.access_key_id,
        secret_access_key=own.secret_access_key.reveal(),
        checksum_algorithm="SHA256",
        client_options=header,
    )
    for one in (FIRST, FIRST):
        await keep(store, one)
    (version,) = client.list_object_versions(Bucket=bucket)["Versions"]
    kept = client.get_object(Bucket=bucket, Key=version["Key"])
    assert (kept["Body"].read().decode(), kept["ObjectLockMode"]) == (FIRST.note, "COMPLIANCE")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])


async def test_where_there_is_no_bucket_for_them_nothing_is_put(s3: S3Counterpart) -> None:
    assert await told(s3, FIRST, "")


async def test_what_the_bucket_does_not_take_is_told_again(s3: S3Counterpart) -> None:
    assert not await told(s3, FIRST, "nowhere")
