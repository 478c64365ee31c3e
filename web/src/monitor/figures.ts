// The text that Prometheus reads, and what an operator wants to know of it: how much, how fast, how long. Nothing here draws or asks.

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Reads the text exposition format, version 0.0.4; what is no number is left out. */
export function samplesOf(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!found) continue;
    const [, name = '', inside = '', number = ''] = found;
    const labels: Record<string, string> = {};
    for (const [, key = '', value = ''] of inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[key] = value.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one));
    const value = Number(number);
    if (!Number.isNaN(value)) samples.push({ name, labels, value });
  }
  return samples;
}

/** The number of that name, whatever its labels; several are added up. */
export function total(samples: Sample[], name: string, labels: Record<string, string> = {}): number {
  return samples.filter(sample => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value)).reduce((sum, { value }) => sum + value, 0);
}

/** The number of that name; null where it is not told. */
export function single(samples: Sample[], name: string): number | null {
  return samples.find(sample => sample.name === name)?.value ?? null;
}

export interface Calls {
  procedure: string;
  count: number;
  refused: number;
  busy: number;
  /** Milliseconds within which half, and 99 of 100, were answered; null where nothing was called. */
  median: number | null;
  slowest: number | null;
}

/** How the calls of each procedure went, the most called first. With `before`, only those since then. */
export function callsOf(now: Sample[], before: Sample[] = []): Calls[] {
  const procedures = [...new Set(now.filter(({ name }) => name === 'modelservice_calls_total').map(({ labels }) => labels.procedure ?? ''))];
  const since = (name: string, labels: Record<string, string>) => Math.max(0, total(now, name, labels) - total(before, name, labels));
  return procedures.map(procedure => ({
    procedure,
    count: since('modelservice_calls_total', { procedure }),
    refused: since('modelservice_calls_total', { procedure, outcome: 'refused' }),
    busy: since('modelservice_calls_total', { procedure, outcome: 'busy' }),
    median: within(0.5, buckets(now, before, procedure)),
    slowest: within(0.99, buckets(now, before, procedure)),
  })).sort((a, b) => b.count - a.count || a.procedure.localeCompare(b.procedure));
}

/** How many calls took up to which time in seconds, of one procedure or of all. */
export function buckets(now: Sample[], before: Sample[], procedure?: string): Map<number, number> {
  const found = new Map<number, number>();
  const put = (samples: Sample[], sign: number) => {
    for (const { name, labels, value } of samples) {
      if (name !== 'modelservice_call_seconds_bucket' || (procedure !== undefined && labels.procedure !== procedure)) continue;
      const end = labels.le === '+Inf' ? Infinity : Number(labels.le);
      found.set(end, (found.get(end) ?? 0) + sign * value);
    }
  };
  put(now, 1);
  put(before, -1);
  return found;
}

/** The time in milliseconds within which such a share was answered, between the ends of its bucket in proportion; null without any. */
export function within(share: number, counts: Map<number, number>): number | null {
  const ends = [...counts.keys()].sort((a, b) => a - b);
  const all = counts.get(Infinity) ?? 0;
  if (all <= 0) return null;
  const wanted = share * all;
  let [low, below] = [0, 0];
  for (const end of ends) {
    const count = counts.get(end) ?? 0;
    if (count >= wanted) return end === Infinity ? low * 1000 : (low + (end - low) * (count > below ? (wanted - below) / (count - below) : 1)) * 1000;
    [low, below] = [end, count];
  }
  return low * 1000;
}

/** The points of a small line in a box of this size, from a common zero. */
export function points(values: number[], width: number, height: number): string {
  const most = Math.max(...values, 1e-9);
  return values.map((value, index) => `${(index * width / Math.max(1, values.length - 1)).toFixed(1)},${(height - value * height / most).toFixed(1)}`).join(' ');
}
