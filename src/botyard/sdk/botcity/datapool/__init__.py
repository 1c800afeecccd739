"""Datapools and their entries."""

from botyard.sdk.botcity.datapool.datapool import DataPool
from botyard.sdk.botcity.datapool.entry import DataPoolEntry

__all__ = ["DataPool", "DataPoolEntry"]
