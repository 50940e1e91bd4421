"""Durable work: jobs that run by a schedule and go on where they were when the process was killed."""

from op26x.work.durable import DurableWork, Job

__all__ = ["DurableWork", "Job"]
