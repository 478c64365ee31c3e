// What the router can do besides what the model service needs of it, through npm autobahn in each of its serializers.
import assert from 'node:assert/strict';
import autobahn from 'autobahn';
import { test } from 'node:test';
import { connect } from './lib/seat.mjs';
import { startRouter } from './lib/service.mjs';

const SERIALIZERS = {
  json: () => new autobahn.serializer.JSONSerializer(),
  msgpack: () => new autobahn.serializer.MsgpackSerializer(),
  cbor: () => new autobahn.serializer.CBORSerializer(),
};

/** A test in each serializer. */
function everywhere(name, body) {
  for (const serializer of Object.keys(SERIALIZERS)) {
    test(`${name} (${serializer})`, { timeout: 60_000 }, t => body(t, count => sessions(t, count, serializer)));
  }
}

/** So many sessions at a router of their own, closed when the test has ended. */
async function sessions(t, count, serializer) {
  const router = await startRouter(t);
  const joining = Array.from({ length: count }, () => connect(router, undefined, undefined, {
    // Of autobahn's promises only those that are not ES6's tell of progress.
    authmethods: ['anonymous'], onchallenge: undefined, use_es6_promises: false,
    serializers: [SERIALIZERS[serializer]()], protocols: [`wamp.2.${serializer}`],
  }));
  return Promise.all(joining.map(async joins => {
    const { connection, session } = await joins;
    t.after(() => { if (session.isOpen) connection.close(); });
    return session;
  }));
}

/** A promise of the language's own, that does not hand on what autobahn's may. */
const plain = promise => new Promise((resolve, reject) => { promise.then(resolve, reject); });

/** Something that will happen once, and what makes it happen. */
function happening() {
  const made = {};
  made.promise = new Promise(resolve => { made.happens = resolve; });
  return made;
}

everywhere('parts of a result come in order before its end', async (t, sessions) => {
  const [callee, caller] = await sessions(2);
  await plain(callee.register('com.test.count', ([last], _, details) => {
    for (let part = 1; part <= last; part++) details.progress([part]);
    return 'all';
  }));
  const parts = [];
  const result = await new Promise((resolve, reject) => {
    caller.call('com.test.count', [3], {}, { receive_progress: true }).then(resolve, reject, part => parts.push(part));
  });
  assert.deepEqual([parts, result], [[1, 2, 3], 'all']);
});

everywhere('a caller that does not ask for parts gets the end alone', async (t, sessions) => {
  const [callee, caller] = await sessions(2);
  await plain(callee.register('com.test.count', (_args, _, details) => typeof details.progress));
  assert.equal(await plain(caller.call('com.test.count')), 'object', 'null: there is nothing to progress with');
});

everywhere('a call is canceled while its callee works, which goes on working', async (t, sessions) => {
  const [callee, caller] = await sessions(2);
  const [called, canceled] = [happening(), happening()];
  await plain(callee.register('com.test.work', async ([how]) => {
    if (how !== 'slow') return how;
    called.happens();
    await canceled.promise;
    return 'too late';
  }));
  const call = caller.call('com.test.work', ['slow']);
  await called.promise;
  // In the other modes autobahn forgets the call at once, and takes the router's answer to it for a violation.
  call.cancel({ mode: 'kill' });
  await assert.rejects(plain(call), { error: 'wamp.error.canceled' });
  canceled.happens();
  assert.equal(await plain(caller.call('com.test.work', ['quick'])), 'quick', 'both sessions live');
});

everywhere('callees share a procedure, and one that takes it alone revokes it', async (t, sessions) => {
  const [one, two, taker, caller] = await sessions(4);
  const registrations = [];
  for (const [name, session] of Object.entries({ one, two })) {
    registrations.push(await plain(session.register('com.test.shared', () => name, { invoke: 'roundrobin' })));
  }
  const answers = [];
  for (let call = 0; call < 4; call++) answers.push(await plain(caller.call('com.test.shared')));
  assert.deepEqual(answers, ['one', 'two', 'one', 'two']);
  await assert.rejects(plain(taker.register('com.test.shared', () => 'taker', { invoke: 'first' })), {
    error: 'wamp.error.procedure_exists_with_different_invocation_policy',
  });
  await plain(taker.register('com.test.shared', () => 'taker', { force_reregister: true }));
  for (const registration of registrations) assert.match(await plain(registration.on_unregister), /another session/);
  assert.equal(await plain(caller.call('com.test.shared')), 'taker');
});

everywhere('a retained event comes to who subscribes later and asks for it', async (t, sessions) => {
  const [publisher, late] = await sessions(2);
  for (const state of ['old', 'new']) {
    await plain(publisher.publish('com.test.state', [state], {}, { retain: true, acknowledge: true }));
  }
  const heard = happening();
  await plain(late.subscribe('com.test.state', (args, _, details) => heard.happens([args, details.retained]), { get_retained: true }));
  assert.deepEqual(await heard.promise, [['new'], true]);
});

everywhere('events that are kept are read by subscription, and a testament is one of them', async (t, sessions) => {
  const [publisher, reader] = await sessions(2);
  await plain(publisher.publish('kept.news', ['first'], {}, { acknowledge: true }));
  await plain(publisher.call('wamp.session.add_testament', ['kept.news', ['last'], {}]));
  const heard = happening();
  const { id } = await plain(reader.subscribe('kept.', heard.happens, { match: 'prefix' }));
  publisher.leave();
  await heard.promise;
  const events = await plain(reader.call('wamp.subscription.get_events', [id]));
  assert.deepEqual(events.map(event => event.args), [['first'], ['last']]);
});
