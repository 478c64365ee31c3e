"""PyPI autobahn and xconn come in by every method of authentication that they have, over every serializer and transport, as users of the settings."""

import base64
import hashlib
import unittest

from autobahn.wamp.auth import create_authenticator
from wampproto import auth
from wampproto.exception import ApplicationError
from xconn.client import Client

import test_clients as clients
from router import Router

SALT = 'salt of cat'
DERIVED = base64.b64encode(hashlib.pbkdf2_hmac('sha256', b'password of cat', SALT.encode(), 1000, 32)).decode()
PRIVATE = '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510'
PUBLIC = '1adfc8bfe1d35616e64dffbd900096f23b066f914c8c2ffbb66f6075b96e116d'

SETTINGS = f"""
[router.realms.realm1]
anonymous = "guest"
wrong_logins = 1000
[router.realms.realm1.users]
ann = {{ role = "user", ticket = "ticket of ann" }}
bob = {{ role = "user", secret = "secret of bob" }}
cat = {{ role = "user", secret = "{DERIVED}", salt = "{SALT}", iterations = 1000 }}
dan = {{ role = "user", keys = ["{PUBLIC}"] }}
[router.realms.realm1.roles]
user = [{{ uri = "wamp.session.get", allow = ["call"] }}]
guest = [{{ uri = "wamp.session.get", allow = ["call"] }}]
"""

# Who comes in how, with what, and with what they may not.
LOGINS = [
    ('ann', 'ticket', 'ticket of ann', 'ticket of bob'),
    ('bob', 'wampcra', 'secret of bob', 'secret of ann'),
    ('cat', 'wampcra', 'password of cat', 'password of bob'),
    ('dan', 'cryptosign', PRIVATE, '11' * 32),
]

# What autobahn calls what it shows or signs with.
KEYWORDS = {'ticket': 'ticket', 'wampcra': 'secret', 'cryptosign': 'privkey'}
XCONN = {'ticket': auth.TicketAuthenticator, 'wampcra': auth.WAMPCRAAuthenticator, 'cryptosign': auth.CryptoSignAuthenticator}

REFUSED = 'wamp.error.not_authorized'


class Logins(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.router = Router(SETTINGS)
        self.addCleanup(self.router.stop)

    def is_who(self, session, authid, authrole, method):
        """Holds what the router says of a session against this."""
        self.assertEqual((session['authrole'], session['authmethod']), (authrole, method))
        if authid:
            self.assertEqual(session['authid'], authid)

    async def autobahn(self, transport, serializer, authenticator=None):
        """Comes in, asks the router who that was, and leaves."""
        session = await clients.of_autobahn(self.router, transport, clients.AUTOBAHN[serializer](), authenticator)
        told = await session.call('wamp.session.get', session.details.session)
        session.leave()
        await session.gone
        return told

    async def test_autobahn_comes_in_by_every_method_that_it_has(self):
        for transport in self.router.addresses:
            for serializer in clients.AUTOBAHN:
                with self.subTest(transport=transport, serializer=serializer):
                    self.is_who(await self.autobahn(transport, serializer), None, 'guest', 'anonymous')
                    for authid, method, right, wrong in LOGINS:
                        def prove(secret):
                            return authid, create_authenticator(method, authid=authid, **{KEYWORDS[method]: secret})

                        self.is_who(await self.autobahn(transport, serializer, prove(right)), authid, 'user', method)
                        with self.assertRaises(ConnectionError) as refused:
                            await self.autobahn(transport, serializer, prove(wrong))
                        self.assertEqual(str(refused.exception), REFUSED)

    def xconn(self, transport, serializer, authenticator):
        """Likewise."""
        client = Client(authenticator, clients.XCONN[serializer]())
        session = client.connect(self.router.addresses[transport], 'realm1')
        told = session.call('wamp.session.get', [session._base_session.id]).args[0]
        session.leave()
        return told

    def test_xconn_comes_in_by_every_method_that_it_has(self):
        for transport in self.router.addresses:
            for serializer in clients.XCONN:
                with self.subTest(transport=transport, serializer=serializer):
                    guest = self.xconn(transport, serializer, auth.AnonymousAuthenticator(''))
                    self.is_who(guest, None, 'guest', 'anonymous')
                    for authid, method, right, wrong in LOGINS:
                        self.is_who(self.xconn(transport, serializer, XCONN[method](authid, right)), authid, 'user', method)
                        with self.assertRaises(ApplicationError) as refused:
                            self.xconn(transport, serializer, XCONN[method](authid, wrong))
                        self.assertIn(REFUSED, str(refused.exception))


if __name__ == '__main__':
    unittest.main()
