import { afterEach, describe, expect, it, vi } from 'vitest';
import { Clock, remaining } from '../src/model/clock.svelte';

afterEach(() => { vi.useRealTimers(); });

describe('the clock', () => {
  it('is that of the service, however wrong that of the device is', () => {
    vi.useFakeTimers({ now: Date.parse('2001-01-01T00:00:00Z') });
    const clock = new Clock();
    clock.told('2026-11-21T12:00:00.000Z');
    vi.advanceTimersByTime(5_000);
    expect(new Date(clock.now).toISOString()).toBe('2026-11-21T12:00:05.000Z');
  });

  it('trusts the message that was on its way for the shortest time', () => {
    vi.useFakeTimers({ now: Date.parse('2026-11-21T12:00:00Z') });
    const clock = new Clock();
    clock.told('2026-11-21T12:00:00.000Z');
    clock.told('2026-11-21T11:59:59.200Z');
    expect(clock.now).toBe(Date.parse('2026-11-21T12:00:00Z'));
  });

  it('follows when somebody sets the clock of the device', () => {
    vi.useFakeTimers({ now: Date.parse('2026-11-21T12:00:00Z') });
    const clock = new Clock();
    clock.told('2026-11-21T12:00:00.000Z');
    vi.setSystemTime(Date.parse('2026-11-21T13:00:00Z'));
    clock.told('2026-11-21T12:00:01.000Z');
    expect(clock.now).toBe(Date.parse('2026-11-21T12:00:01Z'));
  });

  it('writes what is left as people read it', () => {
    expect([0.2, 59.5, 65, 7_200, -3].map(remaining)).toEqual(['0:01', '1:00', '1:05', '2:00:00', '0:00']);
  });
});
