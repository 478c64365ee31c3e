import { describe, expect, it } from 'vitest';
import { buckets, callsOf, points, samplesOf, single, total, within } from '../src/monitor/figures';

const TEXT = (a: number, b: number, c: number) => `# HELP modelservice_calls_total Calls.
# TYPE modelservice_calls_total counter
modelservice_calls_total{procedure="game.get_roles",outcome="ok"} ${c - 1}
modelservice_calls_total{procedure="game.get_roles",outcome="refused"} 1
modelservice_calls_total{procedure="od\\"d",outcome="busy"} 2
modelservice_call_seconds_bucket{procedure="game.get_roles",le="0.001"} ${a}
modelservice_call_seconds_bucket{procedure="game.get_roles",le="0.01"} ${b}
modelservice_call_seconds_bucket{procedure="game.get_roles",le="+Inf"} ${c}
process_cpu_seconds_total 1.5
nonsense
`;

describe('the figures of a service', () => {
  it('are read as Prometheus writes them', () => {
    const samples = samplesOf(TEXT(50, 100, 100));
    expect(total(samples, 'process_cpu_seconds_total')).toBe(1.5);
    expect(total(samples, 'modelservice_calls_total')).toBe(102);
    expect([single(samples, 'process_cpu_seconds_total'), single(samples, 'wamp_events_dropped_total')]).toEqual([1.5, null]);
    expect(samples.find(({ labels }) => labels.outcome === 'busy')?.labels.procedure).toBe('od"d');
  });

  it('say of each procedure how often it was called and how long that took, since the start or since before', () => {
    const [roles, odd] = callsOf(samplesOf(TEXT(50, 100, 100)));
    expect(roles).toEqual({ procedure: 'game.get_roles', count: 100, refused: 1, busy: 0, median: 1, slowest: expect.closeTo(9.82) as number });
    expect(odd).toEqual({ procedure: 'od"d', count: 2, refused: 0, busy: 2, median: null, slowest: null });
    const [since] = callsOf(samplesOf(TEXT(50, 200, 200)), samplesOf(TEXT(50, 100, 100)));
    expect(since).toMatchObject({ count: 100, refused: 0, median: expect.closeTo(5.5) as number });
  });

  it('know no time where nothing was called, and none beyond the last bucket', () => {
    const same = samplesOf(TEXT(50, 100, 100));
    expect(within(0.5, buckets(same, same))).toBeNull();
    expect(within(0.99, new Map([[0.001, 1], [10, 1], [Infinity, 100]]))).toBe(10_000);
  });

  it('are drawn from a common zero', () => {
    expect(points([0, 2, 1], 120, 24)).toBe('0.0,24.0 60.0,0.0 120.0,12.0');
    expect(points([], 120, 24)).toBe('');
  });
});
