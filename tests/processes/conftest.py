"""One template database for all scenarios of the suite."""

import pytest

from app.cli.test_models import Stages
from tests.operations.conftest import office  # noqa: F401 - a fixture


@pytest.fixture(scope="session")
def stages(tmp_path_factory):
    """Return the maker of throw-away systems."""
    return Stages(tmp_path_factory.mktemp("stages"))
