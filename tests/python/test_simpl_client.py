"""`simpl-client` from PyPI does against our games API what games and front ends of the original do with it."""

import functools
import hashlib
import hmac
import unittest

from clients import ASYNCHRONOUS, SYNCHRONOUS, done, exceptions, on_a_loop
from games_api import STAFF, GamesApi, Receiver


class Contract:
    """The tests; each of the two clients goes through all of them, against a games API of its own."""

    client = None

    @classmethod
    def setUpClass(cls):
        cls.server = GamesApi()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def log_in(self, user=STAFF):
        return self.client(url=self.server.url, auth=user)

    def setUp(self):
        self.api = self.log_in()
        self.slug = self.id().rsplit('.', 1)[-1].replace('_', '-')[:100]

    async def seed(self):
        """The default environment of the division game, made as its management command makes it: each row only where it is missing."""
        api = self.api
        game = await done(api.games.get_or_create(name=self.slug, slug=self.slug))
        play = await done(api.phases.get_or_create(game=game.id, name='Play', defaults={'order': 1}))
        await done(api.phases.get_or_create(game=game.id, name='Debrief', defaults={'order': 2}))
        roles = [await done(api.roles.get_or_create(game=game.id, name=name)) for name in ('Dividend', 'Divisor')]
        run = await done(api.runs.get_or_create(game=game.id, name='default', defaults={'phase': play.id}))
        world = await done(api.worlds.get_or_create(run=run.id, name='World 1', defaults={'external_ids': [[1, 2]]}))
        seats = []
        for at, role in enumerate(roles):
            user = await done(api.users.get_or_create(email='s{}@{}.edu'.format(at, self.slug), defaults={
                'password': 's{}'.format(at), 'first_name': 'Student{}'.format(at), 'last_name': 'User'}))
            seats.append(await done(api.runusers.get_or_create(user=user.id, run=run.id, defaults={
                'world': world.id, 'role': role.id})))
        scenario = await done(api.scenarios.get_or_create(world=world.id, name='World Scenario 1'))
        period = await done(api.periods.get_or_create(scenario=scenario.id, order=1))
        return {'game': game, 'phase': play, 'roles': roles, 'run': run, 'world': world, 'seats': seats,
                'scenario': scenario, 'period': period}

    @on_a_loop
    async def test_get_or_create_seeds_once_however_often_it_runs(self):
        first = await self.seed()
        second = await self.seed()
        for name in ('game', 'phase', 'run', 'world', 'scenario', 'period'):
            self.assertEqual(first[name].payload, second[name].payload)
        for one, other in zip(first['roles'] + first['seats'], second['roles'] + second['seats']):
            self.assertEqual(one.payload, other.payload)
        self.assertEqual(first['world'].external_ids, [[1, 2]])
        self.assertEqual(first['seats'][0].role_name, 'Dividend')
        self.assertEqual(first['seats'][1].email, 's1@{}.edu'.format(self.slug))
        self.assertEqual(len(await done(self.api.worlds.filter(game_slug=self.slug))), 1)

    @on_a_loop
    async def test_a_period_of_the_division_game_is_played(self):
        made = await self.seed()
        period = made['period']
        for role, operand in zip(made['roles'], (12, 5)):
            decision = await done(self.api.decisions.get_or_create(
                period=period.id, role=role.id, name='decision', defaults={'data': {}}))
            decision.data = {'operand': operand}
            saved = await done(decision.save())
            self.assertEqual(saved.data, {'operand': operand})
            again = await done(self.api.decisions.get(id=decision.id))
            self.assertEqual(again.payload, saved.payload)
            self.assertGreater(saved.updated, saved.created)
        decisions = await done(self.api.decisions.filter(period=period.id))
        operands = [row.data['operand'] for row in decisions]
        self.assertEqual([row.role for row in decisions], [role.id for role in made['roles']])
        result = await done(self.api.results.create_or_update({
            'period': period.id, 'name': 'result', 'role': None, 'data': {'quotient': operands[0] / operands[1]}}))
        self.assertEqual(result.data, {'quotient': 2.4})
        changed = dict(result.payload, data={'quotient': 2.5})
        changed = await done(self.api.results.create_or_update(changed))
        self.assertEqual((changed.id, changed.data), (result.id, {'quotient': 2.5}))
        self.assertEqual(len(await done(self.api.results.filter(period__scenario__world__run=made['run'].id))), 1)

    @on_a_loop
    async def test_a_game_is_read_by_its_slug_and_saved_by_a_game_resource(self):
        made = await self.seed()
        game = await done(self.api.games.get(slug=self.slug))
        self.assertEqual(game.payload, made['game'].payload)
        self.assertEqual(game.pk, self.slug)
        game.data = {'title': 'Division'}
        self.assertEqual((await done(game.save())).data, {'title': 'Division'})

    @on_a_loop
    async def test_rows_are_deleted_with_what_is_below_them(self):
        made = await self.seed()
        decision = await done(self.api.decisions.create({'period': made['period'].id, 'name': 'decision'}))
        self.assertIsNone(await done(made['period'].delete()))
        with self.assertRaises(exceptions.ResourceNotFound):
            await done(self.api.decisions.get(id=decision.id))
        self.assertIsNone(await done(self.api.worlds.delete(made['world'].id)))
        self.assertEqual(await done(self.api.runusers.filter(run=made['run'].id)), [])
        with self.assertRaises(exceptions.ResourceNotFound):
            await done(self.api.worlds.delete(made['world'].id))

    @on_a_loop
    async def test_lists_longer_than_a_page_are_followed_to_their_end(self):
        made = await self.seed()
        names = ['decision.{}'.format(n) for n in range(1203)]
        rows = [{'period': made['period'].id, 'name': name, 'role': None} for name in names]
        await done(self.api.bulk.decisions.create(rows))
        found = await done(self.api.decisions.filter(period=made['period'].id))
        self.assertEqual([row.name for row in found], names)

    @on_a_loop
    async def test_many_rows_are_created_and_deleted_at_once(self):
        made = await self.seed()
        role = made['roles'][0].id
        period = made['period'].id
        ids = await done(self.api.bulk.results.create(
            [{'period': period, 'name': name, 'role': role, 'data': {'n': 1}} for name in 'ab'], return_ids=True))
        self.assertEqual(ids, [row.id for row in await done(self.api.results.filter(period=period))])
        self.assertIsNone(await done(self.api.bulk.results.create([{'period': period, 'name': 'c', 'role': None}])))
        with self.assertRaises(exceptions.BadRequestError):
            await done(self.api.bulk.results.create([
                {'period': period, 'name': 'd', 'role': None}, {'period': period, 'name': 'a', 'role': role}]))
        self.assertIsNone(await done(self.api.bulk.results.delete(period=period, role=role)))
        self.assertEqual([row.name for row in await done(self.api.results.filter(period=period))], ['c'])
        with self.assertRaises(exceptions.BadRequestError):
            await done(self.api.bulk.results.delete(perod=period))

    @on_a_loop
    async def test_a_scenario_is_taken_back(self):
        made = await self.seed()
        scenario = made['scenario'].id
        for order in (2, 3):
            period = await done(self.api.periods.create({'scenario': scenario, 'order': order}))
            await done(self.api.decisions.create({'period': period.id, 'name': 'decision'}))
            await done(self.api.results.create({'period': period.id, 'name': 'result'}))
        answer = await done(self.api.scenarios(id=scenario).rewind(
            last_period_order=2, delete_last_period_decisions=False))
        self.assertEqual(answer.status_code, 204)
        self.assertEqual([row.order for row in await done(self.api.periods.filter(scenario=scenario))], [1, 2])
        self.assertEqual(len(await done(self.api.decisions.filter(run=made['run'].id))), 1)
        self.assertEqual(len(await done(self.api.results.filter(run=made['run'].id))), 0)

    @on_a_loop
    async def test_a_subscription_gets_the_body_of_each_change(self):
        receiver = Receiver()
        try:
            hooks = [await done(self.api.hooks.create({'event': event, 'url': receiver.url}))
                     for event in ('{}.*'.format(self.slug), 'user.*')]
            # As the original's model service does at every start: there is one already.
            again = await done(self.api.hooks.create({'event': 'user.*', 'url': receiver.url}))
            self.assertEqual(again.payload, {'event': 'user.*', 'url': receiver.url})
            made = await self.seed()
            expected = {'game': 1, 'phase': 2, 'role': 2, 'run': 1, 'world': 1, 'user': 2, 'runuser': 2, 'scenario': 1, 'period': 1}
            came = {}
            for _ in range(sum(expected.values())):
                kind, body = receiver.next()
                self.assertEqual(kind, 'application/json')
                self.assertEqual(sorted(body), ['data', 'event', 'ref'])
                resource, action = body['event'].rsplit('.', 2)[-2:]
                prefix = 'user' if resource == 'user' else '{}.{}'.format(self.slug, resource)
                self.assertEqual(body['event'], '{}.created'.format(prefix))
                came.setdefault(resource, []).append(body['data'])
            self.assertEqual({resource: len(rows) for resource, rows in came.items()}, expected)
            for resource in ('game', 'run', 'world', 'scenario', 'period'):
                self.assertEqual(came[resource], [made[resource].payload])
            self.assertEqual(sorted(came['user'][0]), ['email', 'first_name', 'id', 'last_name'])
            made['run'].active = False
            await done(made['run'].save())
            self.assertEqual(receiver.next()[1]['data']['active'], False)
            await done(self.api.periods.delete(made['period'].id))
            body = receiver.next()[1]
            self.assertEqual(body['event'], '{}.period.deleted'.format(self.slug))
            self.assertEqual(body['data']['id'], made['period'].id)
            for hook in hooks:
                await done(self.api.hooks.delete(hook.id))
        finally:
            receiver.stop()

    @on_a_loop
    async def test_a_receiver_tells_a_true_delivery_by_its_signature(self):
        receiver = Receiver()
        try:
            hook = await done(self.api.hooks.create({'event': '{}.*'.format(self.slug), 'url': receiver.url}))
            secret = self.server.ask('GET', 'hooks/{}/secret/'.format(hook.id))['secret']
            await done(self.api.games.create({'name': self.slug, 'slug': self.slug}))
            headers, body = receiver.delivery()
            signed = dict(part.split('=', 1) for part in headers['X-Simpl-Signature'].split(','))
            said = signed['t'].encode('ascii') + b'.' + body
            expected = hmac.new(secret.encode('ascii'), said, hashlib.sha256).hexdigest()
            self.assertTrue(hmac.compare_digest(signed['v1'], expected), headers)
            await done(self.api.hooks.delete(hook.id))
        finally:
            receiver.stop()

    @on_a_loop
    async def test_refusals_raise_the_clients_own_errors(self):
        made = await self.seed()
        with self.assertRaises(exceptions.ResourceNotFound):
            await done(self.api.worlds.get(id=999999))
        with self.assertRaises(exceptions.ResourceNotFound):
            await done(self.api.games.get(slug='no-such-game'))
        with self.assertRaises(exceptions.ResourceNotFound):
            await done(self.api.worlds.get(run=made['run'].id, name='World 7'))
        with self.assertRaises(exceptions.MultipleResourcesFound):
            await done(self.api.runusers.get(run=made['run'].id))
        with self.assertRaises(exceptions.BadRequestError) as refused:
            await done(self.api.worlds.create({'run': made['run'].id, 'name': 'World 1'}))
        self.assertIn('must make a unique set', str(refused.exception))
        with self.assertRaises(exceptions.BadRequestError) as refused:
            await done(self.api.worlds.create({'run': 999999, 'name': 'World 2'}))
        self.assertIn('object does not exist', str(refused.exception))
        with self.assertRaises(exceptions.NotAuthenticatedError):
            await done(self.log_in(('s0@{}.edu'.format(self.slug), 'wrong')).worlds.all())
        # A player may not subscribe.
        player = self.log_in(('s0@{}.edu'.format(self.slug), 's0'))
        with self.assertRaises(exceptions.NotAuthenticatedError):
            await done(player.hooks.create({'event': 'user.*', 'url': 'http://127.0.0.1:9/'}))

    @on_a_loop
    async def test_the_server_of_a_front_end_logs_a_player_in(self):
        made = await self.seed()
        email = 's0@{}.edu'.format(self.slug)
        # As somebody with an address and a password, before anything is known of them.
        user = await done(self.log_in((email, 's0')).users.get(email=email))
        seat = await done(self.log_in((email, 's0')).runusers.get(user=user.id, game_slug=self.slug))
        self.assertEqual(seat.payload, made['seats'][0].payload)
        self.assertEqual((seat.leader, seat.world), (False, made['world'].id))
        # As staff, for the page.
        runs = await done(self.api.runs.filter(active=True, game_slug=self.slug))
        self.assertEqual([row.id for row in runs], [made['run'].id])
        seats = await done(self.api.runusers.filter(user=user.id, game_slug=self.slug))
        self.assertEqual([row.id for row in seats], [seat.id])

    @on_a_loop
    async def test_a_router_asks_who_somebody_is(self):
        made = await self.seed()
        email = 's0@{}.edu'.format(self.slug)
        user = made['seats'][0].user
        url = '{}authcheck/'.format(self.server.url)
        check = functools.partial(self.api.authcheck.request, 'post', url)
        for who in ({'authid': user}, {'email': email}):
            answer = await done(check(json=dict(who, password='s0')))
            self.assertEqual((answer.status_code, answer.data), (200, {'authid': user, 'email': email}))
            with self.assertRaises(exceptions.BadRequestError):
                await done(check(json=dict(who, password='wrong')))

    @on_a_loop
    async def test_a_user_is_changed_and_keeps_the_password(self):
        made = await self.seed()
        user = await done(self.api.users.get(id=made['seats'][0].user))
        self.assertNotIn('password', user.payload)
        user.first_name = 'Ada'
        await done(user.save())
        seat = await done(self.api.runusers.get(id=made['seats'][0].id))
        self.assertEqual(seat.first_name, 'Ada')
        player = self.log_in((user.email, 's0'))
        self.assertEqual((await done(player.users.get(id=user.id))).first_name, 'Ada')


class Synchronous(Contract, unittest.TestCase):
    client = SYNCHRONOUS


class Asynchronous(Contract, unittest.TestCase):
    client = ASYNCHRONOUS


if __name__ == '__main__':
    unittest.main()
