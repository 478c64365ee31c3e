"""The original's model service, `simpl-modelservice` from PyPI with its crossbar router, plays a period against our games API."""

import asyncio
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from games_api import PATIENCE, STAFF, GamesApi  # noqa: E402
from simpl_client.syn import GamesAPIClient  # noqa: E402

import txaio  # noqa: E402

txaio.use_asyncio()

from autobahn.asyncio.wamp import ApplicationSession  # noqa: E402
from autobahn.asyncio.websocket import WampWebSocketClientFactory  # noqa: E402
from autobahn.wamp import auth  # noqa: E402
from autobahn.wamp.types import ComponentConfig, SubscribeOptions  # noqa: E402

ROOT = 'world.simpl.sims.div'
_PROJECT = os.path.dirname(os.path.abspath(__file__))


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class ModelService:
    """`manage.py run_modelservice` in a copy of the project, as crossbar leaves files beside it."""

    def __init__(self, games_api):
        self._folder = tempfile.mkdtemp(prefix='modelservice-')
        project = os.path.join(self._folder, 'project')
        shutil.copytree(_PROJECT, project)
        self.port = free_port()
        programs = os.path.dirname(sys.executable)
        environment = dict(
            os.environ, PATH='{}:{}'.format(programs, os.environ['PATH']), PYTHONPATH=project, PYTHONUNBUFFERED='1',
            GAMES_API=games_api, GAMES_API_PASSWORD=STAFF[1], LC_ALL='C.UTF-8')
        command = [sys.executable, 'manage.py', 'run_modelservice', '--bind', '127.0.0.1:{}'.format(self.port)]
        # In a group of its own: crossbar starts others, and does not end them when it is ended.
        self._process = subprocess.Popen(
            command, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            universal_newlines=True, preexec_fn=os.setsid)
        self.said = []
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self.said.append(line)
            self._lines.put(line)
        self._lines.put(None)

    def until(self, words):
        """Waits for a line with these words."""
        while True:
            line = self._lines.get(timeout=PATIENCE)
            if line is None or 'could not install' in line:
                raise RuntimeError('no line with {!r}: {}'.format(words, ''.join(self.said)))
            if words in line:
                return

    def stop(self):
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        shutil.rmtree(self._folder)


class Player(ApplicationSession):
    """A browser, for the router: logs in with the secret that all browsers of the original share."""

    def onConnect(self):
        self.join('realm1', ['wampcra'], str(self.config.extra['user']))

    def onChallenge(self, challenge):
        return auth.compute_wcs(b'nopassword', challenge.extra['challenge'].encode('utf8')).decode('ascii')

    def onJoin(self, details):
        self.config.extra['joined'].set_result(self)


async def play(service, user):
    loop = asyncio.get_event_loop()
    joined = loop.create_future()
    config = ComponentConfig('realm1', {'user': user, 'joined': joined})
    factory = WampWebSocketClientFactory(lambda: Player(config), url='ws://127.0.0.1:{}/ws'.format(service.port))
    factory.loop = loop
    await loop.create_connection(factory, '127.0.0.1', service.port)
    return await asyncio.wait_for(joined, PATIENCE)


class OriginalModelService(unittest.TestCase):
    def setUp(self):
        self.server = GamesApi()
        self.addCleanup(self.server.stop)
        self.api = GamesAPIClient(url=self.server.url, auth=STAFF)
        game = self.api.games.create({'name': 'div', 'slug': 'div'})
        phase = self.api.phases.create({'game': game.id, 'name': 'Play', 'order': 1})
        roles = [self.api.roles.create({'game': game.id, 'name': name}) for name in ('Dividend', 'Divisor')]
        self.run_row = self.api.runs.create({'game': game.id, 'name': 'default', 'phase': phase.id})
        self.world = self.api.worlds.create({'run': self.run_row.id, 'name': 'World 1'})
        self.users = []
        for name, role in zip('ab', roles):
            user = self.api.users.create({'email': '{}@div.edu'.format(name), 'password': name, 'first_name': name, 'last_name': name})
            self.api.runusers.create({'user': user.id, 'run': self.run_row.id, 'world': self.world.id, 'role': role.id})
            self.users.append(user.id)
        scenario = self.api.scenarios.create({'world': self.world.id, 'name': 'World Scenario 1'})
        self.period = self.api.periods.create({'scenario': scenario.id, 'order': 1})

    def test_a_period_is_played(self):
        service = ModelService(self.server.url)
        self.addCleanup(service.stop)
        service.until('Game `div` installed')
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        asyncio.set_event_loop(loop)
        txaio.config.loop = loop
        loop.run_until_complete(asyncio.wait_for(self.play(service), 2 * PATIENCE))
        result = self.api.results.get(period=self.period.id)
        self.assertEqual(result.data, {'quotient': 2.4})
        hooks = sorted(hook.event for hook in self.api.hooks.all())
        self.assertEqual(hooks, ['div.*', 'user.*'])

    async def play(self, service):
        players = [await play(service, user) for user in self.users]
        result = asyncio.get_event_loop().create_future()

        def changed(*arguments, **keywords):
            pk, resource, row = arguments
            if resource == 'result' and row['data'] and not result.done():
                result.set_result(row)

        world = '{}.model.world.{}'.format(ROOT, self.world.id)
        await players[0].subscribe(changed, '{}.update_child'.format(world), SubscribeOptions(match='prefix'))
        await players[0].subscribe(changed, '{}.add_child'.format(world), SubscribeOptions(match='prefix'))
        tree = await players[0].call('{}.get_scope_tree'.format(world))
        self.assertEqual(tree['data']['name'], 'World 1')
        self.assertEqual([child['resource_name'] for child in tree['children']], ['scenario'])
        submit = '{}.model.period.{}.submit_decision'.format(ROOT, self.period.id)
        for player, operand in zip(players, ('12', 5)):
            self.assertEqual(await player.call(submit, operand), 'ok')
        # What the games API told by webhook came to the players through the router.
        row = await result
        self.assertEqual((row['period'], row['data']), (self.period.id, {'quotient': 2.4}))
        for player in players:
            player.leave()


if __name__ == '__main__':
    unittest.main()
