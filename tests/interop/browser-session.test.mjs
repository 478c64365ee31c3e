// A leader and two players at an unmodified front end of the original: what their browsers said is said again to `modelservice dev` with
// compat, and every message that they heard is heard again. The front end itself cannot be installed here; this is a replay of its frames.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PRESENCE } from './differences.mjs';
import { GamesApi } from './lib/games-api.mjs';
import { Line, Replay, played, signature } from './lib/replay.mjs';
import { folder, startDev } from './lib/service.mjs';
import { Names, read } from './lib/trace.mjs';

/** The pages come from the front end's own server, on another port of the same machine. */
const ORIGIN = 'http://127.0.0.1:8300';
const TABLES = ['phases', 'roles', 'runs', 'worlds', 'runusers', 'scenarios', 'periods', 'decisions', 'results'];

/** What ours says otherwise, and why. */
const DIFFERENCES = [
  {
    why: 'a tree was left out of the recording, which says only how long it was: it has the shape of every tree',
    concerns: ({ leftOut }) => leftOut,
    instead: ({ result }) => [({ result: id, args }) => id === result && ['children', 'data', 'pk', 'resource_name'].every(member => member in args[0])],
  },
  PRESENCE,
];

/** The recording lacks what the second player said first; it was what the first player said, about themselves. */
function completed(session) {
  const other = message => JSON.parse(JSON.stringify(message)
    .replaceAll('runuser.6.', 'runuser.7.').replaceAll('error.7', 'error.8').replaceAll(/(authid[\\": ]+)7/g, '$18'));
  const of = (conn, wanted) => session.filter(entry => entry.conn === conn && entry.msg && wanted(entry.msg));
  const again = entries => entries.map(({ dir, msg }) => ({ conn: 3, dir, msg: other(msg) }));
  const opening = again(of(2, ([kind]) => [1, 2, 4, 5].includes(kind)));
  const [, { msg: [, , { challenge }] }, { msg: answer }] = opening;
  answer[1] = signature('nopassword', challenge);
  const here = again(of(2, ([kind]) => kind === 16));
  const first = of(2, ([kind]) => kind === 32).slice(0, 7);
  const subscribing = again(first.flatMap(({ msg }, at) => [first[at], { dir: 's2c', msg: [33, msg[1], at] }]));
  const lastPageCall = session.findLastIndex(({ conn, dir, msg }) => conn === 3 && dir === 's2c' && msg?.[0] === 50 && msg[3]?.[0]?.[0]?.resource_name === 'scenario');
  const firstCall = session.findIndex(({ conn, dir }) => conn === 3 && dir === 'c2s');
  return [...session.slice(0, firstCall), ...opening, ...here, ...session.slice(firstCall, lastPageCall + 1), ...subscribing, ...session.slice(lastPageCall + 1)];
}

test('an unmodified front end is served as it is used to', async t => {
  const service = await startDev(t, folder(t), { args: ['--compat', 'simpl'] });
  await t.test('the operator is told what that means', () => {
    assert.match(service.stderr, /service\.compat = "simpl".*trusted networks only/);
  });

  const api = new GamesApi(service.api);
  const names = async () => {
    const rows = await Promise.all(TABLES.map(table => api.list(table)));
    return rows.reduce((names, table) => names.learn(table), new Names());
  };

  await t.test('a world that has played already', async t => {
    await played(t, service, await names());
  });

  await t.test('the page loads, and two players and their leader play', async t => {
    await new Replay(t, service, await names(), DIFFERENCES, { origin: ORIGIN }).of(completed(read('browser-session')));
  });
});

test('without compat it is refused, and the log says once which setting would let it in', async t => {
  const service = await startDev(t, folder(t));
  for (const user of ['2', '3']) {
    const line = await Line.open(t, service, new Names());
    line.say([1, 'realm1', { roles: { caller: {} }, authmethods: ['wampcra'], authid: user }]);
    await line.hears(({ challenge }) => challenge, 'a challenge');
    line.sign('nopassword');
    await line.hears({ abort: 'wamp.error.not_authorized', says: 'WAMP-CRA signature is invalid' });
  }
  await service.stop();
  const told = service.stderr.split('\n').filter(text => text.includes('service.compat = "simpl" accepts it'));
  assert.equal(told.length, 1, service.stderr);
});
