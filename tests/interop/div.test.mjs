// A class plays the division game: two players decide, a leader watches, a second world stays untouched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GamesApi, rowsInFile } from './lib/games-api.mjs';
import { ROOT, Seat, connect, gameUri, uri } from './lib/seat.mjs';
import { folder, startDev } from './lib/service.mjs';

const NO_SUCH_PROCEDURE = 'wamp.error.no_such_procedure';
const RUNTIME_ERROR = 'wamp.error.runtime_error';

test('a class plays div', { timeout: 120_000 }, async t => {
  const data = folder(t);
  const service = await startDev(t, data);
  const api = new GamesApi(service.api);
  const [s1, s2, s3, s4, leader] = await Promise.all(['s1', 's2', 's3', 's4', 'leader'].map(name => Seat.join(t, service, name)));
  const decisionsOf = period => api.list('decisions', { period });
  const resultsOf = period => api.list('results', { period });

  /** Once a seat has its answer, everything published before the call was answered has reached it. */
  const settled = seats => Promise.all(seats.map(seat => seat.call(`${ROOT}.ready`)));

  await t.test('welcomes a player by user id, in the role of a browser', () => {
    assert.equal(s1.details.authid, String(s1.runuser.data.user));
    assert.equal(s1.details.authrole, 'browser');
    assert.equal(s1.details.authmethod, 'ticket');
    assert.equal(s1.details.realm, 'realm1');
  });

  await t.test('gives the front end what it loads at start', async () => {
    assert.equal(await s1.call(`${ROOT}.ready`), true);
    const phases = await s1.call(gameUri('get_phases'));
    assert.deepEqual(phases.map(({ name, order }) => [name, order]), [['Play', 1], ['Debrief', 2]]);
    const roles = await s1.call(gameUri('get_roles'));
    assert.deepEqual(roles.map(({ name }) => name), ['Dividend', 'Divisor']);

    const { run, phase } = await s1.call(uri('runuser', s1.runuser.pk, 'get_current_run_and_phase'));
    assert.equal(run.resource_name, 'run');
    assert.equal(run.data.name, 'default');
    assert.equal(phase.data.name, 'Play');

    const here = await s1.call(uri('world', s1.world, 'get_active_runusers'), [false]);
    assert.deepEqual(here.map(({ data }) => data.role_name).sort(), ['Dividend', 'Divisor']);
    assert.equal(here.every(({ data }) => typeof data.online === 'boolean'), true);

    const tree = await s1.call(uri('world', s1.world, 'get_scope_tree'), [null]);
    assert.equal(tree.resource_name, 'world');
    assert.equal(tree.data.name, 'World 1');
    const [scenario] = tree.children;
    assert.equal(scenario.data.name, 'World Scenario 1');
    assert.deepEqual(scenario.children.map(child => [child.resource_name, child.data.order]), [['period', 1]]);
    const scope = await s1.call(uri('period', scenario.children[0].pk, 'get_scope'));
    assert.deepEqual(Object.keys(scope).sort(), ['data', 'pk', 'resource_name']);

    const run1 = await leader.call(uri('run', leader.run, 'get_scope_tree'));
    const children = kind => run1.children.filter(child => child.resource_name === kind);
    assert.deepEqual(children('world').map(world => world.data.name), ['World 1', 'World 2']);
    assert.deepEqual(children('runuser').map(({ pk }) => pk), [leader.runuser.pk], 'of run users the tree has the caller; get_active_runusers has all');
    assert.equal((await leader.call(uri('run', leader.run, 'get_active_runusers'))).length, 5);
    const withoutWorlds = await leader.call(uri('run', leader.run, 'get_scope_tree'), [['world']]);
    assert.deepEqual([...new Set(withoutWorlds.children.map(child => child.resource_name))], ['runuser']);
  });

  await t.test('shows the leader who is connected', async () => {
    s1.session.publish(uri('runuser', s1.runuser.pk, 'connected'), []);
    s1.session.publish(uri('world', s1.world, 'connected'), []);
    assert.equal((await leader.hearsOf('runuser', row => row.id === s1.runuser.pk && row.online === true)).email, 's1@div.edu');
  });

  const first = await s1.period();

  await t.test('plays a period: "12" and 5 give 2.4 and a second period, heard by both players and the leader', async () => {
    assert.equal(await s1.submit(first.pk, '12'), 'ok');
    assert.equal(await s2.submit(first.pk, 5), 'ok');
    for (const seat of [s1, s2, leader]) {
      await seat.hearsOf('decision', row => row.period === first.pk && row.role === s1.runuser.data.role && row.data.operand === 12);
      await seat.hearsOf('decision', row => row.period === first.pk && row.role === s2.runuser.data.role && row.data.operand === 5);
      const result = await seat.hearsOf('result', row => row.period === first.pk);
      assert.deepEqual(result.data, { quotient: 2.4 });
      assert.equal(result.role, null);
      await seat.hearsOf('period', row => row.order === 2);
    }
    const event = await s1.hears('the new period on the topic of its world', ([, name], { topic }) => name === 'period' && topic === uri('world', s1.world, 'add_child'));
    assert.equal(event.args.length, 3);
    assert.equal(event.kwargs.resource_name, 'world');
    assert.equal(event.kwargs.pk, s1.world);
    assert.equal(Number.isInteger(event.kwargs.rev), true, `rev is ${event.kwargs.rev}`);
    await s1.hears('the same on the topic of its own run user', ([, name], { topic }) => name === 'period' && topic === uri('runuser', s1.runuser.pk, 'add_child'));
  });

  await t.test('leaves the second world untouched', async () => {
    await settled([s3, s4]);
    for (const seat of [s3, s4]) {
      const strange = seat.heard.filter(({ args: [, resource] }) => ['decision', 'result', 'period', 'scenario'].includes(resource));
      assert.deepEqual(strange, []);
      const periods = await seat.periods();
      assert.deepEqual(periods.map(({ order, decisions, results }) => [order, decisions, results]), [[1, [], []]]);
    }
    const scenario = await api.one('scenarios', { world: s3.world });
    const period = await api.one('periods', { scenario: scenario.id });
    assert.deepEqual([await decisionsOf(period.id), await resultsOf(period.id)], [[], []]);
  });

  await t.test('stores the rows in the games API and in the SQLite file', async () => {
    const decisions = await decisionsOf(first.pk);
    assert.deepEqual(decisions.map(({ name, role, data }) => [name, role, data]).sort((a, b) => a[1] - b[1]),
      [['decision', s1.runuser.data.role, { operand: 12 }], ['decision', s2.runuser.data.role, { operand: 5 }]]);
    const [result] = await resultsOf(first.pk);
    assert.deepEqual([result.name, result.role, result.data], ['result', null, { quotient: 2.4 }]);

    const stored = rowsInFile(data, `SELECT name, data FROM decision WHERE period = ${first.pk} ORDER BY role`);
    assert.deepEqual(stored.map(({ name, data }) => [name, JSON.parse(data).operand]), [['decision', 12], ['decision', 5]]);
    const [row] = rowsInFile(data, `SELECT data FROM result WHERE period = ${first.pk}`);
    assert.equal(JSON.parse(row.data).quotient, 2.4);
  });

  const second = await s1.period();

  await t.test('refuses what is not a finite number, says so, and stores nothing', async () => {
    const submit = uri('period', second.pk, 'submit_decision');
    for (const args of [['abc'], ['nan'], ['NaN'], ['inf'], ['-Infinity'], ['1e999'], [''], [null], [true], [[12]], [{ operand: 12 }], [], [1, 2]]) {
      const refusal = await s1.refused(submit, args);
      assert.equal(refusal.uri, RUNTIME_ERROR, JSON.stringify(args));
      assert.match(refusal.sentence, /\S+ \S+ \S+/, `a sentence for ${JSON.stringify(args)}`);
      assert.equal(typeof refusal.details.code, 'string', `a code for ${JSON.stringify(args)}`);
    }
    const abc = await s1.refused(submit, ['abc']);
    assert.match(abc.sentence, /operand.*finite number.*abc/);
    assert.deepEqual([abc.details.expected, abc.details.got], ['a finite number', 'abc']);
    assert.deepEqual(await decisionsOf(second.pk), []);
    const told = await s1.hears('of its refusal on the error topic', (args, { topic }) => topic === `${ROOT}.error.${s1.details.authid}` && args[0] === abc.sentence);
    assert.ok(told);
  });

  await t.test('answers a zero divisor with the sentence of the game and stores nothing', async () => {
    assert.equal(await s2.submit(second.pk, 0), 'Cannot divide by zero');
    assert.equal(await s2.submit(second.pk, '0.0'), 'Cannot divide by zero');
    assert.deepEqual(await decisionsOf(second.pk), []);
  });

  await t.test('keeps strangers out of a world as if it were not there', async () => {
    const submit = uri('period', second.pk, 'submit_decision');
    const stranger = await s3.refused(submit, [1]);
    assert.equal(stranger.uri, NO_SUCH_PROCEDURE);
    assert.equal(stranger.sentence, `no callee registered for procedure <${submit}>`);
    const elsewhere = await s3.refused(uri('period', 999_999, 'submit_decision'), [1]);
    assert.equal(elsewhere.uri, stranger.uri);
    assert.equal(elsewhere.sentence.replace('999999', second.pk), stranger.sentence);
    await s3.refused(uri('world', s1.world, 'get_scope_tree'));
    assert.deepEqual(await decisionsOf(second.pk), []);
  });

  await t.test('tells a stranger nothing, even one who subscribes', async () => {
    const before = s3.heard.length;
    await s3.listen('world', s1.world).catch(error => assert.match(error.error, /^wamp\.error\./));
    assert.equal(await s1.submit(second.pk, 30), 'ok');
    await leader.hearsOf('decision', row => row.period === second.pk && row.data.operand === 30);
    await settled([s3, s4]);
    assert.deepEqual(s3.heard.slice(before), []);
  });

  await t.test('knows no procedure that is not there', async () => {
    for (const procedure of [uri('period', second.pk, 'submit'), uri('period', 'x', 'submit_decision'), gameUri('get_scope'), 'com.example.nothing']) {
      const refusal = await s1.refused(procedure, [1]);
      assert.equal(refusal.uri, NO_SUCH_PROCEDURE, procedure);
      assert.equal(refusal.sentence, `no callee registered for procedure <${procedure}>`);
    }
  });

  await t.test('lets nobody in with a wrong password or an unknown name, and does not tell which', async () => {
    const wrong = await connect(service, 's1@div.edu', 's2').then(() => assert.fail('let in'), refusal => refusal);
    const unknown = await connect(service, 'nobody@div.edu', 's1').then(() => assert.fail('let in'), refusal => refusal);
    assert.match(wrong.reason, /^wamp\.error\.(not_authorized|authentication_failed)$/);
    assert.deepEqual([unknown.reason, unknown.sentence], [wrong.reason, wrong.sentence]);
  });

  await t.test('lets a player in by user id as well', async () => {
    const again = await Seat.login(t, service, s1.details.authid, 's1');
    assert.equal(again.details.authid, s1.details.authid);
  });

  await t.test('takes a second submission in place of the first: before the step, and after it by calculating again', async () => {
    assert.equal(await s1.submit(second.pk, 36), 'ok');
    assert.equal((await decisionsOf(second.pk)).length, 1);
    assert.equal(await s2.submit(second.pk, 9), 'ok');
    for (const seat of [s1, s2, leader]) assert.deepEqual((await seat.hearsOf('result', row => row.period === second.pk)).data, { quotient: 4 });
    await s1.hearsOf('period', row => row.order === 3);

    assert.equal(await s1.submit(second.pk, 45), 'ok');
    for (const seat of [s1, s2, leader]) await seat.hearsOf('result', row => row.period === second.pk && row.data.quotient === 5);
    const [decision] = (await decisionsOf(second.pk)).filter(row => row.role === s1.runuser.data.role);
    assert.deepEqual(decision.data, { operand: 45 });
    assert.equal((await decisionsOf(second.pk)).length, 2);
    assert.equal((await resultsOf(second.pk)).length, 1);
    assert.deepEqual((await s1.periods()).map(period => period.order), [1, 2, 3], 'no period too many');
  });

  const third = await s1.period();

  await t.test('counts a submission that is sent twice with one key once', async () => {
    const submit = uri('period', third.pk, 'submit_decision');
    assert.equal(await s1.call(submit, [8], { _key: 'one' }), 'ok');
    assert.equal(await s1.call(submit, [8], { _key: 'one' }), 'ok');
    const stored = await decisionsOf(third.pk);
    assert.deepEqual(stored.map(row => row.data), [{ operand: 8, _private: { keys: ['one'] } }]);
  });

  await t.test('takes the operand by name, and ignores what else a front end sends', async () => {
    assert.equal(await s1.call(uri('period', third.pk, 'submit_decision'), [], { operand: 7, colour: 'red', user: 'leader' }), 'ok');
    assert.deepEqual((await decisionsOf(third.pk)).map(row => row.data), [{ operand: 7, _private: { keys: ['one'] } }]);
  });

  await t.test('gives a player no rights of a leader or of a service', async () => {
    assert.ok((await s1.refused(uri('run', s1.run, 'advance_phase'))).sentence);
    assert.ok((await leader.refused(uri('period', third.pk, 'submit_decision'), [1])).sentence, 'a leader has no seat to decide for');
    const registered = await s1.session.register(gameUri('get_phases'), () => []).then(() => 'registered', error => error.error);
    assert.match(registered, /^wamp\.error\./);
    const forged = await s1.session.publish(uri('world', s1.world, 'update_child'), [1, 'result', { data: { quotient: 99 } }], {}, { acknowledge: true })
      .then(() => 'published', error => error.error);
    assert.match(forged, /^wamp\.error\./);
    const { phase } = await leader.call(uri('run', leader.run, 'get_current_run_and_phase'));
    assert.equal(phase.data.name, 'Play');
  });

  await t.test('refuses decisions in Debrief with the reason, and takes them again in Play', async () => {
    const [, debrief] = await leader.call(gameUri('get_phases'));
    await leader.call(uri('run', leader.run, 'advance_phase'));
    for (const seat of [s1, s3, leader]) await seat.hearsOf('run', row => row.phase === debrief.id);
    const before = await decisionsOf(third.pk);
    const refusal = await s2.refused(uri('period', third.pk, 'submit_decision'), [2]);
    assert.match(refusal.sentence, /Debrief/);
    assert.deepEqual(await decisionsOf(third.pk), before);
    const { sentence } = await leader.refused(uri('run', leader.run, 'advance_phase'));
    assert.match(sentence, /Debrief/, 'there is no phase after the last');

    await leader.call(uri('run', leader.run, 'rollback_phase'));
    assert.equal((await api.one('runs', { name: 'default' })).phase, (await leader.call(gameUri('get_phases')))[0].id);
    assert.equal(await s2.submit(third.pk, 2), 'ok');
    await leader.hearsOf('result', row => row.period === third.pk && row.data.quotient === 3.5);
  });

  await t.test('plays in two worlds at the same time', async () => {
    const [one, two] = [await s1.period(), await s3.period()];
    assert.deepEqual(await Promise.all([s1.submit(one.pk, 1), s2.submit(one.pk, 4), s3.submit(two.pk, 9), s4.submit(two.pk, 2)]), ['ok', 'ok', 'ok', 'ok']);
    await leader.hearsOf('result', row => row.period === one.pk && row.data.quotient === 0.25);
    await leader.hearsOf('result', row => row.period === two.pk && row.data.quotient === 4.5);
  });

  await t.test('keeps the decisions of a step that fails, tells why, lets the other world play on, and steps again after a change', async () => {
    const [one, two] = [await s1.period(), await s3.period()];
    assert.deepEqual([await s1.submit(one.pk, 1e308), await s2.submit(one.pk, 1e-308)], ['ok', 'ok']);
    const isFailure = row => row.data._turn?.failed?.period === one.pk;
    for (const seat of [s1, s2, leader]) {
      const scenario = await seat.hearsOf('scenario', isFailure);
      assert.match(scenario.data._turn.failed.reason, /quotient.*finite number/);
    }
    assert.deepEqual((await decisionsOf(one.pk)).map(row => row.data.operand).sort((a, b) => a - b), [1e-308, 1e308]);
    assert.deepEqual(await resultsOf(one.pk), []);

    assert.deepEqual([await s3.submit(two.pk, 6), await s4.submit(two.pk, 3)], ['ok', 'ok']);
    await s3.hearsOf('result', row => row.period === two.pk && row.data.quotient === 2);

    assert.equal(await s2.submit(one.pk, 1e306), 'ok');
    for (const seat of [s1, leader]) await seat.hearsOf('result', row => row.period === one.pk && row.data.quotient === 100);
    await s1.hearsOf('period', row => row.order === one.order + 1);
  });
});
