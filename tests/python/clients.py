"""The PyPI package `simpl-client`, unmodified: its synchronous and its asynchronous client behind one face for tests."""

import asyncio
import collections
import collections.abc
import functools
import inspect

# Python 3.10 dropped these names, and what the package is made of still asks for them.
for _name in ('Mapping', 'MutableMapping'):
    if not hasattr(collections, _name):
        setattr(collections, _name, getattr(collections.abc, _name))

import simpl_client.asyn  # noqa: E402
import simpl_client.syn  # noqa: E402
from genericclient_base import exceptions  # noqa: E402, F401 (the errors of both)

SYNCHRONOUS = simpl_client.syn.GamesAPIClient
ASYNCHRONOUS = simpl_client.asyn.GamesAPIClient


async def done(answer):
    """What a call of either client came to: a value already, or one to wait for."""
    return await answer if inspect.isawaitable(answer) else answer


def on_a_loop(test):
    """Runs a coroutine as a test; `unittest` can do that by itself only from Python 3.8 on."""

    @functools.wraps(test)
    def run(self):
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(test(self))
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    return run
