"""A router for a test: the real binary, over WebSocket and RawSocket."""

import os
import shutil
import subprocess
import tempfile

_REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
_BINARY = os.path.join(_REPOSITORY, os.environ.get('MODELSERVICE_BIN', 'target/debug/modelservice'))


class Router:
    """`modelservice router` on free ports and a unix socket: with these settings, or open to this machine."""

    def __init__(self, settings=None):
        self._folder = tempfile.mkdtemp(prefix='router-')
        self.unix = os.path.join(self._folder, 'wamp.sock')
        command = [_BINARY, 'router', '--listen', '127.0.0.1:0', '--rawsocket', '127.0.0.1:0', '--rawsocket-unix', self.unix]
        if settings is None:
            command.append('--open')
        else:
            with open(os.path.join(self._folder, 'settings.toml'), 'w', encoding='utf-8') as file:
                file.write(settings)
        # What it says is kept in a file: a pipe that nobody reads would stop it.
        self._said = open(os.path.join(self._folder, 'said'), 'w+', encoding='utf-8')
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._said, cwd=self._folder, universal_newlines=True)
        line = self._process.stdout.readline()
        self._said.seek(0)
        places = [words[1] for words in map(str.split, self._said) if words[:1] == ['rawsocket']]
        if not line.startswith('ready http://') or len(places) != 1:
            self.stop()
            raise RuntimeError('expected an address of RawSocket and a line `ready <address>` from {}, got {!r}'.format(_BINARY, line))
        self.host, port = line[len('ready http://'):].strip().strip('/').split(':')
        self.port = int(port)
        self.websocket = 'ws://{}:{}/ws'.format(self.host, self.port)
        self.rawsocket = places[0]
        self.rawsocket_port = int(places[0].rsplit(':', 1)[1])
        self.addresses = {'websocket': self.websocket, 'rawsocket': self.rawsocket, 'unix': 'unix+rs://' + self.unix}

    def stop(self):
        self._process.terminate()
        self._process.wait(30)
        self._process.stdout.close()
        self._said.close()
        shutil.rmtree(self._folder)
