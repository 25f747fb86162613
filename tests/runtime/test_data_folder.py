import shutil

import pytest

from app.runtime import data_folder
from app.runtime.data_folder import DataFolderUnusable, held


def test_folder_is_made_and_free_again_afterwards(tmp_path):
    for _ in range(2):
        with held(tmp_path / "new" / "data") as folder:
            assert folder.is_dir()


def test_second_process_tree_is_refused(tmp_path):
    with held(tmp_path), pytest.raises(DataFolderUnusable, match="already runs on the data folder"), held(tmp_path):
        pass


def test_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "data").write_text("")

    with pytest.raises(DataFolderUnusable, match="Cannot write to the data folder .*: File exists"), held(tmp_path / "data"):
        pass


def test_full_disk_is_said_before_anything_starts(tmp_path, monkeypatch):
    monkeypatch.setattr(data_folder.shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(total=10, used=10, free=3_000_000))

    with pytest.raises(DataFolderUnusable, match=r"is full \(3 MB free\)"), held(tmp_path):
        pass
