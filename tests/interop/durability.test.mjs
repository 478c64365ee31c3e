// What was acknowledged is stored: the processes are killed in mid-play, and the class plays on.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { GamesApi, STAFF, rowsInFile } from './lib/games-api.mjs';
import { Seat, connect, uri } from './lib/seat.mjs';
import { folder, start, startDev } from './lib/service.mjs';

const join = (t, service, names) => Promise.all(names.map(name => Seat.join(t, service, name)));

test('after kill -9 and a new start, tree, result and current period are back, and play goes on', { timeout: 120_000 }, async t => {
  const data = folder(t);
  const before = await startDev(t, data);
  const [s1, s2] = await join(t, before, ['s1', 's2']);
  const first = await s1.period();
  await s1.submit(first.pk, '12');
  await s2.submit(first.pk, 5);
  const { id: second } = await s1.hearsOf('period', row => row.order === 2);
  await s1.submit(second, 21);
  const { rev, ...tree } = await s1.tree();
  assert.equal((await before.stop('SIGKILL')).signal, 'SIGKILL');

  const after = await startDev(t, data);
  const [p1, p2, leader] = await join(t, after, ['s1', 's2', 'leader']);
  const { rev: now, ...again } = await p1.tree();
  assert.deepEqual(again, tree);
  assert.ok(now > rev, `who stays somewhere sees a gap: ${rev}, then ${now}`);
  const periods = await p1.periods();
  assert.deepEqual(periods.map(({ order, decisions, results }) => [order, decisions.length, results.map(row => row.data)]),
    [[1, 2, [{ quotient: 2.4 }]], [2, 1, []]]);
  assert.equal(await p2.submit(second, 7), 'ok');
  for (const seat of [p1, p2, leader]) {
    assert.deepEqual((await seat.hearsOf('result', row => row.period === second)).data, { quotient: 3 });
    await seat.hearsOf('period', row => row.order === 3);
  }

  const api = new GamesApi(after.api);
  assert.deepEqual((await api.list('users')).map(user => user.email).sort(),
    ['leader@div.edu', 's1@div.edu', 's2@div.edu', 's3@div.edu', 's4@div.edu', 'simpl@simpl.world'], 'seeded once, however often it starts');
  assert.equal((await api.list('worlds')).length, 2);
});

test('a step that kill -9 cut short is made up for at the next start', { timeout: 180_000 }, async t => {
  const data = folder(t);
  for (let round = 1; round <= 5; round++) {
    const service = await startDev(t, data);
    const [s1, s2] = await join(t, service, ['s1', 's2']);
    const period = await s1.period();
    assert.equal(period.order, round);
    assert.deepEqual(await Promise.all([s1.submit(period.pk, round * 3), s2.submit(period.pk, 2)]), ['ok', 'ok']);
    await service.stop('SIGKILL'); // at once: the step may have begun, or be half written
  }
  const service = await startDev(t, data);
  const [s1] = await join(t, service, ['s1']);
  const periods = await s1.untilPeriods('a sixth period', found => found.length === 6);
  assert.deepEqual(periods.map(({ decisions, results }) => [decisions.length, results.map(row => row.data.quotient)]),
    [[2, [1.5]], [2, [3]], [2, [4.5]], [2, [6]], [2, [7.5]], [0, []]]);
});

test('while the games API is away, submissions fail and are not acknowledged; the next one after succeeds', { timeout: 180_000 }, async t => {
  const data = folder(t);
  await (await startDev(t, data)).stop(); // seeds the users and the run
  const secret = path.join(folder(t), 'password');
  writeFileSync(secret, `${STAFF.password}\n`, { mode: 0o600 });

  const gamesApi = await start(t, ['games-api', '--listen', '127.0.0.1:0', '--data', data]).ready();
  const model = await start(t, ['run', '--listen', '127.0.0.1:0', '--api-url', gamesApi.url, '--api-user', STAFF.email, '--api-password-file', secret]).ready();
  const [s1, s2, leader] = await join(t, model, ['s1', 's2', 'leader']);
  const period = await s1.period();
  assert.equal(await s1.submit(period.pk, 12), 'ok');

  await gamesApi.stop('SIGKILL');
  for (const seat of [s2, s1]) {
    const refusal = await seat.refused(uri('period', period.pk, 'submit_decision'), [4]);
    assert.match(refusal.uri, /^(wamp|application)\.error\./);
    assert.match(refusal.sentence, /\S+ \S+ \S+ \S+/, 'a sentence that a player can read');
    assert.doesNotMatch(refusal.sentence, /hyper|reqwest|tcp connect|os error/i, 'in words of the game, not of a library');
  }
  const away = await connect(model, 's3@div.edu', 's3').then(({ connection }) => connection.close(), refusal => refusal.reason);
  assert.notEqual(away, 'wamp.error.not_authorized', 'nobody is told that a right password is wrong');

  await start(t, ['games-api', '--listen', gamesApi.address, '--data', data]).ready();
  const stored = rowsInFile(data, `SELECT data FROM decision WHERE period = ${period.pk}`);
  assert.deepEqual(stored.map(row => JSON.parse(row.data).operand), [12], 'what failed was not stored');
  assert.equal(await s2.submit(period.pk, 3), 'ok', 'without a new start of the model service');
  for (const seat of [s1, s2, leader]) assert.deepEqual((await seat.hearsOf('result', row => row.period === period.pk)).data, { quotient: 4 });
  await s1.hearsOf('period', row => row.order === 2);
});
