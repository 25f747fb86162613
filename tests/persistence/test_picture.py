"""Rows of many tables as JSON within one row."""

import orjson
import pytest
import sqlalchemy as sa

from app.persistence.picture import packed_list
from app.persistence.settings import read_settings
from app.persistence.tables.people import environment_setting


@pytest.mark.parametrize("value", [{"z": [1, 2.5, None, -1e-7], "a": {"ü": 'a\x00b"\\'}}, [], "text", 7, True, 123456789012345678])
def test_json_within_packed_rows_is_what_was_stored(system, value):
    with system.database.write() as work:
        work.insert(environment_setting, [{"environment_id": 1, "key": "packed", "value": value}])
        work.commit()

    with system.database.read() as reading:
        packed = packed_list((environment_setting.c.key, environment_setting.c.value), environment_setting.c.key == "packed")
        ((found,),) = reading.rows(sa.select(packed))
        stored = read_settings(reading, 1)["packed"]

    assert orjson.loads(found) == [["packed", value]]
    assert orjson.dumps(orjson.loads(found)[0][1]) == orjson.dumps(stored)
