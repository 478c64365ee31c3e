// Clients of other people, each in every serializer that it has, hear each other through one router.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import autobahn from 'autobahn';
import WebSocket from 'ws';
import { CborSerializer } from 'wampy/CborSerializer.js';
import { JsonSerializer } from 'wampy/JsonSerializer.js';
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js';
import Wampy from 'wampy';
import { connect } from './lib/seat.mjs';
import { startRouter } from './lib/service.mjs';

/** As numbers what the msgpackr of wampy takes for BigInts: integers of more than 32 bits, which come in 64. */
function numbers(value) {
  if (typeof value === 'bigint') return Number(value);
  return Array.isArray(value) ? value.map(numbers) : value;
}

/** npm autobahn: a session as this test needs it. */
async function ofAutobahn(t, router, name, serializer) {
  const { connection, session } = await connect(router, undefined, undefined, {
    authmethods: ['anonymous'], onchallenge: undefined, serializers: [new serializer()], protocols: [`wamp.2.${name}`],
  });
  t.after(() => { if (session.isOpen) connection.close(); });
  return {
    register: (procedure, answer) => session.register(procedure, args => answer(args)),
    call: (procedure, args) => session.call(procedure, args),
    subscribe: (topic, hear) => session.subscribe(topic, args => hear(args)),
    publish: (topic, args) => session.publish(topic, args, {}, { acknowledge: true }),
  };
}

/** npm wampy: the same. */
async function ofWampy(t, router, serializer) {
  const session = new Wampy(`ws://${router.address}/ws`, { realm: 'realm1', ws: WebSocket, serializer, autoReconnect: false });
  await session.connect();
  t.after(() => session.disconnect());
  return {
    register: (procedure, answer) => session.register(procedure, ({ argsList }) => ({ argsList: [answer(numbers(argsList))] })),
    call: async (procedure, args) => numbers((await session.call(procedure, args)).argsList[0]),
    subscribe: (topic, hear) => session.subscribe(topic, ({ argsList }) => hear(numbers(argsList))),
    publish: (topic, args) => session.publish(topic, args),
  };
}

/** What every client gets right, whatever it speaks. */
const VALUES = [null, true, 0, -1, 255, 65_536, -70_000, 4_294_967_296, 9_007_199_254_740_991, 1.5, 'ä€😀', [], [[1], []], { k: { n: 'v' } }];

async function everybody(t, router) {
  return {
    'autobahn in json': await ofAutobahn(t, router, 'json', autobahn.serializer.JSONSerializer),
    'autobahn in msgpack': await ofAutobahn(t, router, 'msgpack', autobahn.serializer.MsgpackSerializer),
    'autobahn in cbor': await ofAutobahn(t, router, 'cbor', autobahn.serializer.CBORSerializer),
    'wampy in json': await ofWampy(t, router, new JsonSerializer()),
    'wampy in msgpack': await ofWampy(t, router, new MsgpackSerializer()),
    'wampy in cbor': await ofWampy(t, router, new CborSerializer()),
  };
}

test('everybody calls everybody, and values are what they were', { timeout: 60_000 }, async t => {
  const clients = Object.entries(await everybody(t, await startRouter(t)));
  for (const [position, [, callee]] of clients.entries()) {
    await callee.register(`com.test.echo.${position}`, args => args);
  }
  for (const [name, caller] of clients) {
    for (const [position, [other]] of clients.entries()) {
      assert.deepEqual(await caller.call(`com.test.echo.${position}`, VALUES), VALUES, `${name} calls ${other}`);
    }
  }
});

test('everybody hears what anybody publishes', { timeout: 60_000 }, async t => {
  const clients = Object.entries(await everybody(t, await startRouter(t)));
  const heard = clients.map(() => []);
  let told;
  for (const [position, [, listener]] of clients.entries()) {
    await listener.subscribe('com.test.news', args => { heard[position].push(args); told?.(); });
  }
  for (const [name, publisher] of clients) await publisher.publish('com.test.news', [name, ...VALUES]);
  // All but one's own.
  const all = new Promise(resolve => {
    told = () => { if (heard.every(events => events.length === clients.length - 1)) resolve(); };
  });
  told();
  await all;
  for (const [position, [name]] of clients.entries()) {
    const others = clients.filter(([other]) => other !== name).map(([other]) => [other, ...VALUES]);
    assert.deepEqual(heard[position], others, `what ${name} heard`);
  }
});

test('bytes are bytes for those who have them, and marked text in json', { timeout: 60_000 }, async t => {
  const router = await startRouter(t);
  const clients = await everybody(t, router);
  const bytes = Buffer.from([0, 16, 255]);
  const marked = `\u0000${bytes.toString('base64')}`;
  const binary = Object.entries(clients).filter(([name]) => !name.endsWith('json'));
  const json = Object.entries(clients).filter(([name]) => name.endsWith('json'));
  for (const [position, [name, callee]] of binary.entries()) {
    await callee.register(`com.test.bytes.${position}`, ([value]) => {
      assert.deepEqual(Buffer.from(value), bytes, `${name} is called`);
      return value;
    });
    for (const [caller, session] of binary) {
      assert.deepEqual(Buffer.from(await session.call(`com.test.bytes.${position}`, [bytes])), bytes, `${caller} is answered`);
    }
    for (const [caller, session] of json) {
      assert.equal(await session.call(`com.test.bytes.${position}`, [marked]), marked, `${caller} is answered`);
    }
  }
});
