// Both roles submit at the same moment, again and again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GamesApi } from './lib/games-api.mjs';
import { Seat } from './lib/seat.mjs';
import { folder, startDev } from './lib/service.mjs';

const PERIODS = 1000;

test(`both roles submit at once ${PERIODS} times: exactly one right result per period`, { timeout: 600_000 }, async t => {
  const service = await startDev(t, folder(t));
  const [s1, s2] = await Promise.all(['s1', 's2'].map(name => Seat.join(t, service, name)));
  const dividend = order => order * 3;
  const divisor = order => (order % 16) + 1;

  let { pk } = await s1.period();
  for (let order = 1; order <= PERIODS; order++) {
    const answers = await Promise.all([s1.submit(pk, dividend(order)), s2.submit(pk, divisor(order))]);
    assert.deepEqual(answers, ['ok', 'ok'], `period ${order}`);
    pk = (await s1.hearsOf('period', row => row.order === order + 1)).id;
    s1.heard.length = s2.heard.length = 0;
  }

  const api = new GamesApi(service.api);
  const scenario = await api.one('scenarios', { world: s1.world });
  const periods = (await api.list('periods', { scenario: scenario.id })).sort((a, b) => a.order - b.order);
  assert.deepEqual(periods.map(period => period.order), Array.from({ length: PERIODS + 1 }, (_, index) => index + 1));
  const grouped = rows => Map.groupBy?.(rows, row => row.period) ?? rows.reduce((map, row) => map.set(row.period, [...(map.get(row.period) ?? []), row]), new Map());
  const decisions = grouped(await api.list('decisions'));
  const results = grouped(await api.list('results'));
  for (const { id, order } of periods.slice(0, PERIODS)) {
    const byRole = Object.fromEntries(decisions.get(id).map(row => [row.role, row.data.operand]));
    assert.equal(decisions.get(id).length, 2, `two decisions in period ${order}`);
    assert.deepEqual(byRole, { [s1.runuser.data.role]: dividend(order), [s2.runuser.data.role]: divisor(order) }, `period ${order}`);
    assert.deepEqual(results.get(id)?.map(row => row.data), [{ quotient: dividend(order) / divisor(order) }], `one result in period ${order}`);
  }
  const last = periods.at(-1).id;
  assert.deepEqual([decisions.get(last), results.get(last)], [undefined, undefined], 'the next period is empty');
});
