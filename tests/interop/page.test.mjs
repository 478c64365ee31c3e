// The page at `/` in Chromium: two players and the leader play a period.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { DESK, PHONE, collage, launch, pictures, shows, visit } from './lib/browser.mjs';
import { folder, start, startDev } from './lib/service.mjs';

test('two players and the leader play a period on the page', { timeout: 180_000 }, async t => {
  const data = folder(t);
  const service = await startDev(t, data);
  const browser = await launch(t);
  const complaints = [];
  const enter = async (name, viewport) => {
    const page = await visit(browser, service.url, viewport, complaints);
    await page.getByRole('button', { name, exact: true }).click();
    await shows(page.locator('#connection'), /^connected$/);
    return page;
  };
  const fact = (page, id) => page.locator(`#${id}`);
  const field = page => page.getByLabel('Operand');
  const submit = async (page, value) => {
    await field(page).fill(value);
    await page.getByRole('button', { name: 'Submit' }).click();
  };
  const submission = page => page.locator('#submission');
  const periodRow = (page, order) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: order, exact: true }) });

  const [s1, s2, leader] = [await enter('s1', PHONE), await enter('s2', PHONE), await enter('leader', DESK)];

  await t.test('says who one is and where the game stands', async () => {
    await shows(fact(s1, 'role'), 'Dividend');
    await shows(fact(s2, 'role'), 'Divisor');
    for (const page of [s1, s2]) {
      await shows(fact(page, 'world'), 'World 1');
      await shows(fact(page, 'phase'), 'Play');
      await shows(fact(page, 'period'), /^1$/);
      await shows(submission(page), 'Not decided yet.');
    }
    await leader.getByRole('heading', { name: 'World 1' }).waitFor();
    await leader.getByRole('heading', { name: 'World 2' }).waitFor();
    await shows(leader.locator('#phases [aria-current]'), 'Play');
  });

  await t.test('shows a decision as saved, and everybody who has decided', async () => {
    await submit(s1, '12');
    await shows(submission(s1), /^Saved: 12,/);
    for (const page of [s2, leader]) await shows(page.getByRole('listitem').filter({ hasText: 'Dividend' }).first(), 'has decided');
    await shows(s2.getByRole('listitem').filter({ hasText: 'Divisor (you)' }), 'still deciding');
  });

  await t.test('shows the sentence of the game beside the field, and never a refused number as saved', async () => {
    await submit(s2, '0');
    await shows(submission(s2), 'Not saved: Cannot divide by zero');
    assert.equal(await field(s2).getAttribute('aria-invalid'), 'true');
    assert.equal(await field(s2).getAttribute('aria-describedby'), 'submission');
    await s2.screenshot({ path: path.join(pictures, 'zero-divisor.png') });
    await submit(s2, 'abc');
    await shows(submission(s2), /^Not saved: .*finite number/);
    await submit(s2, '');
    await shows(submission(s2), 'Not saved: Enter a number first.');
    await shows(fact(s2, 'period'), /^1$/);
  });

  await t.test('shows the result and the next period to the world and the leader', async () => {
    await submit(s2, '5');
    for (const page of [s1, s2]) {
      await shows(fact(page, 'period'), /^2$/);
      await shows(periodRow(page, '1'), /^1125 ?2\.4$/);
      assert.equal(await field(page).inputValue(), '', 'the next period begins with an empty field');
    }
    const worlds = [1, 2].map(number => leader.getByRole('region', { name: `World ${number}` }).first());
    await shows(worlds[0], 'Period 2');
    await shows(worlds[0], '2.4');
    await shows(worlds[1], 'Period 1');
    assert.doesNotMatch(await worlds[1].innerText(), /2\.4|12/);
    await shows(s1.locator('#news'), /Period 1: quotient 2\.4/);
  });

  await t.test('keeps state and draft over a reload', async () => {
    await field(s1).fill('77');
    await s1.reload();
    await shows(fact(s1, 'role'), 'Dividend');
    await shows(fact(s1, 'period'), /^2$/);
    await shows(periodRow(s1, '1'), /2\.4/);
    assert.equal(await field(s1).inputValue(), '77');
    await s1.getByRole('button', { name: 'Submit' }).click();
    await shows(submission(s1), /^Saved: 77,/);
    await s1.reload();
    await shows(submission(s1), /^Saved: 77,/);
  });

  await t.test('lets the leader change the phase, and tells players why a decision is refused', async () => {
    await leader.getByRole('button', { name: 'Go on to Debrief' }).click();
    await shows(leader.locator('#phases [aria-current]'), 'Debrief');
    await shows(fact(s2, 'phase'), 'Debrief');
    await submit(s2, '7');
    await shows(submission(s2), /^Not saved: .*Debrief/);
    await leader.getByRole('button', { name: 'Back to Play' }).click();
    await shows(fact(s2, 'phase'), 'Play');
    await submit(s2, '7');
    await shows(periodRow(s2, '2'), /77 ?7 ?11$/);
    await shows(leader.getByRole('region', { name: 'World 1' }).first(), 'Period 3');
  });

  await collage(browser, [s1, s2, leader], path.join(pictures, 'play.png'));

  await t.test('says why a step has failed, until it succeeds', async () => {
    await submit(s1, '1e308');
    await submit(s2, '1e-308');
    for (const page of [s1, s2]) await shows(page.locator('#failure'), /could not be calculated: .*finite number/);
    await shows(leader.getByRole('region', { name: 'World 1' }).first(), 'could not be calculated');
    await submit(s2, '1e307');
    await shows(periodRow(s1, '3'), /10$/);
    await s1.locator('#failure').waitFor({ state: 'hidden' });
    await shows(fact(s1, 'period'), /^4$/);
  });

  await t.test('fits a phone and is labelled', async () => {
    assert.equal(await s1.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    const unnamed = await s1.evaluate(() => [...document.querySelectorAll('input, select, button')]
      .filter(control => control.checkVisibility() && !control.labels?.length && !control.textContent.trim()).map(control => control.id));
    assert.deepEqual(unnamed, []);
  });

  await s1.screenshot({ path: path.join(pictures, 'player.png'), fullPage: true });
  await leader.screenshot({ path: path.join(pictures, 'leader.png'), fullPage: true });
  assert.deepEqual(complaints, [], 'nothing in the console');

  await t.test('shows a dead connection, saves nothing meanwhile, and comes back by itself', async () => {
    await service.stop('SIGKILL');
    await shows(s1.locator('#connection'), 'not connected');
    await shows(s1.getByRole('alert'), /connection was lost/);
    await submit(s1, '5.5');
    await shows(submission(s1), /^Not saved: there is no connection/);
    await s1.screenshot({ path: path.join(pictures, 'no-connection.png') });

    const [again] = [start(t, ['dev', '--listen', service.address, '--api-listen', '127.0.0.1:0', '--data', data])];
    await again.ready();
    await shows(s1.locator('#connection'), /^connected$/);
    await s1.locator('#banner').waitFor({ state: 'hidden' });
    await shows(fact(s1, 'period'), /^4$/);
    assert.equal(await field(s1).inputValue(), '5.5', 'the draft is still there');
    await s1.getByRole('button', { name: 'Submit' }).click();
    await shows(submission(s1), /^Saved: 5\.5,/);
  });

  await t.test('signs out, and says why a wrong password is not let in', async () => {
    await s2.getByRole('button', { name: 'Sign out' }).click();
    await s2.getByLabel('E-mail').fill('s2@div.edu');
    await s2.getByLabel('Password').fill('wrong');
    await s2.getByRole('button', { name: 'Sign in', exact: true }).click();
    await shows(s2.locator('#signin-error'), /^Signing in failed: /);
    await s2.reload();
    await s2.getByLabel('E-mail').waitFor();
  });
});
