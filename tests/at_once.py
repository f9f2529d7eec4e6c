"""Transactions that begin at the same moment, as impatient people and two processes cause them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from sqlmodel import Session

from evaluation.database import Database

T = TypeVar("T")


def at_once(database: Database, *calls: Callable[[Session], T]) -> list[T]:
    """Each call in a transaction and a thread of its own, all begun at the same moment."""
    start = Barrier(len(calls))

    def call(function: Callable[[Session], T]) -> T:
        start.wait()
        with database.transaction() as session:
            return function(session)

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(call, calls))
