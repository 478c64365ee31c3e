// Recorded traffic of the original, and how it compares with ours: every primary key becomes the name of its row, every time and every
// id that is drawn becomes a placeholder, so that both sides read alike.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root topic of the recordings. */
export const ROOT = 'world.simpl.sims.simpl-div';
/** The tables that rows refer to, by the member that refers to them. */
export const REFERENCES = ['game', 'phase', 'role', 'run', 'world', 'runuser', 'user', 'scenario', 'period'];
/** The game has no row in the recordings. */
const GAME = 'the game';

export const read = name => JSON.parse(readFileSync(fileURLToPath(new URL(`../traces/${name}.json`, import.meta.url)), 'utf8'));

/** Which table a row is from, by the members it has; undefined for what is no row. */
function tableOf(row) {
  if (row === null || typeof row !== 'object' || typeof row.id !== 'number') return undefined;
  if ('user' in row) return 'runuser';
  if ('external_ids' in row) return 'world';
  if ('phase' in row) return 'run';
  if ('scenario' in row) return 'period';
  if ('period' in row) return row.name?.startsWith('result') ? 'result' : 'decision';
  if ('runuser' in row) return 'scenario';
  if ('order' in row) return 'phase';
  return 'slug' in row && 'game' in row ? 'role' : undefined;
}

/** What the rows of one database are called. */
export class Names {
  #rows = new Map();
  #known = new Map();
  /** E-mail addresses by user. */
  #users = new Map();

  /** Learns every row that is somewhere in `value`. */
  learn(value) {
    if (Array.isArray(value)) value.forEach(one => this.learn(one));
    else if (value !== null && typeof value === 'object') {
      const table = tableOf(value);
      if (table) this.#rows.set(`${table} ${value.id}`, value);
      if (table === 'runuser') this.knows(value.user, value.email);
      Object.values(value).forEach(one => this.learn(one));
      if (typeof value.body === 'string') this.learn(JSON.parse(value.body));
    }
    return this;
  }

  /** Learns a user, whose own row nobody is told of. */
  knows(user, email) {
    this.#users.set(user, email);
  }

  /** The name of a row: what it says itself, and what its parents are called. */
  of(table, pk) {
    if (pk === null) return null;
    if (table === 'game') return GAME;
    const key = `${table} ${pk}`;
    if (!this.#known.has(key)) {
      const name = this.#name(table, pk);
      if (name === undefined) return `${table} ${pk} of nobody`;
      this.#known.set(key, `${table} ${name}`);
    }
    return this.#known.get(key);
  }

  #name(table, pk) {
    if (table === 'user') return this.#users.get(pk);
    const row = this.#rows.get(`${table} ${pk}`);
    if (!row) return undefined;
    switch (table) {
      case 'runuser': return row.email;
      case 'scenario': return `${row.name} of ${row.world === null ? this.of('runuser', row.runuser) : this.of('world', row.world)}`;
      case 'period': return `${row.order} of ${this.of('scenario', row.scenario)}`;
      case 'decision':
      case 'result': return `${row.name} of ${this.of('role', row.role)} in ${this.of('period', row.period)}`;
      default: return row.name;
    }
  }

  /** The primary key of a named row. */
  pk(name) {
    if (name === GAME) return [...this.#rows.values()].find(row => 'game' in row)?.game;
    const [table] = name.split(' ', 1);
    return this.#pks(table).find(pk => this.of(table, pk) === name);
  }

  #pks(table) {
    if (table === 'user') return [...this.#users.keys()];
    return [...this.#rows.keys()].filter(key => key.startsWith(`${table} `)).map(key => Number(key.slice(table.length + 1)));
  }

  /** A topic or procedure with names in place of primary keys. */
  uri(uri) {
    return uri
      .replace(/\.model\.([a-z]+)\.(\d+)(?=\.)/, (_, table, pk) => `.model.${table}.<${this.of(table, Number(pk))}>`)
      .replace(/\.error\.(\d+)$/, (_, user) => `.error.<${this.of('user', Number(user))}>`);
  }

  /** The way back from [`uri`]: with this database's primary keys. */
  address(uri) {
    return uri.replace(/<([^<>]+)>/, (_, name) => {
      const nobody = /^\w+ (\d+) of nobody$/.exec(name);
      if (nobody) return nobody[1];
      const pk = this.pk(name);
      if (pk === undefined) throw new Error(`there is no ${name} here`);
      return pk;
    });
  }

  /** A payload with names in place of primary keys and a placeholder for every time. */
  payload(value, within) {
    if (Array.isArray(value)) return this.#list(value);
    if (typeof value === 'string') return this.#text(value);
    if (value === null || typeof value !== 'object') return value;
    const table = tableOf(value);
    const entries = Object.entries(value).map(([member, content]) => {
      // The index of all scopes: resource, then primary key.
      if (/^\d+$/.test(member) && within) return [this.of(within, Number(member)), this.payload(content)];
      return [member, this.#member(value, table, member, content)];
    });
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #member(row, table, member, content) {
    if (member === 'pk' && typeof row.resource_name === 'string') return this.of(row.resource_name, content);
    if (table && member === 'id') return this.of(table, content);
    if (table && (member === 'created' || member === 'updated')) return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(content) ? '<time>' : content;
    if (table && REFERENCES.includes(member)) return this.of(member, content);
    return this.payload(content, member);
  }

  #list(list) {
    // The arguments of an event.
    if (list.length === 3 && typeof list[0] === 'number' && tableOf(list[2]) === list[1]) return [this.of(list[1], list[0]), list[1], this.payload(list[2])];
    const read = list.map(one => this.payload(one));
    // The original lists scopes in no fixed order.
    const scopes = list.length > 0 && list.every(one => one?.resource_name);
    return scopes ? read.sort((a, b) => (a.pk < b.pk ? -1 : 1)) : read;
  }

  #text(text) {
    return this.uri(text).replace(/^Run (\d+):/, (_, pk) => `${this.of('run', Number(pk))}:`);
  }
}

/** The names in the recordings: all were made from one database. */
export const recorded = ['browser-session', 'wamp-load-sequence', 'wamp-play', 'wamp-errors-and-phases', 'wamp-webhook-events']
  .reduce((names, file) => names.learn(read(file)), new Names());

/** A message from a router, comparable: `names` are those of its database, `topics` the subscriptions of its session. */
export function comparable(message, names, topics = new Map()) {
  const [kind] = message;
  switch (kind) {
    case 2: {
      const { realm, authid, authrole, authmethod, authprovider } = message[2];
      return { welcome: { realm, authid: names.of('user', Number(authid)), authrole, authmethod, authprovider } };
    }
    case 3: return { abort: message[2], says: message[1].message };
    case 4: return { challenge: message[1], extra: challenge(message[2], names) };
    case 6: return { goodbye: message[2] };
    case 8: return { error: message[4], request: message[2], args: names.payload(message[5] ?? []), kwargs: names.payload(message[6] ?? {}) };
    case 17: return { published: message[1] };
    case 33: return { subscribed: message[1] };
    case 35: return { unsubscribed: message[1] };
    case 36: {
      const { topic = topics.get(message[1]) ?? 'unknown', publisher_authrole: by } = message[3];
      return { event: names.uri(topic), by, args: names.payload(message[4] ?? []), kwargs: names.payload(message[5] ?? {}) };
    }
    case 50: return { result: message[1], args: names.payload(message[3] ?? []), kwargs: names.payload(message[4] ?? {}) };
    case 65: return { registered: message[1] };
    default: return { message };
  }
}

function challenge(extra, names) {
  if (typeof extra.challenge !== 'string') return extra;
  const { authid, session, nonce, timestamp, ...rest } = JSON.parse(extra.challenge);
  const drawn = [typeof session, nonce.length, timestamp.replace(/\d/g, '9')];
  return { authid: names.of('user', Number(authid)), drawn, ...rest };
}
