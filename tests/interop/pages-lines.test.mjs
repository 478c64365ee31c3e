// The pages on bad lines: a network that dies in silence, a lost message, a wrong clock, a second tab, a period that ended meanwhile, an upgrade.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DESK, PHONE, launch, shows, visit } from './lib/browser.mjs';
import { folder, startDev } from './lib/service.mjs';

const EVENT = 36;
const submission = page => page.locator('#submission');
const fact = (page, id) => page.locator(`#${id}`);
const connected = page => shows(page.locator('#connection'), /^\s*connected\s*$/);
const lost = page => shows(page.locator('#connection'), /not connected|connecting/);
const row = (page, order) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: order, exact: true }) });
const submit = async (page, value) => {
  await page.getByLabel('Operand').fill(value);
  await page.getByRole('button', { name: 'Submit' }).click();
};

/** A wire between a page and the service that can be cut without either of them being told, or lose a message. */
async function wire(page) {
  const state = { cut: false, loses: () => false };
  await page.routeWebSocket('**/ws', near => {
    const far = near.connectToServer();
    near.onMessage(message => { if (!state.cut) far.send(message); });
    far.onMessage(message => { if (!state.cut && !state.loses(JSON.parse(message))) near.send(message); });
  });
  return state;
}

test('the pages on bad lines', { timeout: 240_000 }, async t => {
  const service = await startDev(t, folder(t), { env: { SIMPL_GAME_DIV_TIME_LIMIT: '900s', SIMPL_GAME_DIV_OVERDUE: 'last' } });
  const browser = await launch(t);
  const complaints = [];
  const enter = async (name, viewport, prepare = () => undefined) => {
    const page = await visit(browser, 'about:blank', viewport, complaints);
    const prepared = await prepare(page);
    await page.goto(service.url);
    await page.getByRole('button', { name, exact: true }).click();
    await connected(page);
    return [page, prepared];
  };
  const [s1, line] = await enter('s1', PHONE, wire);
  const [s2] = await enter('s2', PHONE, page => page.clock.install({ time: new Date('2001-02-03T04:05:06Z') }));
  const [leader] = await enter('leader', DESK);

  await t.test('the countdown is right on a device whose clock is wrong by a quarter of a century', async () => {
    await shows(fact(s2, 'time'), /^1[45]:\d\d$/);
  });

  await t.test('a second tab of the same seat follows the first', async () => {
    const tab = await s1.context().newPage();
    await tab.goto(service.url);
    await tab.getByRole('button', { name: 's1', exact: true }).click();
    await submit(tab, '8');
    await shows(submission(tab), /^Saved: 8,/);
    await shows(submission(s1), /^Saved: 8,/);
    assert.equal(await s1.getByLabel('Operand').inputValue(), '8');
    await tab.close();
  });

  await t.test('a message that is lost on the way is noticed with the next one, and all is read again', async () => {
    let lost = 0;
    line.loses = ([kind, , , , args]) => kind === EVENT && args[1] === 'decision' && ++lost > 0;
    await submit(s2, '2');
    await shows(row(s1, '1'), /^1\s*8\s*2\s*4$/);
    assert.ok(lost > 0, 'the decision of the other seat was told, and lost');
    line.loses = () => false;
    await shows(fact(s1, 'period'), /^2$/);
  });

  await t.test('a line that is dead is noticed within ten seconds, and what was submitted goes out when there is one again', async () => {
    line.cut = true;
    const cut = performance.now();
    await submit(s1, '6');
    await shows(submission(s1), 'Saving…');
    await lost(s1);
    assert.ok(performance.now() - cut < 10_000, `after ${performance.now() - cut} ms`);
    await shows(submission(s1), /^Not saved yet/);
    line.cut = false;
    await s1.getByRole('button', { name: 'Try now' }).click();
    await connected(s1);
    await shows(submission(s1), /^Saved: 6,/);
    await shows(leader.getByRole('region', { name: 'World 1', exact: true }), 'waits for Divisor');
  });

  await t.test('a reload on a dead line loses nothing: it goes out when the page is back', async () => {
    line.cut = true;
    await submit(s1, '7');
    await s1.reload();
    line.cut = false;
    await connected(s1);
    await shows(submission(s1), /^Saved: 7,/);
  });

  await t.test('a phone that wakes asks at once whether anybody is there', async () => {
    line.cut = true;
    const woke = performance.now();
    await s1.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await lost(s1);
    assert.ok(performance.now() - woke < 4_500, `after ${performance.now() - woke} ms`);
    line.cut = false;
    await connected(s1);
  });

  await t.test('what was submitted too late is told, with what was counted', async () => {
    await submit(s2, '7');
    await shows(row(s1, '2'), /7\s*7\s*1$/);
    await shows(fact(s1, 'period'), /^3$/);
    line.cut = true;
    await submit(s1, '9');
    await submit(s2, '1');
    await shows(submission(s2), /^Saved: 1,/);
    await leader.getByRole('checkbox', { name: 'Choose World 1' }).check();
    await leader.getByRole('button', { name: 'End the period now' }).click();
    await leader.getByRole('button', { name: 'Yes, end it' }).click();
    await shows(leader.locator('#command-state'), 'End the period now: done in 1 world.');
    await shows(fact(s2, 'period'), /^4$/);
    await lost(s1);
    line.cut = false;
    await connected(s1);
    await shows(submission(s1), /^Not saved for period 3: /);
    await shows(submission(s1), /counted/);
    await shows(row(s1, '3'), /7\s*1\s*7$/);
  });

  await t.test('an old page reads itself anew after an upgrade, and keeps what was typed', async () => {
    await s1.getByLabel('Operand').fill('33');
    // The new build's document names another script.
    await s1.route('**/', async route => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace(/\/assets\/index-[^"]*\.js/, '/assets/index-newer.js');
      await (route.request().resourceType() === 'document' ? route.fallback() : route.fulfill({ response: answer, body }));
    });
    const reloaded = s1.waitForEvent('load');
    line.cut = true;
    await s1.evaluate(() => dispatchEvent(new Event('online')));
    await lost(s1);
    line.cut = false;
    await reloaded;
    await connected(s1);
    await shows(fact(s1, 'period'), /^4$/);
    assert.equal(await s1.getByLabel('Operand').inputValue(), '33');
  });

  assert.deepEqual(complaints, [], 'nothing in the console');
});
