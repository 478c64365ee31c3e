// A person at a front end, through npm autobahn: signs in, subscribes as the original's front ends do, calls, and remembers what it heard.
import autobahn from 'autobahn';
import WebSocket from 'ws';

// autobahn uses the WebSocket of the browser; Node has had one of its own only since version 22.
globalThis.WebSocket ??= WebSocket;
// It warns of every closed connection, and these tests close many on purpose.
autobahn.log.warn = () => {};

export const ROOT = 'world.simpl.sims.div';
const ANSWERS_WITHIN = 15_000;

/** The URI of a procedure or topic of one scope. */
export const uri = (resource, pk, name) => `${ROOT}.model.${resource}.${pk}.${name}`;
/** The URI of a procedure of the game. */
export const gameUri = name => `${ROOT}.model.game.${name}`;

function within(limit, what, promise) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`not within ${limit} ms: ${what()}`)), limit); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Opens a session; rejects with `{reason, message}` of the ABORT when it is refused. */
export function connect(service, authid, ticket, options = {}) {
  const connection = new autobahn.Connection({
    url: `ws://${service.address}/ws`,
    realm: 'realm1',
    authmethods: ['ticket'],
    authid,
    onchallenge: () => ticket,
    max_retries: 0,
    use_es6_promises: true,
    ...options,
  });
  const opened = new Promise((resolve, reject) => {
    connection.onopen = (session, details) => resolve({ connection, session, details });
    connection.onclose = (reason, details) => {
      reject(Object.assign(new Error(`${authid} was not let in: ${details.reason ?? reason}`), { reason: details.reason, sentence: details.message }));
      return true; // no second try
    };
    connection.open();
  });
  return within(ANSWERS_WITHIN, () => `${authid} was let in`, opened);
}

export class Seat {
  heard = [];
  #listeners = new Set();

  /** Signs in and closes when the test has ended. */
  static async login(t, service, email, password) {
    const seat = new Seat();
    seat.email = email;
    Object.assign(seat, await connect(service, email, password));
    seat.closed = new Promise(resolve => {
      seat.connection.onclose = (reason, details) => { resolve({ reason, ...details }); return true; };
    });
    t.after(() => { if (seat.session.isOpen) seat.connection.close(); });
    return seat;
  }

  /** Signs in as one of the default environment, whose passwords are the names before the @. */
  static async join(t, service, name) {
    const seat = await Seat.login(t, service, `${name}@div.edu`, name);
    seat.name = name;
    await seat.open();
    return seat;
  }

  /** What an unmodified front end does once it is connected: subscribe, announce itself, fetch. */
  async open() {
    [this.runuser] = await this.call(gameUri('get_seats'));
    const { run, world, leader } = this.runuser.data;
    this.run = run;
    this.world = world;
    await this.listen('runuser', this.runuser.pk);
    await this.session.subscribe(`${ROOT}.error.${this.details.authid}`, this.#hear, { match: 'prefix' });
    if (leader) {
      await this.listen('run', run);
      const tree = await this.call(uri('run', run, 'get_scope_tree'));
      for (const child of tree.children) if (child.resource_name === 'world') await this.listen('world', child.pk);
    } else {
      await this.listen('world', world);
    }
  }

  async listen(resource, pk) {
    for (const name of ['add_child', 'update_child', 'remove_child']) {
      await this.session.subscribe(uri(resource, pk, name), this.#hear, { match: 'prefix' });
    }
  }

  #hear = (args, kwargs, details) => {
    this.heard.push({ topic: details.topic, args, kwargs });
    this.#listeners.forEach(look => look());
  };

  /** Waits for an event that `wanted(args, event)` accepts; events heard earlier count. */
  hears(what, wanted) {
    let look;
    const found = new Promise(resolve => {
      look = () => {
        const event = this.heard.find(event => wanted(event.args, event));
        if (event) resolve(event);
      };
      this.#listeners.add(look);
      look();
    });
    const story = () => `${this.email} heard ${what}; heard:\n${this.heard.map(event => JSON.stringify(event)).join('\n')}`;
    return within(ANSWERS_WITHIN, story, found).finally(() => this.#listeners.delete(look));
  }

  /** Waits for a row of `resource` whose JSON `wanted` accepts, and gives its JSON. */
  async hearsOf(resource, wanted) {
    const event = await this.hears(`of a ${resource}`, ([, name, json], { topic }) => name === resource && !topic.includes('remove_child') && wanted(json));
    return event.args[2];
  }

  call(procedure, args = [], kwargs = {}) {
    return within(ANSWERS_WITHIN, () => `${procedure} answered`, this.session.call(procedure, args, kwargs));
  }

  /** Calls and expects an ERROR; gives `{uri, sentence, details}`. */
  async refused(procedure, args, kwargs) {
    let result;
    try {
      result = await this.call(procedure, args, kwargs);
    } catch (error) {
      if (error.error === undefined) throw error;
      return { uri: error.error, sentence: error.args?.[0], details: error.kwargs ?? {} };
    }
    throw new Error(`${procedure}(${JSON.stringify(args)}) was meant to be refused and answered ${JSON.stringify(result)}`);
  }

  submit(period, ...args) {
    return this.call(uri('period', period, 'submit_decision'), args);
  }

  /** The tree of the seat's world, as this seat sees it. */
  tree() {
    return this.call(uri('world', this.world, 'get_scope_tree'));
  }

  /** The periods of the seat's world with their rows, in order. */
  async periods() {
    const { children } = await this.tree();
    const scenario = children.find(child => child.resource_name === 'scenario');
    return scenario.children.filter(child => child.resource_name === 'period').map(({ pk, data, children: rows }) => ({
      pk,
      order: data.order,
      decisions: rows.filter(row => row.resource_name === 'decision').map(row => row.data),
      results: rows.filter(row => row.resource_name === 'result').map(row => row.data),
    })).sort((a, b) => a.order - b.order);
  }

  /** Waits until `wanted` accepts the seat's periods, reading them again after every event, and gives them. */
  untilPeriods(what, wanted) {
    let look;
    const found = new Promise((resolve, reject) => {
      look = () => this.periods().then(periods => { if (wanted(periods)) resolve(periods); }, reject);
      this.#listeners.add(look);
      look();
    });
    return within(ANSWERS_WITHIN, () => `${this.email} saw ${what}`, found).finally(() => this.#listeners.delete(look));
  }

  /** The period that is being decided. */
  async period() {
    return (await this.periods()).at(-1);
  }
}
