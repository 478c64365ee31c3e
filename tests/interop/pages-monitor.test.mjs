// The operator's page in Chromium: who is there, what is called, and what leaders have done; for staff alone.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { DESK, PHONE, axe, launch, pictures, shows, visit } from './lib/browser.mjs';
import { STAFF } from './lib/games-api.mjs';
import { ROOT, Seat, gameUri } from './lib/seat.mjs';
import { folder, startDev } from './lib/service.mjs';

test('an operator sees who is there and how it goes', { timeout: 180_000 }, async t => {
  const service = await startDev(t, folder(t));
  const browser = await launch(t);
  const complaints = [];
  const page = await visit(browser, `${service.url}monitor`, DESK, complaints);
  const figure = name => page.locator('.figure').filter({ hasText: name });
  const signIn = async (email, password) => {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };

  await t.test('it says to others that it is for staff, and shows them nothing', async () => {
    assert.deepEqual(await axe(page), []);
    await signIn('leader@div.edu', 'leader');
    await shows(page.getByRole('alert').first(), /staff/);
    assert.equal(await page.getByRole('row').filter({ hasText: 'get_seats' }).count(), 0);
    await page.getByRole('button', { name: 'Sign out' }).click();
  });
  complaints.length = 0;

  await t.test('staff see sessions come and go, and calls with how long they took', async () => {
    await signIn(STAFF.email, STAFF.password);
    await shows(figure('Sessions'), /Sessions\s*[1-9]/);
    const before = Number(await figure('Sessions').locator('dd').first().innerText());
    const s1 = await Seat.join(t, service, 's1');
    await shows(figure('Sessions').locator('dd').first(), new RegExp(`^${before + 1}$`));
    for (let call = 0; call < 20; call++) await s1.call(gameUri('get_roles'));
    await assert.rejects(s1.call(gameUri('create_run'), ['mine']));
    await shows(page.getByRole('row').filter({ hasText: 'game.get_roles' }), /game\.get_roles\s*20\s*0\s*0\s*[\d.]+ ms/);
    await shows(page.getByRole('row').filter({ hasText: 'game.create_run' }), /game\.create_run\s*1\s*1\s*0/);
    await shows(figure('Memory'), /[1-9]\d* MB/);
    await page.getByRole('button', { name: 'Look again' }).first().click();
    await shows(page.getByRole('region', { name: 'Sessions', exact: true }), /browser/);
    s1.connection.close();
    await shows(figure('Sessions').locator('dd').first(), new RegExp(`^${before}$`));
  });

  await t.test('staff see what was lost by those who do not read, once there is any', async () => {
    await shows(figure('Events lost by slow readers'), /readers\s*0/);
    assert.equal(await page.locator('.figure dd.bad').count(), 0);
    // What a class under such a load would have the service tell.
    await page.route('**/metrics', async route => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace(/^wamp_events_dropped_total 0$/m, 'wamp_events_dropped_total 12').replace(/^wamp_sessions_closed_slow_total 0$/m, 'wamp_sessions_closed_slow_total 3');
      await route.fulfill({ response: answer, body });
    });
    await shows(figure('Events lost by slow readers').locator('dd.bad'), '12');
    await shows(figure('Slow readers closed').locator('dd.bad'), '3');
    await page.unroute('**/metrics');
    await shows(figure('Slow readers closed'), /closed\s*0/);
  });

  await t.test('staff see what is registered, who listens, and what leaders have done in a run', async () => {
    const leader = await Seat.join(t, service, 'leader');
    await leader.call(`world.simpl.sims.div.model.run.${leader.run}.message`, ['Five minutes.']);
    await page.getByRole('button', { name: 'Look again' }).first().click();
    await page.getByText(/^Procedures: \d+$/).click();
    await shows(page.getByRole('region', { name: 'Procedures' }), 'world.simpl.sims.div.model.period..submit_decision');
    await page.getByText(/^Subscriptions: \d+$/).click();
    await shows(page.getByRole('region', { name: 'Subscriptions' }), `model.run.${leader.run}`);
    await page.locator('#deeds-run').selectOption(`${ROOT} ${leader.run}`);
    await shows(page.getByRole('region', { name: 'What leaders have done' }).last(), 'Said “Five minutes.”');
  });

  await t.test('it has no serious fault for those who cannot see it, and fits a phone', async () => {
    assert.deepEqual(await axe(page), []);
    await page.screenshot({ path: path.join(pictures, 'monitor.png'), fullPage: true });
    await page.setViewportSize(PHONE);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
  });

  await t.test('the figures are for staff and for this machine: a proxy in between makes it somebody else', async () => {
    const ask = headers => fetch(`${service.url}metrics`, { headers }).then(({ status }) => status);
    const basic = (email, password) => `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}`;
    const elsewhere = { 'x-forwarded-for': '203.0.113.9' };
    assert.equal(await ask({}), 200);
    assert.equal(await ask(elsewhere), 403);
    assert.equal(await ask({ ...elsewhere, authorization: basic('leader@div.edu', 'leader') }), 403);
    assert.equal(await ask({ ...elsewhere, authorization: basic(STAFF.email, 'wrong') }), 403);
    assert.equal(await ask({ ...elsewhere, authorization: basic(STAFF.email, STAFF.password) }), 200);
  });

  assert.equal(await page.locator('#older').isVisible(), false, 'this browser is not too old');
  assert.deepEqual(complaints, [], 'nothing in the console');
});
