"""Give fills to other programs: CSV, Parquet, Snowflake.

Way:     store → [exports]: rows → a file or a table; money is never rounded on its way.
"""

from deskwatch.client.fills.exports.csv_file import write_csv
from deskwatch.client.fills.exports.parquet import write_parquet
from deskwatch.client.fills.exports.snowflake import write_snowflake

__all__ = ["write_csv", "write_parquet", "write_snowflake"]
