"""A class on Crossbar.io: the real programs, and who sits there."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from games_api import GamesApi  # noqa: E402
from player import Player  # noqa: E402
from processes import Crossbar, run_on, seed  # noqa: E402


class Classroom(unittest.IsolatedAsyncioTestCase):
    """Crossbar.io, a games API with these games, and the model service between them."""

    games = ()

    @classmethod
    def setUpClass(cls):
        cls.api = GamesApi()
        cls.addClassCleanup(cls.api.stop)
        for game in cls.games:
            seed(cls.api, game)
        cls.crossbar = Crossbar()
        cls.addClassCleanup(cls.crossbar.stop)
        cls.start_service()
        cls.addClassCleanup(cls.end_service)

    @classmethod
    def start_service(cls):
        cls.service = run_on(cls.crossbar, cls.api)
        cls.address = cls.service.line_with('ready http://').split()[1]

    @classmethod
    def end_service(cls):
        if cls.service:
            cls.service.end()

    async def join(self, name, game):
        player = await Player.join(self.crossbar, '{}@{}.edu'.format(name, game), name, game=game)
        self.addAsyncCleanup(self.part, player)
        return await player.sit()

    async def part(self, player):
        if player.session.is_attached():
            await player.leave()

    async def table_of(self, game):
        """Everybody at the table of the first player, who is the first."""
        one = await self.join('s1', game)
        at_table = [one]
        for name in ('s2', 's3', 's4'):
            other = await self.join(name, game)
            if other.world == one.world:
                at_table.append(other)
        people = await one.call('world.{}.get_active_runusers'.format(one.world))
        self.assertEqual(len(at_table), len(people))
        return at_table

    def times_said(self, words):
        """How often the service has said this."""
        return len([line for line in self.service.lines if words in line])
