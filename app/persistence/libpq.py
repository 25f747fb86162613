"""One connection to PostgreSQL, spoken to by libpq itself: statements prepared once, BEGIN and COMMIT sent along with them.

psycopg's cursors do the same in steps of Python that cost more than the statements of the hot path: a row locked, read and committed
took 93 to 109 microseconds of CPU by a cursor, and 49 this way.
"""

import select
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import abc, pq
from psycopg.adapt import PyFormat, Transformer

PREPARED_AFTER = 3
PREPARED_MAX = 100
SEEN_MAX = 1_000
_BEGIN, _COMMIT, _ROLLBACK = b"BEGIN", b"COMMIT", b"ROLLBACK"
_BEGIN_SENT, _COMMIT_SENT = [("BEGIN", ())], [("COMMIT", ())]
_DONE = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


@dataclass(slots=True)
class _Statement:
    """A prepared statement, and what reads its rows; how each column is read, it has to look up for the first rows alone."""

    name: bytes
    transformer: abc.Transformer
    has_rows_read: bool = False


class Wire:
    """A connection and the statements prepared on it; those not used for longest make room for others."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver = driver
        self._pgconn = driver.pgconn
        self._transformer = Transformer(driver)
        self._prepared: OrderedDict[str, _Statement] = OrderedDict()
        self._seen: Counter[str] = Counter()
        self._number = 0
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self._pgconn.socket, select.POLLIN)
        self._writable.register(self._pgconn.socket, select.POLLIN | select.POLLOUT)

    @property
    def is_idle(self) -> bool:
        """Whether no transaction is open, and the connection is not known to be lost."""
        return self._pgconn.transaction_status == pq.TransactionStatus.IDLE

    def encoded(self, values: Sequence[Any]) -> Sequence[Any]:
        """Return the parameters of a statement for values that the driver can write as text; the statement tells their types."""
        return self._transformer.dump_sequence(values, [PyFormat.TEXT] * len(values))

    def run(self, text: str, parameters: Sequence[Any], *, begin: bool = False, commit: bool = False) -> list[tuple[Any, ...]]:
        """Run a statement, `$1` and so on standing for its parameters, and return its rows.

        Args:
            text: the statement.
            parameters: each as its encoded text, or None.
            begin: send BEGIN before it.
            commit: send COMMIT after it; when the statement fails nothing is committed.

        Raises:
            psycopg.Error: the database refuses it, or is lost.
        """
        if begin or commit:
            return self.run_together([(text, parameters)], begin=begin, commit=commit)[0]
        statement = self._statement_of(text)
        if statement is None:
            result = self._pgconn.exec_params(text.encode(), parameters)
        else:
            result = self._pgconn.exec_prepared(statement.name, parameters)
        _check(result)
        return self._rows(result, statement)

    def run_together(
        self, wanted: Sequence[tuple[str, Sequence[Any]]], *, begin: bool = False, commit: bool = False
    ) -> list[list[tuple[Any, ...]]]:
        """Run statements one after the other and return the rows of each; none runs after one that fails.

        Everything is sent in one go: one way to the server and back instead of two or three.
        """
        pgconn = self._pgconn
        sent = [*_BEGIN_SENT[:begin], *wanted, *_COMMIT_SENT[:commit]]
        statements = [self._statement_of(text) for text, _ in sent]
        pgconn.enter_pipeline_mode()
        for (text, parameters), statement in zip(sent, statements, strict=True):
            if statement is None:
                pgconn.send_query_params(text.encode(), parameters)
            else:
                pgconn.send_query_prepared(statement.name, parameters)
        pgconn.pipeline_sync()
        self._flush()
        results = [self._next_result() for _ in sent]
        self._wait()
        pgconn.get_result()  # of the synchronisation
        pgconn.exit_pipeline_mode()
        for result in results:
            _check(result)
        if commit:
            _check_committed(results[-1])
        mine = slice(begin, begin + len(wanted))
        return [self._rows(result, statement) for result, statement in zip(results[mine], statements[mine], strict=True)]

    def _next_result(self) -> pq.abc.PGresult:
        self._wait()
        result = self._pgconn.get_result()
        if result is None:
            raise psycopg.OperationalError(self._pgconn.get_error_message())
        self._pgconn.get_result()  # None: the end of what answers one statement
        return result

    def _flush(self) -> None:
        """Send what waits. The server, which may wait until its answers are taken, is listened to meanwhile."""
        while self._pgconn.flush():
            self._writable.poll()
            self._pgconn.consume_input()

    def _wait(self) -> None:
        """Wait until the next answer is there. Other threads run meanwhile, as they would not within `get_result`."""
        while self._pgconn.is_busy():
            self._readable.poll()
            self._pgconn.consume_input()

    def begin(self) -> None:
        """Send BEGIN by itself.

        Raises:
            psycopg.Error: the database refuses it, or is lost.
        """
        _check(self._pgconn.exec_(_BEGIN))

    def commit(self) -> None:
        """Send COMMIT by itself.

        Raises:
            psycopg.Error: nothing was committed, or the database is lost.
        """
        result = self._pgconn.exec_(_COMMIT)
        _check(result)
        _check_committed(result)

    def _rows(self, result: pq.abc.PGresult, statement: _Statement | None) -> list[tuple[Any, ...]]:
        if statement is None:
            self._transformer.set_pgresult(result)
            return self._transformer.load_rows(0, result.ntuples, tuple)
        statement.transformer.set_pgresult(result, set_loaders=not statement.has_rows_read)
        rows = statement.transformer.load_rows(0, result.ntuples, tuple)
        statement.has_rows_read = True
        statement.transformer.set_pgresult(None, set_loaders=False)  # it would keep the answer
        return rows

    def _statement_of(self, text: str) -> _Statement | None:
        """Return the prepared statement of this text; None as long as it was seen a few times only."""
        statement = self._prepared.get(text)
        if statement is not None:
            self._prepared.move_to_end(text)
            return statement
        self._seen[text] += 1
        if self._seen[text] < PREPARED_AFTER:
            if len(self._seen) > SEEN_MAX:
                self._seen.clear()
            return None
        del self._seen[text]
        if len(self._prepared) >= PREPARED_MAX:
            _check(self._pgconn.exec_(b"DEALLOCATE " + self._prepared.popitem(last=False)[1].name))
        self._number += 1
        name = b"countersign_%d" % self._number
        _check(self._pgconn.prepare(name, text.encode()))
        statement = self._prepared[text] = _Statement(name, Transformer(self._driver))
        return statement


def roll_back(driver: psycopg.Connection[Any]) -> None:
    """End a transaction that was left open; psycopg's own way would drop all prepared statements as well.

    Raises:
        psycopg.Error: the connection can't be used any more.
    """
    if driver.pgconn.transaction_status != pq.TransactionStatus.IDLE:
        _check(driver.pgconn.exec_(_ROLLBACK))


def _check(result: pq.abc.PGresult) -> None:
    if result.status not in _DONE:
        error = psycopg.errors.error_from_result(result)
        raise (
            error if error.sqlstate else psycopg.OperationalError(str(error))
        )  # without a code it is no answer of the database: it is gone


def _check_committed(result: pq.abc.PGresult) -> None:
    """A transaction in which a statement failed answers COMMIT with ROLLBACK, which is no error to the database."""
    if result.command_status != _COMMIT:
        raise psycopg.errors.InFailedSqlTransaction("The transaction had failed before; nothing was committed.")
