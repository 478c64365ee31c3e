import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refusal, Unanswered } from '../src/wamp/errors';
import { ALIVE_WITHIN, ANSWER_WITHIN, CONNECT_WITHIN, QUIET, Session, WELCOME_WITHIN, type End, type Socket } from '../src/wamp/session';

/** A socket whose other end is this test. */
class Wire implements Socket {
  readyState: Socket['readyState'] = 0;
  onopen: WebSocket['onopen'] = null;
  onmessage: WebSocket['onmessage'] = null;
  onclose: WebSocket['onclose'] = null;
  readonly sent: unknown[][] = [];
  closed = false;

  send(text: string) { this.sent.push(JSON.parse(text) as unknown[]); }
  close() { this.closed = true; }
  opens() { this.onopen?.call(this as unknown as WebSocket, new Event('open')); }
  says(message: unknown[]) { this.onmessage?.call(this as unknown as WebSocket, { data: JSON.stringify(message) } as MessageEvent); }
  breaks() { this.onclose?.call(this as unknown as WebSocket, {} as CloseEvent); }
  get last() { return this.sent[this.sent.length - 1] ?? []; }
}

function start() {
  const wire = new Wire();
  const ends: End[] = [];
  const joined: string[] = [];
  const session = new Session(wire, { authid: 's1@div.edu', ticket: 'secret' }, 'root.ready', { joined: id => joined.push(id), ended: end => ends.push(end) });
  return { wire, ends, joined, session };
}

function welcomed() {
  const started = start();
  started.wire.opens();
  started.wire.says([4, 'ticket', {}]);
  started.wire.says([2, 17, { authid: '3' }]);
  return started;
}

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

describe('a session', () => {
  it('signs in with a ticket', () => {
    const { wire, joined, session } = welcomed();
    expect(wire.sent.map(([kind]) => kind)).toEqual([1, 5]);
    expect(wire.last).toEqual([5, 'secret', {}]);
    expect(joined).toEqual(['3']);
    expect(session.open).toBe(true);
  });

  it('begins at once on a socket that was opened ahead', () => {
    const wire = new Wire();
    wire.readyState = 1;
    new Session(wire, { authid: 's1@div.edu', ticket: 'secret' }, 'root.ready', { joined: () => undefined, ended: () => undefined });
    expect(wire.sent.map(([kind]) => kind)).toEqual([1]);
    wire.opens();
    expect(wire.sent).toHaveLength(1);
  });

  it('is refused for good where the ticket is wrong, and only for now where the server is going away', () => {
    const wrong = start();
    wrong.wire.says([3, { message: 'the password is wrong' }, 'wamp.error.not_authorized']);
    expect(wrong.ends).toEqual([{ refused: true, reason: 'the password is wrong' }]);
    const stopping = start();
    stopping.wire.says([3, {}, 'wamp.close.system_shutdown']);
    expect(stopping.ends).toEqual([{ refused: false, reason: 'wamp.close.system_shutdown' }]);
  });

  it('gives a call its result, or the sentence of the refusal', async () => {
    const { wire, session } = welcomed();
    const good = session.call('root.add', [1, 2], { _key: 'k' });
    expect(wire.last).toEqual([48, 1, {}, 'root.add', [1, 2], { _key: 'k' }]);
    wire.says([50, 1, {}, [3]]);
    await expect(good).resolves.toBe(3);
    const bad = session.call('root.add');
    wire.says([8, 48, 2, {}, 'wamp.error.runtime_error', ['a number is expected'], { code: 'invalid_argument' }]);
    await expect(bad).rejects.toMatchObject({ message: 'a number is expected', uri: 'wamp.error.runtime_error', details: { code: 'invalid_argument' } });
    await expect(bad).rejects.toBeInstanceOf(Refusal);
  });

  it('hands events to whoever subscribed, with the topic that matched', async () => {
    const { wire, session } = welcomed();
    const heard: unknown[] = [];
    const subscribed = session.subscribe('root.world.1.', 'prefix', (args, kwargs, topic) => heard.push([args, kwargs, topic]));
    wire.says([33, 1, 99]);
    const leave = await subscribed;
    wire.says([36, 99, 1, { topic: 'root.world.1.add_child' }, [7], { rev: 4 }]);
    expect(heard).toEqual([[[7], { rev: 4 }, 'root.world.1.add_child']]);
    leave();
    expect(wire.last[0]).toBe(34);
    wire.says([36, 99, 2, { topic: 'root.world.1.add_child' }, [8], {}]);
    expect(heard).toHaveLength(1);
  });

  it('tells at once that nothing more is answered when the connection is lost', async () => {
    const { wire, session, ends } = welcomed();
    const waiting = session.call('root.submit');
    wire.breaks();
    await expect(waiting).rejects.toBeInstanceOf(Unanswered);
    expect(ends).toEqual([{ refused: false, reason: 'The connection was lost.' }]);
    await expect(session.call('root.submit')).rejects.toBeInstanceOf(Unanswered);
  });

  it('notices within ten seconds that nobody is there any more', () => {
    const { wire, ends } = welcomed();
    vi.advanceTimersByTime(QUIET);
    expect(wire.last).toEqual([48, 1, {}, 'root.ready', [], {}]);
    vi.advanceTimersByTime(ALIVE_WITHIN - 1);
    expect(ends).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ends).toEqual([{ refused: false, reason: 'The server does not answer.' }]);
    expect(wire.closed).toBe(true);
    expect(QUIET + ALIVE_WITHIN).toBeLessThan(10_000);
  });

  it('gives up on a server that does not even ask for the ticket, and waits longer for one that checks it', () => {
    const { wire, ends } = start();
    wire.opens();
    vi.advanceTimersByTime(CONNECT_WITHIN - 1);
    wire.says([4, 'ticket', {}]);
    vi.advanceTimersByTime(WELCOME_WITHIN - 1);
    expect(ends).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ends).toHaveLength(1);
    const deaf = start();
    deaf.wire.opens();
    vi.advanceTimersByTime(CONNECT_WITHIN);
    expect(deaf.ends).toHaveLength(1);
  });

  it('goes on for as long as anything comes', () => {
    const { wire, ends } = welcomed();
    for (let second = 0; second < 60; second++) {
      vi.advanceTimersByTime(1_000);
      if (wire.last[0] === 48) wire.says([50, wire.last[1], {}, [true]]);
    }
    expect(ends).toEqual([]);
  });

  it('does not wait for ever for a call that is never answered', async () => {
    const { wire, session } = welcomed();
    const waiting = session.call('root.slow');
    const verdict = expect(waiting).rejects.toBeInstanceOf(Unanswered);
    for (let passed = 0; passed < ANSWER_WITHIN; passed += 1_000) {
      await vi.advanceTimersByTimeAsync(1_000);
      wire.says([36, 1, 1, {}]);
    }
    await verdict;
  });
});
