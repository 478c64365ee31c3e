"""A games API of our own for a test: the real binary on an empty folder, and somebody who receives its webhooks."""

import base64
import http.server
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import urllib.request

STAFF = ('simpl@simpl.world', 'simpl')
# How long a test waits for something that has to happen, in seconds.
PATIENCE = 30
_REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_BINARY = os.path.join(_REPOSITORY, os.environ.get('MODELSERVICE_BIN', 'target/debug/modelservice'))


class GamesApi:
    """`modelservice games-api` on a free port, with a service account."""

    def __init__(self):
        self._folder = tempfile.mkdtemp(prefix='games-api-')
        environment = dict(os.environ, SIMPL_API_PASSWORD=STAFF[1])
        command = [_BINARY, 'games-api', '--listen', '127.0.0.1:0', '--data', self._folder]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, universal_newlines=True)
        line = self._process.stdout.readline()
        if not line.startswith('ready '):
            self.stop()
            raise RuntimeError('expected a line `ready <address>` from {}, got {!r}'.format(_BINARY, line))
        self.url = line.split()[1]

    def ask(self, method, path, body=None):
        """The JSON that the service account is answered with, for what no client of the original knows."""
        login = base64.b64encode(':'.join(STAFF).encode('utf-8')).decode('ascii')
        headers = {'Authorization': 'Basic ' + login, 'Content-Type': 'application/json'}
        data = None if body is None else json.dumps(body).encode('utf-8')
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read().decode('utf-8'))

    def stop(self):
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._process.stdout.close()
        shutil.rmtree(self._folder)


class Receiver:
    """Takes webhooks, as the model service of the original does, and hands out their bodies in order."""

    def __init__(self):
        self._came = queue.Queue()
        came = self._came

        class Callback(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                came.put((self.headers, body))
                self.send_response(202)
                self.send_header('Content-Length', '0')
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self._server = http.server.HTTPServer(('127.0.0.1', 0), Callback)
        self.url = 'http://127.0.0.1:{}/callback'.format(self._server.server_port)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def delivery(self):
        """The headers and the body of the next webhook, as they came."""
        return self._came.get(timeout=PATIENCE)

    def next(self):
        """The content type and the JSON of the next webhook."""
        headers, body = self.delivery()
        return headers['Content-Type'], json.loads(body.decode('utf-8'))

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
