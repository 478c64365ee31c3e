// Says to our router what clients said to the original's, and compares what it answers, message by message.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import WebSocket from 'ws';
import { ROOT, comparable, recorded } from './trace.mjs';

const ANSWERS_WITHIN = 10_000;
/** What a HELLO announces where the recording leaves it out. */
const ROLES = { caller: {}, callee: {}, publisher: {}, subscriber: {} };
/** Ids of requests that no recording has. */
let request = 900_000;

/** What a client answers to a challenge. */
export const signature = (secret, text) => createHmac('sha256', secret).update(text).digest('base64');

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
  #joined = false;
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
    if ([2, 3, 6].includes(message[0])) this.#joined = message[0] === 2;
    if (message[0] === 4) this.challenge = message[2].challenge;
    if (message[0] === 33) {
      this.#topics.set(message[2], this.#asked.get(message[1]));
      this.#subscriptions.set(this.#asked.get(message[1]), message[2]);
    }
    this.#names.learn(message);
    this.#heard.push({ message, read: withoutRev(comparable(message, this.#names, this.#topics)) });
    this.#listeners.forEach(look => look());
  }

  /** Says a message of a recording, in this database's primary keys. */
  say(message, recordedTopics = new Map()) {
    const said = [...message];
    const here = uri => (uri.startsWith(ROOT) ? this.#names.address(recorded.uri(uri)) : uri);
    if (said[0] === 1) said[2] = { roles: ROLES, ...said[2] };
    if (said[0] === 1 && said[2].authid) said[2].authid = this.#authid(said[2].authid);
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
    this.socket.send(JSON.stringify([5, signature(secret, this.challenge), {}]));
  }

  /** Waits for a message that reads as `wanted`, or that it accepts, and takes it. */
  hears(wanted, what) {
    const fits = typeof wanted === 'function' ? wanted : read => isDeepStrictEqual(read, wanted);
    let look;
    let timer;
    const described = JSON.stringify(wanted) ?? String(wanted);
    const story = () => `not within ${ANSWERS_WITHIN} ms: ${what ?? 'a message'}: ${described}\nheard:\n${this.#heard.map(({ read }) => JSON.stringify(read)).join('\n')}`;
    return new Promise((resolve, reject) => {
      look = () => {
        const at = this.#heard.findIndex(({ read }) => fits(read));
        // Off at once: a second message that fits is for whoever waits next.
        if (at >= 0 && this.#listeners.delete(look)) resolve(this.#heard.splice(at, 1)[0]);
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
    if (this.#joined && this.socket.readyState === WebSocket.OPEN) await this.calls(`${ROOT}.ready`);
    return this.#heard.splice(0).map(({ read }) => read);
  }

  /** Signs in and subscribes as the recorded clients did. */
  async signIn(user, topics) {
    this.say([1, 'realm1', { authmethods: ['wampcra'], authid: String(user) }]);
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

/** The first world plays its period, as it had before most recordings were made. */
export async function played(t, service, names) {
  const submit = `${ROOT}.model.period.10.submit_decision`;
  const dividend = await (await Line.open(t, service, names)).signIn(7, ['model.world.10.add_child']);
  const divisor = await (await Line.open(t, service, names)).signIn(8, []);
  assert.deepEqual((await dividend.calls(submit, [20])).args, ['ok']);
  assert.deepEqual((await divisor.calls(submit, [4])).args, ['ok']);
  await dividend.hears(({ event, args }) => event && args[1] === 'result', 'the result');
  for (const { socket, closed } of [dividend, divisor]) {
    socket.close();
    await closed;
  }
}

/** The two ways in which recordings were written, as one: who did what. */
function* steps(recording) {
  for (const { conn, session = conn, dir, open, close, msg } of recording) {
    if (dir === 'open' || open) yield { who: session, does: 'opens' };
    else if (dir === 'c2s' || dir === 'send') yield { who: session, does: 'says', msg };
    else if (dir === 's2c' || dir === 'recv') yield { who: session, does: 'hears', msg };
    else if (dir === 'client-close' || close) yield { who: session, does: 'closes' };
  }
}

/**
 * Says what clients said in a recording, and waits for what they heard.
 *
 * A difference is `{id, why, concerns(read, step), instead(read), ends, then(replay, message)}`: of a recorded message, `instead` gives those that come in
 * its place, each as what it has to read or as a function that accepts it; with `ends` the rest of that client is left out; `then` is done
 * afterwards. `{why, said(step), then}` does something after a client has said that, `{why, unsaid(step)}` leaves it out. `{why, more(read, who)}` accepts a message that was not recorded, `{why, absent}` names clients that are not let in. Every difference has to be met: a list that names what does
 * not happen is no list of differences.
 */
export class Replay {
  #lines = new Map();
  #ended = new Set();
  /** The differences that have been met. */
  #met = new Set();
  /** Recorded topics, by recorded request and by recorded subscription. */
  #topics = new Map();
  /** The recorded text that a client is asked to sign. */
  #challenges = new Map();

  constructor(t, service, names, differences, { seats = {}, origin } = {}) {
    Object.assign(this, { t, service, names, differences, seats, origin });
  }

  /** The connection of a client. */
  line(who) {
    return this.#lines.get(who);
  }

  async of(recording) {
    for (const step of steps(recording)) {
      if (!this.#ended.has(step.who)) await this[step.does](step);
    }
    for (const who of this.#lines.keys()) await this.#heardAll(who);
    for (const who of this.#lines.keys()) this.#close(who);
    assert.deepEqual(this.differences.filter(difference => !this.#met.has(difference)).map(({ why }) => why), [], 'every difference is met');
  }

  async opens({ who }) {
    const absent = this.differences.find(({ absent }) => absent?.includes(who));
    if (absent) {
      this.#met.add(absent);
      this.#ended.add(who);
      return;
    }
    const line = await Line.open(this.t, this.service, this.names, this.origin);
    const seat = this.seats[who];
    if (seat) await line.signIn(seat.user, seat.topics);
    this.#lines.set(who, line);
  }

  async says(step) {
    const { who, msg } = step;
    const line = this.line(who);
    const difference = this.differences.find(({ said, unsaid }) => said?.(step) || unsaid?.(step));
    if (difference) this.#met.add(difference);
    if (difference?.unsaid) return;
    if (msg[0] === 32) this.#topics.set(`${who} ${msg[1]}`, msg[3]);
    // A challenge is never the same twice, so a recorded signature only says whether it was made with the right secret.
    if (msg[0] === 5 && this.#challenges.has(who)) line.sign(signature('nopassword', this.#challenges.get(who)) === msg[1] ? 'nopassword' : 'guess');
    else line.say(msg, this.#topics);
    await difference?.then?.(this);
  }

  async hears(step) {
    const { who, msg } = step;
    if (msg[0] === 33) this.#topics.set(msg[2], this.#topics.get(`${who} ${msg[1]}`));
    if (msg[0] === 4 && msg[2].challenge) this.#challenges.set(who, msg[2].challenge);
    const read = typeof msg[3] === 'string' ? { result: msg[1], leftOut: msg[3] } : comparable(msg, recorded, this.#topics);
    const difference = this.differences.find(({ concerns }) => concerns?.(read, step));
    if (difference) this.#met.add(difference);
    const wanted = difference ? difference.instead?.(read) ?? [] : [read];
    for (const one of wanted) await this.line(who).hears(one, `to ${who}, who heard there ${JSON.stringify(read)}`);
    if (difference?.ends) this.#ended.add(who);
    await difference?.then?.(this, msg);
  }

  async closes({ who }) {
    if (!this.line(who)) return;
    await this.#heardAll(who);
    this.#close(who);
  }

  /** A client has heard nothing that was not recorded, unless a difference says so. */
  async #heardAll(who) {
    const rest = (await this.line(who).rest()).filter(read => {
      const difference = this.differences.find(({ more }) => more?.(read, who));
      if (difference) this.#met.add(difference);
      return !difference;
    });
    assert.deepEqual(rest, [], `${who} hears no more than was recorded`);
  }

  #close(who) {
    this.line(who).socket.close();
    this.#lines.delete(who);
  }
}
