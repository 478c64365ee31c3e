"""Somebody at a table, with PyPI autobahn."""

import asyncio

import txaio

txaio.use_asyncio()

from autobahn.asyncio.wamp import ApplicationSession  # noqa: E402
from autobahn.asyncio.websocket import WampWebSocketClientFactory  # noqa: E402
from autobahn.wamp import auth  # noqa: E402
from autobahn.wamp.types import ComponentConfig, PublishOptions, SubscribeOptions  # noqa: E402

PATIENCE = 10


class Refused(Exception):
    """The router did not let somebody in."""


class _Session(ApplicationSession):
    def __init__(self, joined, method, authid, secret):
        super().__init__(ComponentConfig('realm1'))
        self._joined, self._method, self._authid, self._secret = joined, method, authid, secret
        self.gone = asyncio.get_running_loop().create_future()

    def onConnect(self):
        self.join('realm1', [self._method], self._authid)

    def onChallenge(self, challenge):
        if challenge.method == 'ticket':
            return self._secret
        return auth.compute_wcs(self._secret, challenge.extra['challenge'])

    def onJoin(self, details):
        self.details = details
        self._joined.set_result(self)

    def onLeave(self, details):
        if not self._joined.done():
            self._joined.set_exception(Refused('{}: {}'.format(details.reason, details.message)))
        self.disconnect()

    def onDisconnect(self):
        if not self._joined.done():
            self._joined.set_exception(ConnectionError('it was not let in'))
        if not self.gone.done():
            self.gone.set_result(None)


class Player:
    """A session with what it has heard."""

    def __init__(self, session, game):
        self.session, self.details = session, session.details
        self._root = 'world.simpl.sims.{}.'.format(game)
        self._heard = asyncio.Queue()
        self.all_heard = []

    @classmethod
    async def join(cls, crossbar, authid, secret, method='ticket', game='div', path='ws'):
        loop = asyncio.get_running_loop()
        joined = loop.create_future()
        factory = WampWebSocketClientFactory(lambda: _Session(joined, method, authid, secret), url=crossbar.url(path))
        await loop.create_connection(factory, '127.0.0.1', crossbar.port)
        player = cls(await asyncio.wait_for(joined, PATIENCE), game)
        return player

    async def sit(self):
        """Looks where the seat is."""
        seat, *_ = await self.call('game.get_seats')
        self.runuser, self.world, self.user = seat['pk'], seat['data']['world'], seat['data']['user']
        return self

    async def call(self, name, *arguments):
        return await asyncio.wait_for(self.session.call(self._root + 'model.' + name, *arguments), PATIENCE)

    async def listen(self, scope, names=('add_child', 'update_child', 'remove_child'), match='exact'):
        for name in names:
            topic = '{}model.{}.{}'.format(self._root, scope, name)
            await self.session.subscribe(self._hear, topic, SubscribeOptions(match=match))

    def _hear(self, *arguments, **named):
        self._heard.put_nowait((arguments, named))
        self.all_heard.append(named)

    async def _hears(self, resource):
        while True:
            arguments, named = await asyncio.wait_for(self._heard.get(), PATIENCE)
            if arguments[1] == resource:
                return arguments[2], named

    async def hears_of(self, resource):
        """The row of the next event about one of that resource."""
        row, _ = await self._hears(resource)
        return row

    async def hears_rev_of(self, resource):
        """The number that the next event about one of that resource has."""
        _, named = await self._hears(resource)
        return named['rev']

    async def hears_data_of(self, resource):
        return (await self.hears_of(resource))['data']

    async def period(self):
        """The period that is played."""
        tree = await self.call('world.{}.get_scope_tree'.format(self.world))
        return max(child['pk'] for child in tree['children'][0]['children'])

    async def submit(self, period, value):
        return await self.call('period.{}.submit_decision'.format(period), value)

    async def say(self, name):
        """Publishes something, and waits until the router has it."""
        await self.session.publish(self._root + 'model.' + name, options=PublishOptions(acknowledge=True))

    async def leave(self):
        self.session.leave()
        await asyncio.wait_for(self.session.gone, PATIENCE)
