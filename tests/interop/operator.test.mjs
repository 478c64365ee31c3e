// What an operator meets: starting, stopping, bad settings, the default environment.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { GamesApi, STAFF } from './lib/games-api.mjs';
import { Seat } from './lib/seat.mjs';
import { folder, run, startDev } from './lib/service.mjs';

const STOPS_WITHIN = 5_000;

function file(t, name, text) {
  const written = path.join(folder(t), name);
  writeFileSync(written, text, { mode: 0o600 });
  return written;
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} says goodbye to clients and ends with code 0 within 5 s`, { timeout: 60_000 }, async t => {
    const service = await startDev(t, folder(t));
    assert.equal(service.stdout, `ready http://${service.address}/\n`, 'standard output has one line');
    for (const route of ['healthz', 'readyz']) assert.equal((await fetch(service.url + route)).status, 200, route);
    const player = await Seat.join(t, service, 's1');

    const asked = performance.now();
    const [{ code }, { reason }] = await Promise.all([service.stop(signal), player.closed]);
    assert.equal(code, 0, service.stderr);
    assert.ok(performance.now() - asked < STOPS_WITHIN, `took ${performance.now() - asked} ms`);
    assert.match(reason, /^wamp\.close\./);
  });
}

/** One readable message that matches `expected`, exit code 2, no trace of a panic. */
function assertRefused({ code, stdout, stderr }, expected) {
  assert.equal(code, 2, stderr);
  assert.equal(stdout, '');
  assert.doesNotMatch(stderr, /panicked|backtrace|RUST_BACKTRACE/i);
  for (const word of expected) assert.match(stderr, word);
  assert.equal(stderr.match(/^error: /gm)?.length, 1, `one message:\n${stderr}`);
}

test('an unknown key in the settings is named', { timeout: 60_000 }, async t => {
  for (const text of ['colour = "red"\n', '[service]\ncolour = "red"\n']) {
    assertRefused(await run(['run', '--settings', file(t, 'settings.toml', text)]), [/colour/, /settings\.toml/]);
  }
});

test('a setting of the wrong type is named, with what was expected', { timeout: 60_000 }, async t => {
  const settings = file(t, 'settings.toml', '[turns]\nmailbox = "many"\n');
  assertRefused(await run(['run', '--settings', settings]), [/settings\.toml/, /mailbox/, /many/, /expected/]);
  const env = { SIMPL_TURNS_MAILBOX: 'many' };
  assertRefused(await run(['run', '--settings', file(t, 'settings.toml', '')], { env }), [/SIMPL_TURNS_MAILBOX/, /many/, /expected/]);
});

test('a settings file that is not there is named', { timeout: 60_000 }, async t => {
  assertRefused(await run(['run', '--settings', path.join(folder(t), 'absent.toml')]), [/absent\.toml/]);
});

test('a port that is taken is named', { timeout: 60_000 }, async t => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  t.after(() => holder.close());
  const taken = `127.0.0.1:${holder.address().port}`;
  assertRefused(await run(['dev', '--listen', taken, '--api-listen', '127.0.0.1:0', '--data', folder(t)]), [new RegExp(taken)]);
  assertRefused(await run(['games-api', '--listen', taken, '--data', folder(t)]), [new RegExp(taken)]);
});

test('a games API that cannot be reached is named by its URL', { timeout: 60_000 }, async t => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const url = `http://127.0.0.1:${holder.address().port}/apis/`;
  holder.close();
  await once(holder, 'close');
  const secret = file(t, 'password', 'simpl');
  assertRefused(await run(['run', '--listen', '127.0.0.1:0', '--api-url', url, '--api-user', STAFF.email, '--api-password-file', secret]), [new RegExp(url)]);
});

test('a wrong password for the games API is told, without the password', { timeout: 60_000 }, async t => {
  const service = await startDev(t, folder(t));
  const secret = file(t, 'password', 'open-sesame');
  const refused = await run(['run', '--listen', '127.0.0.1:0', '--api-url', service.api, '--api-user', STAFF.email, '--api-password-file', secret]);
  assertRefused(refused, [/password/, new RegExp(service.api)]);
  assert.doesNotMatch(refused.stderr, /open-sesame/);
});

test('create-default-env seeds once, and resets only when it may', { timeout: 120_000 }, async t => {
  const service = await startDev(t, folder(t));
  const api = new GamesApi(service.api);
  const secret = file(t, 'password', STAFF.password);
  const create = (...args) => run(['create-default-env', '--api-url', service.api, '--api-user', STAFF.email, '--api-password-file', secret, ...args]);
  const rows = async () => Object.fromEntries(await Promise.all(
    ['games', 'phases', 'roles', 'runs', 'worlds', 'runusers', 'scenarios', 'periods', 'decisions', 'results', 'users'].map(async name => [name, await api.list(name)])));

  const before = await rows();
  const again = await create('--game', 'div');
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(await rows(), before, 'twice changes nothing');

  const unasked = await create('--reset');
  assert.notEqual(unasked.code, 0);
  assert.match(unasked.stderr, /--yes/);
  assert.deepEqual(await rows(), before, 'without a terminal and without --yes nothing is deleted');

  const reset = await create('--reset', '--yes');
  assert.equal(reset.code, 0, reset.stderr);
  const after = await rows();
  assert.notEqual(after.runs[0].id, before.runs[0].id);
  const names = found => Object.fromEntries(Object.entries(found).map(([resource, list]) => [resource, list.map(row => row.name ?? row.email ?? row.order)]));
  assert.deepEqual(names(after), names(before));
});
