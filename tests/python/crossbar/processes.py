"""Crossbar.io with the configuration of this folder, and a model service on it: the real programs, on free ports."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

from autobahn.wamp.cryptosign import CryptosignKey

import certificates

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(_FOLDER)))
BINARY = os.path.join(_REPOSITORY, os.environ.get('MODELSERVICE_BIN', 'target/debug/modelservice'))
# What the configuration has for the service.
AUTHID, TICKET = 'modelservice', 'change this'
# Whom the tests add to it: somebody who may call and of whom nobody is told who it is, as an operator may forget it; and somebody who may end sessions.
UNNAMED, KILLER = 'unnamed', 'killer'
# What else the service may come in with, at paths of their own: the path, and what goes with it.
CRA, CRA_SECRET = 'service-cra', 'a secret that is not sent'
KEY, PRIVATE_KEY = 'service-key', '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
# How long a program may take to start, in seconds.
PATIENCE = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Program:
    """A program in a process group of its own, whose lines are read as they come."""

    def __init__(self, command, **options):
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, start_new_session=True, **options)
        self.lines = []
        self._news = threading.Condition()
        self._over = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()
        with self._news:
            self._over = True
            self._news.notify_all()

    def line_with(self, words, count=1):
        """The line in which these words come for the `count`-th time, when it does."""
        found = lambda: [line for line in self.lines if words in line]  # noqa: E731
        with self._news:
            came = self._news.wait_for(lambda: len(found()) >= count or self._over, PATIENCE)
            if not came or len(found()) < count:
                raise RuntimeError('expected {!r} {} times from it, got: {}'.format(words, count, ''.join(self.lines[-40:])))
            return found()[count - 1]

    def ended(self):
        """Its exit code, when it has ended by itself."""
        code = self._process.wait(PATIENCE)
        self._reader.join()
        return code

    def end(self, how=signal.SIGTERM):
        """Ends it with all that it has started."""
        try:
            os.killpg(self._process.pid, how)
        except ProcessLookupError:
            pass
        self._process.wait(PATIENCE)
        self._reader.join()
        self._process.stdout.close()


def add_ways_in(worker, secure_port):
    """Adds to a configuration what the tests need besides."""
    def websocket(method, key, **principal):
        return {'type': 'websocket', 'auth': {method: {'type': 'static', key: principal}}}

    roles, transport = worker['realms'][0]['roles'], worker['transports'][0]
    for role, uri in ((UNNAMED, 'world.simpl.sims.'), (KILLER, 'wamp.session.')):
        roles.append({'name': role, 'permissions': [{'uri': uri, 'match': 'prefix', 'allow': {'call': True}}]})
        transport['paths'][role] = websocket('ticket', 'principals', **{role: {'role': role, 'ticket': role}})
    public = CryptosignKey.from_bytes(bytes.fromhex(PRIVATE_KEY)).public_key()
    transport['paths'][CRA] = websocket('wampcra', 'users', **{AUTHID: {'role': AUTHID, 'secret': CRA_SECRET}})
    transport['paths'][KEY] = websocket('cryptosign', 'principals', **{AUTHID: {'role': AUTHID, 'authorized_keys': [public]}})
    secure = {
        'type': 'tcp', 'interface': '127.0.0.1', 'port': secure_port,
        'tls': {'certificate': certificates.CERTIFICATE, 'key': certificates.KEY},
    }
    service = transport['paths']['service']
    worker['transports'].append({'type': 'web', 'endpoint': secure, 'paths': {'/': {'type': 'path', 'paths': {}}, 'service': service}})


class Crossbar:
    """`crossbar start` on a free port, which it keeps when it is started again."""

    def __init__(self):
        self._folder = tempfile.mkdtemp(prefix='crossbar-')
        self.port = free_port()
        with open(os.path.join(_FOLDER, 'config.json'), encoding='utf-8') as file:
            config = json.load(file)
        worker = config['workers'][0]
        worker['transports'][0]['endpoint']['port'] = self.port
        self.secure_port = free_port()
        self.authority = certificates.make(self._folder)
        add_ways_in(worker, self.secure_port)
        with open(os.path.join(self._folder, 'config.json'), 'w', encoding='utf-8') as file:
            json.dump(config, file)
        self.start()

    def url(self, path):
        return 'ws://127.0.0.1:{}/{}'.format(self.port, path)

    def secure_url(self, host):
        return 'wss://{}:{}/service'.format(host, self.secure_port)

    def start(self):
        program = os.path.join(os.path.dirname(sys.executable), 'crossbar')
        self._program = Program([program, 'start', '--cbdir', self._folder], cwd=self._folder)
        try:
            self._program.line_with('local node configuration ran successfully')
        except RuntimeError:
            self.stop()
            raise

    def kill(self):
        self._program.end(signal.SIGKILL)
        # It would take what the killed one has left for one that runs.
        left = os.path.join(self._folder, 'node.pid')
        if os.path.exists(left):
            os.remove(left)

    def stop(self):
        self._program.end(signal.SIGKILL)
        shutil.rmtree(self._folder)


def run_on(crossbar, api, *flags, method='ticket', secret=TICKET, router=None):
    """`modelservice run` on that router, which may not be ready yet. With a key it needs no name."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith('SIMPL_')}
    environment.update(
        SIMPL_API_PASSWORD='simpl',
        SIMPL_FOREIGN_ROUTER_SECRET=secret,
        SIMPL_FOREIGN_ROUTER_AUTHENTICATOR='modelservice.authenticate',
        SIMPL_FOREIGN_ROUTER_AUTHORIZER='modelservice.authorize',
        SIMPL_WAMP_CRA_KEY='0123456789abcdef0123456789abcdef',
    )
    command = [BINARY, 'run', '--listen', '127.0.0.1:0', '--api-url', api.url, '--router', router or crossbar.url('service')]
    command += ['--router-auth', method, *flags]
    if method != 'cryptosign':
        command += ['--router-authid', AUTHID]
    return Program(command, env=environment, cwd=tempfile.gettempdir())


def status(url):
    """The status of an answer over HTTP."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def seed(api, game):
    """A class with logins that are known."""
    environment = dict(os.environ, SIMPL_API_PASSWORD='simpl')
    command = [BINARY, 'create-default-env', '--game', game, '--api-url', api.url]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE)
