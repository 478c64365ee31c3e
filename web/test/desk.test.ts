import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Desk } from '../src/student/desk.svelte';
import { Refusal, Unanswered } from '../src/wamp/errors';
import type { Session } from '../src/wamp/session';

/** A service that answers each submission as the test says, and remembers them. */
class Service {
  readonly calls: { procedure: string; kwargs: Record<string, unknown> }[] = [];
  answers: (string | Error)[] = [];

  get session(): Session {
    return {
      call: (procedure: string, _args: unknown[], kwargs: Record<string, unknown>) => {
        this.calls.push({ procedure, kwargs });
        const answer = this.answers.shift() ?? new Unanswered('lost');
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    } as unknown as Session;
  }
}

const stored = new Map<string, string>();
beforeEach(() => {
  vi.useFakeTimers();
  stored.clear();
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => stored.get(name) ?? null,
    setItem: (name: string, value: string) => { stored.set(name, value); },
    removeItem: (name: string) => { stored.delete(name); },
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a decision on its way', () => {
  it('is saved when the service says so, and not before', async () => {
    const service = new Service();
    const { session } = service;
    const desk = new Desk('div', 3, () => session);
    service.answers = ['ok'];
    desk.submit(17, 1, { operand: 12 });
    expect(desk.stage).toBe('saving');
    await vi.advanceTimersByTimeAsync(0);
    expect(desk.stage).toBe('saved');
    expect(service.calls[0]).toMatchObject({ procedure: 'div.model.period.17.submit_decision', kwargs: { operand: 12 } });
    expect(stored.size).toBe(0);
  });

  it('is told as refused in the words of the game, as an error or as a text', async () => {
    const service = new Service();
    const { session } = service;
    const desk = new Desk('div', 3, () => session);
    for (const answer of ['Cannot divide by zero', new Refusal('wamp.error.runtime_error', ['Cannot divide by zero'])]) {
      service.answers = [answer];
      desk.submit(17, 1, { operand: 0 });
      await vi.advanceTimersByTimeAsync(0);
      expect([desk.stage, desk.reason]).toEqual(['refused', 'Cannot divide by zero']);
      expect(stored.size).toBe(0);
    }
  });

  it('goes out again under the same key after a lost answer, also when the page was loaded anew', async () => {
    const service = new Service();
    let session: Session | null = service.session;
    const before = new Desk('div', 3, () => session);
    before.submit(17, 1, { operand: 12 });
    session = null;
    await vi.advanceTimersByTimeAsync(0);
    expect(before.stage).toBe('unsent');

    session = service.session;
    const after = new Desk('div', 3, () => session);
    expect([after.stage, after.period, after.order]).toEqual(['unsent', 17, 1]);
    service.answers = ['ok'];
    after.resume();
    await vi.advanceTimersByTimeAsync(0);
    expect(after.stage).toBe('saved');
    const [first, second] = service.calls;
    expect(second?.kwargs).toEqual(first?.kwargs);
    after.resume();
    expect(service.calls).toHaveLength(2);
  });

  it('waits for the connection when there is none', async () => {
    const service = new Service();
    let session: Session | null = null;
    const desk = new Desk('div', 3, () => session);
    desk.submit(17, 1, { operand: 12 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([desk.stage, service.calls.length]).toEqual(['unsent', 0]);
    session = service.session;
    service.answers = ['ok'];
    desk.resume();
    await vi.advanceTimersByTimeAsync(0);
    expect(desk.stage).toBe('saved');
  });

  it('is tried again by itself while the service has no room or no storage', async () => {
    const service = new Service();
    const { session } = service;
    const desk = new Desk('div', 3, () => session);
    service.answers = [new Refusal('wamp.error.runtime_error', ['the games API is away'], { code: 'unavailable' }), 'ok'];
    desk.submit(17, 1, { operand: 12 });
    await vi.advanceTimersByTimeAsync(0);
    expect([desk.stage, desk.reason]).toEqual(['unsent', 'the games API is away']);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(desk.stage).toBe('saved');
    expect(service.calls.map(({ kwargs }) => kwargs._key)).toEqual([service.calls[0]?.kwargs._key, service.calls[0]?.kwargs._key]);
  });
});
