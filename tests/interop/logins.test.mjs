// Clients of other people come in by every method of authentication that they have, in each of their serializers, as users of the settings.
import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import { test } from 'node:test';
import autobahn from 'autobahn';
import WebSocket from 'ws';
import { CborSerializer } from 'wampy/CborSerializer.js';
import { JsonSerializer } from 'wampy/JsonSerializer.js';
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js';
import * as cryptosign from 'wampy/cryptosign.js';
import * as wampcra from 'wampy/wampcra.js';
import Wampy from 'wampy';
import { connect } from './lib/seat.mjs';
import { startRouter } from './lib/service.mjs';

const SALT = 'salt of cat';
const PRIVATE = '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510';
const PUBLIC = '1adfc8bfe1d35616e64dffbd900096f23b066f914c8c2ffbb66f6075b96e116d';

const SETTINGS = `
[router.realms.realm1]
anonymous = "guest"
wrong_logins = 1000
[router.realms.realm1.users]
ann = { role = "user", ticket = "ticket of ann" }
bob = { role = "user", secret = "secret of bob" }
cat = { role = "user", secret = "${pbkdf2Sync('password of cat', SALT, 1000, 32, 'sha256').toString('base64')}", salt = "${SALT}", iterations = 1000 }
dan = { role = "user", keys = ["${PUBLIC}"] }
[router.realms.realm1.roles]
user = [{ uri = "wamp.session.get", allow = ["call"] }]
guest = [{ uri = "wamp.session.get", allow = ["call"] }]
`;

/** Who comes in how, and with what they may not. */
const LOGINS = {
  'ticket': { authid: 'ann', method: 'ticket', secret: 'ticket of ann', wrong: 'ticket of bob' },
  'wampcra': { authid: 'bob', method: 'wampcra', secret: 'secret of bob', wrong: 'secret of ann' },
  'wampcra, salted': { authid: 'cat', method: 'wampcra', secret: 'password of cat', wrong: 'password of bob' },
  'cryptosign': { authid: 'dan', method: 'cryptosign', secret: PRIVATE, wrong: '11'.repeat(32) },
};

const AUTOBAHN = {
  json: () => new autobahn.serializer.JSONSerializer(),
  msgpack: () => new autobahn.serializer.MsgpackSerializer(),
  cbor: () => new autobahn.serializer.CBORSerializer(),
};
const WAMPY = { json: () => new JsonSerializer(), msgpack: () => new MsgpackSerializer(), cbor: () => new CborSerializer() };

const keyPair = seed => autobahn.nacl.sign.keyPair.fromSeed(autobahn.util.htob(seed));

/** What autobahn answers a challenge with. */
function autobahnProof(secret) {
  return (_session, method, extra) => {
    if (method === 'ticket') return secret;
    if (method === 'cryptosign') return autobahn.auth_cryptosign.sign_challenge(keyPair(secret), extra);
    const { sign, derive_key } = autobahn.auth_cra;
    return sign(extra.salt ? derive_key(secret, extra.salt, extra.iterations, extra.keylen) : secret, extra.challenge);
  };
}

/** Each client: logs in and gives what the router says of its session, or rejects with the reason of ABORT. */
const CLIENTS = {
  async autobahn(t, router, name, { authid, method, secret } = { method: 'anonymous' }) {
    const extra = method === 'cryptosign' ? { authextra: { pubkey: autobahn.auth_cryptosign.public_key(keyPair(secret)), channel_binding: null } } : {};
    const { connection, session } = await connect(router, authid, undefined, {
      authmethods: [method], onchallenge: autobahnProof(secret), serializers: [AUTOBAHN[name]()], protocols: [`wamp.2.${name}`], ...extra,
    });
    t.after(() => { if (session.isOpen) connection.close(); });
    return session.call('wamp.session.get', [session.id]);
  },
  async wampy(t, router, name, { authid, method, secret } = {}) {
    const plugins = { ticket: () => secret, wampcra: wampcra.sign(secret), cryptosign: method === 'cryptosign' && cryptosign.sign(secret) };
    const extra = method === 'cryptosign' ? { authextra: { pubkey: autobahn.util.btoh(keyPair(secret).publicKey) } } : {};
    const proof = method && { authid, authmethods: [method], authMode: 'manual', onChallenge: plugins[method], ...extra };
    const session = new Wampy(`ws://${router.address}/ws`, {
      realm: 'realm1', ws: WebSocket, serializer: WAMPY[name](), autoReconnect: false, ...proof,
    });
    try {
      await session.connect();
    } catch (error) {
      throw Object.assign(error, { reason: error.errorUri });
    }
    t.after(() => session.disconnect());
    const { argsList } = await session.call('wamp.session.get', [session.getSessionId()]);
    return argsList[0];
  },
};

for (const [client, login] of Object.entries(CLIENTS)) {
  for (const serializer of ['json', 'msgpack', 'cbor']) {
    test(`npm ${client} comes in by every method that it has (${serializer})`, { timeout: 60_000 }, async t => {
      const router = await startRouter(t, SETTINGS);
      const guest = await login(t, router, serializer);
      assert.deepEqual([guest.authrole, guest.authmethod], ['guest', 'anonymous']);
      for (const [name, who] of Object.entries(LOGINS)) {
        const { authid, authrole, authmethod } = await login(t, router, serializer, who);
        assert.deepEqual([authid, authrole, authmethod], [who.authid, 'user', who.method], name);
        const wrong = { ...who, secret: who.wrong };
        await assert.rejects(login(t, router, serializer, wrong), { reason: 'wamp.error.not_authorized' }, name);
      }
    });
  }
}
