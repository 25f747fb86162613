"""Use cases: one public function a file, one commit each. Whatever moves a process instance does so inside a turn."""
