"""How the model service itself comes onto Crossbar.io: by each method, and over TLS."""

import asyncio
import os
import tempfile
import unittest

from classroom import Classroom
from player import Player
from processes import CRA, CRA_SECRET, KEY, PRIVATE_KEY, TICKET, UNNAMED, run_on


class ServiceLogin(Classroom):
    games = ('calc',)

    @classmethod
    def start_service(cls):
        """Each test starts one of its own."""
        cls.service = None

    async def serves(self, *flags, **login):
        """It gets in, and calls reach it."""
        service = run_on(self.crossbar, self.api, *flags, **login)
        try:
            await asyncio.to_thread(service.line_with, 'ready http://')
            somebody = await Player.join(self.crossbar, UNNAMED, UNNAMED, path=UNNAMED)
            self.assertTrue(await somebody.session.call('world.simpl.sims.calc.ready'))
            await somebody.leave()
        finally:
            service.end()

    async def is_refused(self, *flags, words, **login):
        """It ends with code 2, and says this."""
        service = run_on(self.crossbar, self.api, *flags, **login)
        code = await asyncio.to_thread(service.ended)
        said = ''.join(service.lines)
        service.end()
        self.assertEqual(code, 2, said)
        for sentence in words:
            self.assertIn(sentence, said)
        self.assertNotIn(login.get('secret', TICKET), said)

    async def test_it_signs_with_a_secret_that_is_not_sent(self):
        at = {'router': self.crossbar.url(CRA), 'method': 'wampcra'}
        await self.serves(**at, secret=CRA_SECRET)
        taught = ('does not let the service in (WampCra, authid `modelservice`)', 'SIMPL_FOREIGN_ROUTER_SECRET')
        await self.is_refused(**at, secret='hunter2', words=taught)

    async def test_it_signs_with_a_key(self):
        at = {'router': self.crossbar.url(KEY), 'method': 'cryptosign'}
        await self.serves(**at, secret=PRIVATE_KEY)
        await self.is_refused(**at, secret='00' * 32, words=('does not let the service in (CryptoSign', 'SIMPL_FOREIGN_ROUTER_SECRET'))
        await self.is_refused(**at, secret='hunter2', words=('32 bytes in hexadecimal',))

    async def test_by_a_method_that_the_path_does_not_have_it_does_not_get_in(self):
        await self.is_refused(router=self.crossbar.url(CRA), words=('does not let the service in (Ticket', '--router-auth'))

    async def test_over_tls_the_operators_own_authority_counts(self):
        here = self.crossbar.secure_url('127.0.0.1')
        await self.serves('--router-ca-file', self.crossbar.authority, router=here)

    async def test_a_router_that_does_not_prove_who_it_is_is_not_told_the_ticket(self):
        here, elsewhere = (self.crossbar.secure_url(host) for host in ('127.0.0.1', 'localhost'))
        trusting = ('--router-ca-file', self.crossbar.authority)
        await self.is_refused(router=here, words=('does not prove', '--router-ca-file'))
        await self.is_refused(*trusting, router=elsewhere, words=('does not prove', 'localhost'))

    async def test_a_file_without_an_authority_is_named(self):
        here = self.crossbar.secure_url('127.0.0.1')
        with tempfile.TemporaryDirectory() as folder:
            empty = os.path.join(folder, 'empty.pem')
            with open(empty, 'wb'):
                pass
            for file in (empty, os.path.join(folder, 'missing.pem')):
                await self.is_refused('--router-ca-file', file, router=here, words=('-----BEGIN CERTIFICATE', file))
        await self.is_refused('--router-ca-file', self.crossbar.authority, words=('wss://', 'ca_file'))


if __name__ == '__main__':
    unittest.main()
