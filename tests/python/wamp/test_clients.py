"""PyPI autobahn and xconn over every serializer and transport that they have, all through one router."""

import asyncio
import unittest

from autobahn.asyncio.rawsocket import WampRawSocketClientFactory
from autobahn.asyncio.wamp import ApplicationSession
from autobahn.asyncio.websocket import WampWebSocketClientFactory
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import CBORSerializer, JsonSerializer, MsgPackSerializer
from autobahn.wamp.types import CallOptions, ComponentConfig, PublishOptions, RegisterOptions
from wampproto import auth, serializers
from xconn.client import Client
from xconn.types import Result

from router import Router

# How long a test waits for something that has to happen, in seconds.
PATIENCE = 30

VALUES = [None, True, 0, -1, 255, 65536, -70000, 2**53 + 1, 2**63, 1.5, 1.0, 'ä€😀', [], [[1], []], {'k': {'n': 'v'}}]
BYTES = bytes([0, 16, 255])

AUTOBAHN = {'json': JsonSerializer, 'msgpack': MsgPackSerializer, 'cbor': CBORSerializer}
XCONN = {'json': serializers.JSONSerializer, 'msgpack': serializers.MsgPackSerializer, 'cbor': serializers.CBORSerializer}


class Joined(ApplicationSession):
    """A session of autobahn that tells when it has joined."""

    def __init__(self, joined, authenticator=None):
        super().__init__(ComponentConfig('realm1'))
        self._joined = joined
        self._refused = 'it was not let in'
        self._authenticator = authenticator
        self.gone = asyncio.get_running_loop().create_future()

    def onConnect(self):
        if self._authenticator is None:
            return super().onConnect()
        authid, authenticator = self._authenticator
        return self.join('realm1', [authenticator.name], authid, authextra=authenticator.authextra)

    def onChallenge(self, challenge):
        _, authenticator = self._authenticator
        return authenticator.on_challenge(self, challenge)

    def onJoin(self, details):
        self.details = details
        self._joined.set_result(self)

    def onLeave(self, details):
        self._refused = details.reason
        super().onLeave(details)

    def onDisconnect(self):
        if not self._joined.done():
            self._joined.set_exception(ConnectionError(self._refused))
        self.gone.set_result(None)


async def of_autobahn(router, transport, serializer, authenticator=None):
    """A session of autobahn on that transport, with its name and proof; `ConnectionError` with the reason of ABORT where it is not let in."""
    loop = asyncio.get_running_loop()
    joined = loop.create_future()

    def session():
        return Joined(joined, authenticator)

    if transport == 'websocket':
        factory = WampWebSocketClientFactory(session, url=router.websocket, serializers=[serializer])
        await loop.create_connection(factory, router.host, router.port)
    elif transport == 'rawsocket':
        factory = WampRawSocketClientFactory(session, serializer=serializer)
        await loop.create_connection(factory, router.host, router.rawsocket_port)
    else:
        factory = WampRawSocketClientFactory(session, serializer=serializer)
        await loop.create_unix_connection(factory, router.unix)
    return await asyncio.wait_for(joined, PATIENCE)


def plain(value):
    """Values as every client hands them out: some make tuples of lists."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value


class Clients(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.router = Router()
        self.addCleanup(self.router.stop)

    async def everybody(self):
        """A session of autobahn for each transport and serializer, and for batches."""
        everybody = {}
        for transport in ('websocket', 'rawsocket', 'unix'):
            for name, serializer in AUTOBAHN.items():
                everybody['{} in {}'.format(transport, name)] = await of_autobahn(self.router, transport, serializer())
        # In JSON it ends the messages of a batch with 0x18 (a 30 that it takes for octal) and not with 0x1E, as specified.
        for name in ('msgpack', 'cbor'):
            batched = AUTOBAHN[name](batched=True)
            everybody['batches in {}'.format(name)] = await of_autobahn(self.router, 'websocket', batched)
        for session in everybody.values():
            self.addAsyncCleanup(self.end, session)
        return everybody

    async def end(self, session):
        """Says GOODBYE, and waits until the connection is closed."""
        session.leave()
        await asyncio.wait_for(session.gone, PATIENCE)

    async def test_sessions_of_autobahn_call_each_other_and_values_are_what_they_were(self):
        everybody = await self.everybody()
        for position, callee in enumerate(everybody.values()):
            await callee.register(lambda *args: list(args), 'com.test.echo.{}'.format(position))
        for name, caller in everybody.items():
            for position, other in enumerate(everybody):
                answer = await caller.call('com.test.echo.{}'.format(position), *VALUES, BYTES)
                self.assertEqual(plain(answer), VALUES + [BYTES], '{} calls {}'.format(name, other))
                self.assertIsInstance(answer[10], float, '{} calls {}'.format(name, other))

    async def test_sessions_of_autobahn_hear_what_any_of_them_publishes(self):
        everybody = await self.everybody()
        heard = {name: asyncio.Queue() for name in everybody}
        for name, listener in everybody.items():
            await listener.subscribe(lambda *args, name=name: heard[name].put_nowait(plain(args)), 'com.test.news')
        for name, publisher in everybody.items():
            await publisher.publish('com.test.news', name, *VALUES, BYTES, options=PublishOptions(acknowledge=True))
        for name, events in heard.items():
            for other in everybody:
                if other != name:
                    event = await asyncio.wait_for(events.get(), PATIENCE)
                    self.assertEqual(event, [other] + VALUES + [BYTES], 'what {} heard'.format(name))

    async def test_the_rest_of_rpc_works_on_every_wire(self):
        everybody = await self.everybody()
        for name, session in everybody.items():
            with self.subTest(name):
                async def count(last, details):
                    for part in range(1, last + 1):
                        details.progress(part)
                    return 'all'

                async def fail():
                    raise ApplicationError('com.test.error', 'no', code='E1')

                topic = 'com.test.{}'.format(name.replace(' ', '_'))
                counting = await session.register(count, topic + '.count', RegisterOptions(details_arg='details'))
                await session.register(fail, topic + '.fail')
                parts = []
                answer = await session.call(topic + '.count', 3, options=CallOptions(on_progress=parts.append))
                self.assertEqual((parts, answer), ([1, 2, 3], 'all'))
                with self.assertRaises(ApplicationError) as failed:
                    await session.call(topic + '.fail')
                error = failed.exception
                self.assertEqual((error.error, list(error.args), error.kwargs), ('com.test.error', ['no'], {'code': 'E1'}))
                await counting.unregister()
                with self.assertRaises(ApplicationError) as gone:
                    await session.call(topic + '.count', 3)
                self.assertEqual(gone.exception.error, 'wamp.error.no_such_procedure')

    def test_sessions_of_xconn_call_each_other_and_hear_each_other(self):
        everybody = {}
        for transport, address in self.router.addresses.items():
            for name, serializer in XCONN.items():
                session = Client(auth.AnonymousAuthenticator(''), serializer()).connect(address, 'realm1')
                self.addCleanup(session.leave)
                everybody['{} in {}'.format(transport, name)] = session
        heard = {name: [] for name in everybody}
        for position, (name, session) in enumerate(everybody.items()):
            session.register('com.test.echo.{}'.format(position), lambda call: Result(args=call.args))
            session.subscribe('com.test.news', lambda event, name=name: heard[name].append(plain(event.args)))
        for name, caller in everybody.items():
            for position, other in enumerate(everybody):
                answer = caller.call('com.test.echo.{}'.format(position), VALUES)
                self.assertEqual(plain(answer.args), VALUES, '{} calls {}'.format(name, other))
            caller.publish('com.test.news', [name], options={'acknowledge': True})
        for name, session in everybody.items():
            # Events come before the answer to a call that is made after they were published.
            session.call('com.test.echo.0', [])
            self.assertEqual(heard[name], [[other] for other in everybody if other != name], 'what {} heard'.format(name))


if __name__ == '__main__':
    unittest.main()
