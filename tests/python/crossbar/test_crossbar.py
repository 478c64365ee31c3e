"""The model service on Crossbar.io: a class plays there, and nobody hears or does what is not theirs."""

import asyncio
import hashlib
import hmac
import unittest

from classroom import Classroom
from games_api import GamesApi
from player import PATIENCE, Player, Refused
from processes import UNNAMED, run_on, seed, status

from autobahn.wamp.exception import ApplicationError

CRA_KEY = b'0123456789abcdef0123456789abcdef'


class OnCrossbar(Classroom):
    games = ('div', 'cournot')

    async def class_of(self):
        """Two at one table, and one at another."""
        one = await self.join('s1', 'div')
        others = [await self.join(name, 'div') for name in ('s2', 's3', 's4')]
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
        one, beside, *others = await self.table_of('cournot')
        await beside.listen('world.{}'.format(one.world))
        period = await one.period()
        await one.submit(period, 7)
        self.assertEqual(await beside.hears_data_of('decision'), {})
        for seat in (beside, *others):
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
        one = await self.join('s1', 'div')
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
        one = await self.join('s4', 'div')
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
        before = await self.join('s1', 'div')
        period = await before.period()
        times = self.times_said('on the router again')
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
            program = run_on(self.crossbar, self.api, *flags, secret=ticket, router=router)
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
