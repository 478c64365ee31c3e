// The recorded sessions of the original, said again to `modelservice dev`: every message that clients heard there is heard here, but for
// the differences named below, each with its reason. Compared are names of rows, not primary keys; times and drawn ids only by their form.
import { test } from 'node:test';
import { GamesApi } from './lib/games-api.mjs';
import { Replay, played } from './lib/replay.mjs';
import { folder, startDev } from './lib/service.mjs';
import { Names, read } from './lib/trace.mjs';
import * as differences from './differences.mjs';

const TABLES = ['phases', 'roles', 'runs', 'worlds', 'runusers', 'scenarios', 'periods', 'decisions', 'results'];

async function names(service) {
  const api = new GamesApi(service.api);
  const rows = await Promise.all(TABLES.map(table => api.list(table)));
  return rows.reduce((names, table) => names.learn(table), new Names());
}

const children = scope => ['add_child', 'update_child', 'remove_child'].map(name => `model.${scope}.${name}`);

/** Who the clients of the recordings are, and what they subscribe to where the recording leaves that out. */
const SEATS = {
  p1: { user: 7, topics: [...children('runuser.6'), ...children('world.10'), 'error.7'] },
  p2: { user: 8, topics: [...children('runuser.7'), ...children('world.10'), 'error.8'] },
  p3: { user: 9, topics: [] },
  leader: { user: 6, topics: [...children('run.5'), ...children('world.10'), ...children('world.11'), 'error'] },
};
const UNSUBSCRIBED = Object.fromEntries(Object.entries(SEATS).map(([who, { user }]) => [who, { user, topics: [] }]));

const started = t => startDev(t, folder(t), { args: ['--compat', 'simpl'] });

test('signing in, every way', async t => {
  const service = await started(t);
  await new Replay(t, service, await names(service), differences.auth()).of(read('wamp-auth'));
});

test('loading the page, as a player and as a leader', async t => {
  const service = await started(t);
  await new Replay(t, service, await names(service), differences.load(), { seats: UNSUBSCRIBED }).of(read('wamp-load-sequence'));
});

test('playing a period', async t => {
  const service = await started(t);
  await new Replay(t, service, await names(service), differences.play(), { seats: UNSUBSCRIBED }).of(read('wamp-play'));
});

test('errors, phases, presence and other people\'s worlds', async t => {
  const service = await started(t);
  await played(t, service, await names(service));
  await new Replay(t, service, await names(service), differences.errors(), { seats: SEATS }).of(read('wamp-errors-and-phases'));
});

test('changes made in the games API', async t => {
  const service = await started(t);
  const topics = ['run.5', 'world.10', 'world.11', 'runuser.6'].flatMap(children);
  const seats = { leader: { user: 6, topics } };
  const replay = new Replay(t, service, await names(service), differences.changes(new GamesApi(service.api)), { seats });
  await replay.opens({ who: 'leader' });
  await replay.of(read('wamp-webhook-events'));
});
