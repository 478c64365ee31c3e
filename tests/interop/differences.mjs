// Where ours differs from the recordings of the original, and why. Each `id` is explained in docs/contract-differences.md.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { REFERENCES, ROOT, recorded } from './lib/trace.mjs';

const GOODBYE = {
  id: 'goodbye',
  why: 'GOODBYE is answered as the specification says',
  concerns: ({ goodbye }) => goodbye === 'wamp.close.normal',
  instead: () => [{ goodbye: 'wamp.close.goodbye_and_out' }],
};

/** Presence that nobody had to ask for. */
export const PRESENCE = {
  id: 'presence-without-a-word',
  why: 'that somebody has left, or is back, is told also when they did not say so',
  more: ({ event, args }) => event?.endsWith('.update_child') && args[1] === 'runuser' && typeof args[2].online === 'boolean',
};

const abort = (uri, says) => () => [read => read.abort === uri && says.test(read.says)];

export const auth = () => [
  GOODBYE,
  {
    id: 'unknown-user',
    why: 'a user id that nobody has is not let in',
    concerns: (read, { who }) => who === 'wampcra_unknown_user' && 'welcome' in read,
    instead: abort('wamp.error.not_authorized', /^there is no user \d+ in the games API$/),
    ends: true,
  },
  {
    id: 'no-authid',
    why: 'who says nothing of themselves is told what is missing, too',
    concerns: ({ says }) => says === 'no authid assigned',
    instead: abort('wamp.error.no_such_principal', /^no authid assigned/),
  },
  {
    id: 'anonymous',
    why: 'nobody gets in without saying who they are, least of all with the role of the service',
    concerns: ({ welcome }) => welcome?.authmethod === 'anonymous',
    instead: abort('wamp.error.no_matching_auth_method', /^expected authmethods with one of ticket, wampcra, got (anonymous|none)$/),
    ends: true,
  },
  {
    id: 'shared-ticket',
    why: 'the ticket that every installation of the original shares opens nothing: a ticket is a password of a user',
    concerns: ({ welcome }) => welcome?.authmethod === 'ticket',
    instead: abort('wamp.error.not_authorized', /^the user, the password or the ticket is wrong$/),
    ends: true,
  },
  {
    id: 'wrong-ticket',
    why: 'a wrong ticket is refused in words that do not tell whether there is such a user',
    concerns: ({ abort }, { who }) => abort && who === 'ticket_bad',
    instead: abort('wamp.error.not_authorized', /^the user, the password or the ticket is wrong$/),
  },
  {
    id: 'ticket-first',
    why: 'who has no ticket is asked for one first, so that nobody learns who exists',
    concerns: ({ abort }, { who }) => abort && who === 'ticket_unknown',
    instead: () => [({ challenge }) => challenge === 'ticket'],
    ends: true,
  },
  {
    id: 'no-method-or-realm',
    why: 'no method in common, and no such realm, have reasons of their own',
    concerns: ({ abort, says }) => abort && /^invalid authmethod|realm auto-activation/.test(says),
    instead: ({ says }) => abort(...(says.includes('realm')
      ? ['wamp.error.no_such_realm', /^no realm <nope> here$/]
      : ['wamp.error.no_matching_auth_method', /got scram$/]))(),
  },
];

/** The same message with other content wherever `change` gives some. */
function changed(value, change) {
  const other = change(value);
  if (other !== undefined) return other;
  if (Array.isArray(value)) return value.map(one => changed(one, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([member, content]) => [member, changed(content, change)]));
}

const isOffline = value => value?.email === 's2@div.edu' && value.online === false;
const says = (read, found) => {
  let said = false;
  changed(read, value => { said ||= found(value); });
  return said;
};

export const load = () => [
  {
    id: 'online-by-session',
    why: 'online is who has a session, whether they have opened this scope or not',
    concerns: read => says(read, isOffline),
    instead: read => [changed(read, value => (isOffline(value) ? { ...value, online: true } : undefined))],
  },
];

/** The original adds a row without data and fills it at once; ours adds it filled. */
function addedAtOnce() {
  const bare = new Set();
  const key = ({ event, args: [row] }, { who }) => `${who} ${row} ${event.replace(/\.[a-z_]+$/, '')}`;
  const isBare = ({ event, args }) => event?.endsWith('add_child') && ['decision', 'result'].includes(args[1]) && Object.keys(args[2].data).length === 0;
  return [
    {
      id: 'one-add-child',
      why: 'one add_child with data instead of an empty one',
      concerns: (read, step) => isBare(read) && bare.add(key(read, step)),
    },
    {
      id: 'no-update-child',
      why: 'and of the update_child that fills it',
      concerns: (read, step) => read.event?.endsWith('update_child') && bare.delete(key(read, step)),
      instead: read => [{ ...read, event: read.event.replace('update_child', 'add_child') }],
    },
  ];
}

export const play = () => addedAtOnce();

const isError = ({ event }) => event?.includes('.error');
/** Concerns what one client heard of one of its requests. */
const answer = (client, ...requests) => (read, { who }) => who === client && requests.includes(read.result ?? read.request ?? read.registered);
/** The request is refused with a sentence. */
const refused = (uri, says) => read => [other => other.request === (read.result ?? read.request ?? read.registered) && other.error === uri && says.test(other.args[0])];
const unknown = refused('wamp.error.no_such_procedure', /^no callee registered for procedure </);
const result = accepts => read => [other => other.result === (read.result ?? read.request) && accepts(other.args[0], read.args[0])];
const advance = `${ROOT}.model.run.5.advance_phase`;
const advances = async replay => assert.deepEqual((await replay.line('leader').calls(advance)).args, [null]);
const hasSession = value => ['s1@div.edu', 's2@div.edu', 's3@div.edu'].includes(value?.email) && value.online === false;

export const errors = () => [
  {
    id: 'clients-not-let-in',
    why: 'anonymous clients, users who do not exist and the profiler are not let in',
    absent: ['anon', 'ghost', 'prof'],
  },
  {
    id: 'errors-to-whom-they-happen',
    why: 'an error is told to whom it happened, not to whoever subscribes to the beginning of the topic',
    concerns: (read, { who }) => isError(read) && who === 'leader' && !read.event.endsWith('<user leader@div.edu>'),
  },
  {
    id: 'game-tree',
    why: 'what always failed answers with what the caller may see: the tree of the game',
    concerns: answer('p1', 24),
    instead: result(({ resource_name, children }) => resource_name === 'game'
      && ['role', 'phase', 'run'].every(table => children.some(child => child.resource_name === table))),
  },
  {
    id: 'game-runusers',
    why: 'the run users of the game',
    concerns: answer('p1', 25),
    instead: result(runusers => runusers.map(({ data }) => data.email).join() === 'leader@div.edu,s1@div.edu,s2@div.edu'),
  },
  {
    id: 'game-run-and-phase',
    why: 'and the run and phase of the game',
    concerns: answer('p1', 26),
    instead: result(({ run, phase }) => run.pk === 'run default' && phase.pk === 'phase Play'),
  },
  {
    id: 'no-errors-of-attributes',
    why: 'and so their errors are not told',
    concerns: read => isError(read) && /has no(t)? attribute '(runuser|current_phase|pk)'/.test(read.args[0]),
  },
  {
    id: 'rollback-works',
    why: 'rollback_phase works, and is taken back here for what follows',
    concerns: answer('leader', 13),
    instead: result(done => done === null),
    then: advances,
  },
  {
    id: 'phase-changes-told',
    why: 'going back and forth is told',
    more: ({ event, args }) => event && args[1] === 'run',
  },
  {
    id: 'exact-names',
    why: 'a procedure is called by its name, not by a name that begins so',
    concerns: answer('p1', 17, 18),
    instead: unknown,
  },
  {
    id: 'other-worlds',
    why: 'nobody reaches into another world',
    concerns: (...heard) => answer('p3', 1)(...heard) || answer('p1', 22)(...heard),
    instead: unknown,
  },
  {
    id: 'list-of-scopes',
    why: 'the list of scopes holds what the caller may see',
    concerns: answer('p1', 20),
    instead: result((listed, all) => isDeepStrictEqual(Object.keys(listed), Object.keys(all))
      && Object.entries(listed).every(([table, rows]) => Object.keys(rows).length > 0 && Object.keys(rows).every(row => row in all[table]))
      && isDeepStrictEqual(Object.keys(listed.world), ['world World 1'])
      && isDeepStrictEqual(Object.keys(listed.runuser).sort(), ['runuser leader@div.edu', 'runuser s1@div.edu', 'runuser s2@div.edu'])),
  },
  {
    id: 'leaders-change-phases',
    why: 'only a leader changes the phase, and does so here for what follows',
    said: ({ who, msg }) => who === 'p1' && msg[3] === advance,
    then: advances,
  },
  {
    id: 'players-told-so',
    why: 'a player is told so',
    concerns: answer('p1', 30),
    instead: refused('wamp.error.not_authorized', /^only a leader of this run may change its phase$/),
  },
  {
    id: 'closed-phases',
    why: 'a phase that takes no decisions takes none',
    concerns: answer('p1', 31),
    instead: refused('wamp.error.runtime_error', /Debrief/),
  },
  {
    id: 'errors-are-sentences',
    why: 'errors are sentences for people, and come with what was expected and what came',
    concerns: ({ error, kwargs }) => error === 'wamp.error.runtime_error' && Object.keys(kwargs).length === 0,
    instead: ({ request }) => [({ request: of, error, args, kwargs }) => of === request && error === 'wamp.error.runtime_error'
      && args.length === 1 && typeof args[0] === 'string' && ['code', 'expected', 'got'].every(member => member in kwargs)],
  },
  {
    id: 'error-topic',
    why: 'on the topic of errors, too',
    concerns: isError,
    instead: ({ event, by }) => [other => other.event === event && other.by === by && other.args.length === 1 && typeof other.kwargs.error === 'string'],
  },
  {
    id: 'more-errors',
    why: 'the errors of what is refused here only are told as well',
    more: isError,
  },
  {
    id: 'offline-by-session',
    why: 'somebody is offline when their last session has ended, not when one page says so',
    concerns: read => says(read, hasSession),
    instead: read => [changed(read, value => (hasSession(value) ? { ...value, online: true } : undefined))],
  },
  {
    id: 'no-forged-events',
    why: 'no browser can tell what the service tells',
    concerns: ({ event, by }) => event && by !== 'service',
  },
  {
    id: 'meta-api-for-staff',
    why: 'the meta API is for staff: it would tell browsers who else is there',
    concerns: answer('p1', 35, 36, 37),
    instead: refused('wamp.error.not_authorized', /^only staff may ask the router about/),
  },
  {
    id: 'no-registration',
    why: 'nor register a procedure',
    concerns: answer('p1', 38, 39),
    instead: refused('wamp.error.not_authorized', /^only services may register procedures$/),
  },
  {
    id: 'nothing-registered',
    why: 'so that nobody can call it',
    concerns: answer('p2', 8),
    instead: unknown,
  },
  {
    id: 'nobody-invoked',
    why: 'and nobody is asked to answer',
    concerns: ({ message }) => message?.[0] === 68,
  },
  {
    id: 'no-yield',
    why: 'or does',
    unsaid: ({ msg }) => msg[0] === 70,
  },
  {
    id: 'events-left-out',
    why: 'the recording leaves out the events of decisions and results',
    more: ({ event, args }) => event && ['decision', 'result'].includes(args[1]),
  },
  GOODBYE,
  PRESENCE,
];

/** Makes the change that a recorded callback tells, in the games API `api`. */
async function make(replay, api, { event, data: { id, created, updated, ...data } }) {
  const [action, table] = event.split('.').reverse();
  const here = row => replay.names.pk(recorded.of(table, row));
  const body = Object.fromEntries(Object.entries(data).map(([member, content]) =>
    [member, REFERENCES.includes(member) && content !== null ? replay.names.pk(recorded.of(member, content)) : content]));
  const route = table === 'game' ? `games/${data.slug}/` : `${table}s/${action === 'created' ? '' : `${here(id)}/`}`;
  const method = { created: 'POST', changed: 'PUT', deleted: 'DELETE' }[action];
  if (table === 'user') body.password = 'a password';
  const answer = await api.request(method, route, method === 'DELETE' ? undefined : body);
  assert.ok(answer.ok, `${method} ${route}: ${answer.status}`);
  if (table === 'user' && action === 'created') replay.names.knows((await answer.json()).id, data.email);
  else if (method !== 'DELETE') replay.names.learn(await answer.json());
}

const isCallback = message => message[0] === 36 && typeof message[4]?.[0]?.body === 'string';
const isRunuser = ({ event, args }) => event && args[1] === 'runuser';

export const changes = api => [
  {
    id: 'no-callbacks-to-browsers',
    why: 'callbacks are between the games API and the service: no browser is told of one; the change is made here',
    concerns: (read, { msg }) => isCallback(msg),
    then: (replay, message) => make(replay, api, JSON.parse(message[4][0].body)),
  },
  {
    id: 'online-always-told',
    why: 'a run user is always told with whether they are online',
    concerns: read => isRunuser(read) && !('online' in read.args[2]),
    instead: read => [changed(read, value => (value?.email && !('online' in value) ? { ...value, online: false } : undefined))],
  },
  {
    id: 'left-world-told',
    why: 'whom a run user left behind in a world hears of it',
    more: read => isRunuser(read) && read.event.endsWith('<world World 1>.update_child') && read.args[2].world === 'world World 2',
  },
  {
    id: 'end-of-world-told',
    why: 'the end of a world is told to its run',
    more: ({ event, args }) => event?.endsWith('<run default>.remove_child') && args[1] === 'world',
  },
];
