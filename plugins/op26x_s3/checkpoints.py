"""Checkpoints of audit logs in a bucket whose object lock lets nobody change or delete them."""

from typing import TYPE_CHECKING

from obstore.exceptions import AlreadyExistsError

from op26x.audit.defaults import check_same, name_of

if TYPE_CHECKING:
    from obstore.store import S3Store

    from op26x.audit import SignedCheckpoint


async def keep(bucket: "S3Store", checkpoint: "SignedCheckpoint") -> None:
    """Writes one as ``ORGANIZATION/SIZE``, once; how long it is locked is the bucket's own default retention.

    Raises:
        obstore.exceptions.BaseError: It can't be written.
        Tampered: Another one is there under its name.
    """
    try:
        await bucket.put_async(name_of(checkpoint), checkpoint.note.encode(), mode="create")
    except AlreadyExistsError:  # another service was faster, or it was told twice
        there = await bucket.get_async(name_of(checkpoint))
        check_same(checkpoint, bytes(await there.bytes_async()))
