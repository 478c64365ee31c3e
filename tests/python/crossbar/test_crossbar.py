"""The model service on Crossbar.io: a class plays there, and nobody hears or does what is not theirs."""

import asyncio
import hashlib
import hmac
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from games_api import GamesApi  # noqa: E402
from player import PATIENCE, Player, Refused  # noqa: E402
from processes import UNNAMED, Crossbar, run_on, seed, status  # noqa: E402

from autobahn.wamp.exception import ApplicationError  # noqa: E402

CRA_KEY = b'0123456789abcdef0123456789abcdef'


class OnCrossbar(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.api = GamesApi()
        cls.addClassCleanup(cls.api.stop)
        for game in ('div', 'cournot'):
            seed(cls.api, game)
        cls.crossbar = Crossbar()
        cls.addClassCleanup(cls.crossbar.stop)
        cls.service = run_on(cls.crossbar, cls.api)
        cls.addClassCleanup(cls.service.end)
        cls.address = cls.service.line_with('ready http://').split()[1]

    async def join(self, name, game='div'):
        player = await Player.join(self.crossbar, '{}@{}.edu'.format(name, game), name, game=game)
        self.addAsyncCleanup(self.part, player)
        return await player.sit()

    async def part(self, player):
        if player.session.is_attached():
            await player.leave()

    async def class_of(self, game='div'):
        """Two at one table, and one at another."""
        one = await self.join('s1', game)
        others = [await self.join(name, game) for name in ('s2', 's3', 's4')]
        beside = next(other for other in others if other.world == one.world)
        stranger = next((other for other in others if other.world != one.world), None)
        return one, beside, stranger

    async def test_a_round_is_played_and_a_stranger_hears_nothing_of_it(self):
        one, beside, stranger = await self.class_of()
        self.assertEqual((one.details.authid, one.details.authrole), (str(one.user), 'browser'))
        for seat in (one, beside):
            await seat.listen('world.{}'.format(one.world))
        # The router lets anybody subscribe to a scope: who hears is decided when something is published.
        await stranger.listen('world.{}'.format(one.world))
        await stranger.listen('world.{}'.format(stranger.world))
        period = await one.period()
        roles = {seat: await self.role(seat) for seat in (one, beside)}
        for seat in (one, beside):
            self.assertEqual(await seat.submit(period, 12 if roles[seat] == 'Dividend' else 4), 'ok')
        for seat in (one, beside):
            self.assertEqual(await seat.hears_data_of('result'), {'quotient': 3.0})
        # Its own world is heard, so what is not heard was not published to it.
        own = await stranger.period()
        await stranger.submit(own, 5)
        self.assertEqual(await stranger.hears_data_of('decision'), {'operand': 5.0})
        self.assertEqual({named['pk'] for named in stranger.all_heard}, {stranger.world})
        # Another world's pks are nobody's to know.
        with self.assertRaises(ApplicationError) as refused:
            await stranger.submit(period, 1)
        self.assertEqual(refused.exception.error, 'wamp.error.no_such_procedure')

    async def role(self, seat):
        people = await seat.call('world.{}.get_active_runusers'.format(seat.world))
        return next(person['data']['role_name'] for person in people if person['pk'] == seat.runuser)

    async def test_a_decision_that_is_hidden_stays_so_until_the_step(self):
        one, beside, _ = await self.class_of('cournot')
        await beside.listen('world.{}'.format(one.world))
        people = await one.call('world.{}.get_active_runusers'.format(one.world))
        at_table = [one, beside]
        for name in ('s3', 's4'):
            other = await self.join(name, 'cournot')
            if other.world == one.world:
                at_table.append(other)
        self.assertEqual(len(at_table), len(people))
        period = await one.period()
        await one.submit(period, 7)
        self.assertEqual(await beside.hears_data_of('decision'), {})
        for seat in at_table[1:]:
            await seat.submit(period, 3)
        await beside.hears_data_of('result')
        shown = []
        while {'quantity': 7.0} not in shown:
            shown.append(await beside.hears_data_of('decision'))

    async def test_browsers_register_nothing_and_say_only_what_the_service_listens_to(self):
        one, beside, _ = await self.class_of()
        root = 'world.simpl.sims.div.model.'
        with self.assertRaises(ApplicationError):
            await one.session.register(lambda: 1, root + 'game.get_phases')
        with self.assertRaises(ApplicationError):
            await one.say('world.{}.update_child'.format(one.world))
        # What they say is for the service, by whatever pattern others would listen.
        for name, match in (('connected', 'exact'), ('', 'prefix'), ('', 'wildcard')):
            with self.assertRaises(ApplicationError, msg=(name, match)):
                await beside.listen('world.{}'.format(one.world), [name], match)
        with self.assertRaises(ApplicationError):
            await one.session.call('modelservice.authenticate', 'realm1', '1', {'authmethod': 'wampcra'})
        with self.assertRaises(ApplicationError):
            await one.session.call('wamp.session.list')
        await beside.listen('world.{}'.format(one.world))
        await one.say('world.{}.connected'.format(one.world))
        await beside.hears_of('runuser')

    async def test_users_sign_in_with_secrets_of_their_own_and_by_nothing_else(self):
        one = await self.join('s1')
        secret = hmac.new(CRA_KEY, 'wampcra:{}'.format(one.user).encode(), hashlib.sha256).hexdigest()
        again = await Player.join(self.crossbar, str(one.user), secret.encode(), 'wampcra')
        self.addAsyncCleanup(self.part, again)
        self.assertEqual((await again.sit()).runuser, one.runuser)
        for authid, wrong, method in (
                (str(one.user), b'nopassword', 'wampcra'),
                ('s1@div.edu', 'wrong', 'ticket'),
                ('modelservice', 'change this', 'ticket')):
            with self.assertRaises(Refused, msg=authid):
                await Player.join(self.crossbar, authid, wrong, method)

    async def test_who_is_online_is_told_when_a_session_has_ended(self):
        one, beside, _ = await self.class_of()
        await one.listen('world.{}'.format(one.world))
        await beside.leave()
        while True:
            person = await one.hears_of('runuser')
            if person['id'] == beside.runuser and not person['online']:
                break

    async def test_who_is_switched_off_is_shown_out_and_does_not_come_back(self):
        one = await self.join('s4')
        path = 'users/{}/'.format(one.user)
        self.addCleanup(self.api.ask, 'PATCH', path, {'is_active': True})
        await asyncio.to_thread(self.api.ask, 'PATCH', path, {'is_active': False})
        await asyncio.wait_for(one.session.gone, PATIENCE)
        with self.assertRaises(Refused):
            await Player.join(self.crossbar, 's4@div.edu', 's4')

    async def test_whom_the_router_does_not_name_is_told_what_to_configure(self):
        unnamed = await Player.join(self.crossbar, UNNAMED, UNNAMED, path='unnamed')
        self.addAsyncCleanup(self.part, unnamed)
        self.assertTrue(await unnamed.session.call('world.simpl.sims.div.ready'))
        with self.assertRaises(ApplicationError) as refused:
            await unnamed.call('game.get_phases')
        self.assertIn('"disclose"', refused.exception.args[0])

    async def test_play_goes_on_when_the_router_was_killed(self):
        before = await self.join('s1')
        period = await before.period()
        times = len([line for line in self.service.lines if 'on the router again' in line])
        self.crossbar.kill()
        self.service.line_with('the router was lost', times + 1)
        self.assertEqual(await asyncio.to_thread(status, self.address + 'readyz'), 503)
        await asyncio.to_thread(self.crossbar.start)
        await asyncio.to_thread(self.service.line_with, 'on the router again', times + 1)
        self.assertEqual(await asyncio.to_thread(status, self.address + 'readyz'), 200)
        one, beside, _ = await self.class_of()
        self.assertGreaterEqual(await one.period(), period)
        await beside.listen('world.{}'.format(one.world))
        await one.submit(await one.period(), 8)
        self.assertEqual(await beside.hears_data_of('decision'), {'operand': 8.0})

    async def test_what_is_wrong_is_said_when_the_service_starts(self):
        nowhere = 'ws://127.0.0.1:1/ws'
        for flags, ticket, router, words in (
                (['--realm', 'realm9'], 'change this', None, 'no realm `realm9`'),
                ([], 'hunter2', None, 'does not let the service in'),
                ([], 'change this', nowhere, 'Start the router'),
                ([], '', None, 'SIMPL_FOREIGN_ROUTER_SECRET')):
            program = run_on(self.crossbar, self.api, *flags, ticket=ticket, router=router)
            self.assertEqual(await asyncio.to_thread(program.ended), 2, words)
            said = ''.join(program.lines)
            program.end()
            self.assertIn(words, said)
            self.assertNotIn('hunter2', said)

    async def test_a_game_is_served_by_one_service(self):
        api = GamesApi()
        self.addCleanup(api.stop)
        await asyncio.to_thread(seed, api, 'div')
        second = run_on(self.crossbar, api)
        self.assertEqual(await asyncio.to_thread(second.ended), 2)
        second.end()
        self.assertIn('registered by another session', ''.join(second.lines))


if __name__ == '__main__':
    unittest.main()
