"""Where rows come from: in fixed shards, of which no more are in memory than training looks at."""

from mlnn.source.arrays import ArrayRows
from mlnn.source.base import Shard, Source, Stored, StoredWeights, source_of
from mlnn.source.order import Order, Windows
from mlnn.source.parquet import ParquetRows
from mlnn.source.part import Part, put_aside
from mlnn.source.storing import opened, stored
from mlnn.source.streamed import Streamed, rows_in_memory

__all__ = [
    "ArrayRows",
    "Order",
    "ParquetRows",
    "Part",
    "Shard",
    "Source",
    "Stored",
    "StoredWeights",
    "Streamed",
    "Windows",
    "opened",
    "put_aside",
    "rows_in_memory",
    "source_of",
    "stored",
]
