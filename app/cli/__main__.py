"""`python -m app.cli` is `countersign`."""

from app.cli import main

if __name__ == "__main__":
    main(prog_name="countersign")
