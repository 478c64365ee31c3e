"""Who stays on Crossbar.io while the model service goes and comes back hears of it, and plays on."""

import asyncio
import signal
import unittest

from classroom import Classroom
from player import Player
from processes import KILLER


class Staying(Classroom):
    games = ('cournot',)

    async def plays_on_when(self, service_is_lost):
        """A round, in the middle of which the service is lost. Returns the number of the last change before that, and the one that is told then."""
        one, beside, *others = await self.table_of('cournot')
        world = 'world.{}'.format(one.world)
        await beside.listen(world)
        period = await one.period()
        await one.submit(period, 7)
        self.assertEqual(await beside.hears_data_of('decision'), {})
        before = (await beside.call(world + '.get_scope_tree'))['rev']

        await service_is_lost()
        told = await beside.hears_rev_of('world')
        tree = await beside.call(world + '.get_scope_tree')
        self.assertEqual(told, tree['rev'])
        playing = next(child for child in tree['children'][0]['children'] if child['pk'] == period)
        decided = [child['data']['data'] for child in playing['children'] if child['resource_name'] == 'decision']
        self.assertEqual(decided, [{}], 'it is stored, and still hidden')

        for seat in (beside, *others):
            self.assertTrue(seat.session.is_attached())
            self.assertEqual(await seat.submit(period, 3), 'ok')
        await beside.hears_data_of('result')
        shown = []
        while {'quantity': 7.0} not in shown:
            shown.append(await beside.hears_data_of('decision'))
        return before, told

    async def test_when_the_session_of_the_service_was_ended(self):
        killer = await Player.join(self.crossbar, KILLER, KILLER, path=KILLER)
        self.addAsyncCleanup(self.part, killer)
        lost, again = (self.times_said(words) + 1 for words in ('the router was lost', 'on the router again'))

        async def end_its_session():
            of_service = await killer.session.call('wamp.session.list', ['modelservice'])
            self.assertEqual(len(of_service), 1)
            await killer.session.call('wamp.session.kill', of_service[0])
            await asyncio.to_thread(self.service.line_with, 'the router was lost', lost)
            await asyncio.to_thread(self.service.line_with, 'on the router again', again)

        before, told = await self.plays_on_when(end_its_session)
        self.assertEqual(told, before, 'nothing has changed meanwhile')

    async def test_when_the_service_was_killed_and_started_anew(self):
        async def kill_it():
            await asyncio.to_thread(self.service.end, signal.SIGKILL)
            await asyncio.to_thread(self.start_service)

        before, told = await self.plays_on_when(kill_it)
        self.assertGreater(told, before + 1, 'who counts changes sees a gap')


if __name__ == '__main__':
    unittest.main()
