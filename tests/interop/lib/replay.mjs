// Says to our router what clients said to the original's, and compares what it answers, message by message.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import WebSocket from 'ws';
import { ROOT, comparable, recorded } from './trace.mjs';

const ANSWERS_WITHIN = 10_000;
/** Ids of requests that no recording has. */
let request = 900_000;

/** What ours adds to trees and events of worlds: a number that shows a gap. */
function withoutRev(value) {
  if (Array.isArray(value)) return value.map(withoutRev);
  if (value === null || typeof value !== 'object') return value;
  const { rev, ...rest } = value;
  const kept = Number.isInteger(rev) && 'pk' in value ? rest : value;
  return Object.fromEntries(Object.entries(kept).map(([member, content]) => [member, withoutRev(content)]));
}

/** A connection that says raw messages and keeps what it hears until it is asked for. */
export class Line {
  #heard = [];
  #listeners = new Set();
  #names;
  /** Topics by subscription. */
  #topics = new Map();
  /** Subscriptions by topic. */
  #subscriptions = new Map();
  #asked = new Map();
  /** The text to sign. */
  challenge = undefined;

  static async open(t, service, names, origin) {
    const line = new Line();
    line.#names = names;
    line.socket = new WebSocket(`ws://${service.address}/ws`, ['wamp.2.json'], { origin });
    line.socket.on('message', data => line.#hear(JSON.parse(data)));
    line.closed = new Promise(resolve => line.socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })));
    t.after(() => line.socket.terminate());
    await new Promise((resolve, reject) => line.socket.on('open', resolve).on('error', reject));
    return line;
  }

  #hear(message) {
    if (message[0] === 4) this.challenge = message[2].challenge;
    if (message[0] === 33) {
      this.#topics.set(message[2], this.#asked.get(message[1]));
      this.#subscriptions.set(this.#asked.get(message[1]), message[2]);
    }
    this.#heard.push({ message, read: withoutRev(comparable(message, this.#names, this.#topics)) });
    this.#listeners.forEach(look => look());
  }

  /** Says a message of a recording, in this database's primary keys. */
  say(message, recordedTopics = new Map()) {
    const said = [...message];
    const here = uri => (uri.startsWith(ROOT) ? this.#names.address(recorded.uri(uri)) : uri);
    if (said[0] === 1 && said[2].authid) said[2] = { ...said[2], authid: this.#authid(said[2].authid) };
    if ([16, 32, 48, 64].includes(said[0])) said[3] = here(said[3]);
    if (said[0] === 32) this.#asked.set(said[1], said[3]);
    if (said[0] === 34) said[2] = this.#subscriptions.get(here(recordedTopics.get(said[2])));
    this.socket.send(JSON.stringify(said));
  }

  #authid(authid) {
    const pk = /^\d+$/.test(authid) && this.#names.pk(recorded.of('user', Number(authid)));
    return pk ? String(pk) : authid;
  }

  /** Answers the challenge with a secret. */
  sign(secret) {
    this.socket.send(JSON.stringify([5, createHmac('sha256', secret).update(this.challenge).digest('base64'), {}]));
  }

  /** Waits for a message that reads as `wanted`, or that it accepts, and takes it. */
  hears(wanted, what) {
    const fits = typeof wanted === 'function' ? wanted : read => isDeepStrictEqual(read, wanted);
    let look;
    let timer;
    const story = () => `not within ${ANSWERS_WITHIN} ms: ${what ?? JSON.stringify(wanted)}\nheard:\n${this.#heard.map(({ read }) => JSON.stringify(read)).join('\n')}`;
    return new Promise((resolve, reject) => {
      look = () => {
        const at = this.#heard.findIndex(({ read }) => fits(read));
        if (at >= 0) resolve(this.#heard.splice(at, 1)[0]);
      };
      timer = setTimeout(() => reject(new Error(story())), ANSWERS_WITHIN);
      this.#listeners.add(look);
      look();
    }).finally(() => { clearTimeout(timer); this.#listeners.delete(look); });
  }

  /** Calls a procedure of the recordings; gives what came as `{result…}` or `{error…}`. */
  async calls(procedure, args = [], kwargs = {}) {
    const id = ++request;
    this.say([48, id, {}, procedure, args, kwargs]);
    return (await this.hears(read => read.result === id || read.request === id, `${procedure} answered`)).read;
  }

  /** Everything heard that nobody has asked for; what was said before is answered by then. */
  async rest() {
    await this.calls(`${ROOT}.ready`);
    return this.#heard.splice(0).map(({ read }) => read);
  }

  /** Signs in and subscribes as the recorded clients did. */
  async signIn(user, topics) {
    this.say([1, 'realm1', { roles: { caller: {}, callee: {}, publisher: {}, subscriber: {} }, authmethods: ['wampcra'], authid: String(user) }]);
    await this.hears(read => read.challenge, 'a challenge');
    this.sign('nopassword');
    await this.hears(read => read.welcome, 'a welcome');
    for (const topic of topics) {
      this.say([32, ++request, { match: 'prefix' }, `${ROOT}.${topic}`]);
      const id = request;
      await this.hears({ subscribed: id });
    }
    return this;
  }
}

/**
 * What is to be heard instead of a recorded message: the first difference that concerns it says so.
 *
 * A difference is `{why, concerns(read, entry), instead(read)}`; `instead` gives the messages that come in its place, each as what it
 * has to read or as a function that accepts it.
 */
export function expected(read, entry, differences) {
  const difference = differences.find(({ concerns }) => concerns(read, entry));
  if (!difference) return [read];
  difference.met = true;
  return difference.instead?.(read, entry) ?? [];
}

/** Every difference has to be met: a list that names what does not happen is no list of differences. */
export function allMet(differences) {
  assert.deepEqual(differences.filter(({ met }) => !met).map(({ why }) => why), []);
}
