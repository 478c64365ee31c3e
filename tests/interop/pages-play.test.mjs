// The pages in Chromium: two players and the leader play the division game.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { DESK, PHONE, axe, collage, launch, pictures, shows, visit } from './lib/browser.mjs';
import { folder, start, startDev } from './lib/service.mjs';

const submission = page => page.locator('#submission');
const fact = (page, id) => page.locator(`#${id}`);
const field = page => page.getByLabel('Operand');
const submit = async (page, value) => {
  await field(page).fill(value);
  await page.getByRole('button', { name: /^(Submit|Change your decision)$/ }).click();
};
const periodRow = (page, order) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: order, exact: true }) });

test('two players and the leader play on the pages', { timeout: 240_000 }, async t => {
  const data = folder(t);
  const service = await startDev(t, data, { env: { SIMPL_GAME_DIV_TIME_LIMIT: '900s' } });
  const browser = await launch(t);
  const complaints = [];
  const enter = async (name, viewport) => {
    const page = await visit(browser, service.url, viewport, complaints);
    await page.getByRole('button', { name, exact: true }).click();
    await shows(page.locator('#connection'), /^\s*connected\s*$/);
    return page;
  };

  await t.test('the sign-in page has no serious fault for those who cannot see it', async () => {
    const page = await visit(browser, service.url, PHONE, complaints);
    await page.getByRole('button', { name: 's1', exact: true }).waitFor();
    assert.deepEqual(await axe(page), []);
    await page.context().close();
  });

  const [s1, s2, leader] = [await enter('s1', PHONE), await enter('s2', PHONE), await enter('leader', DESK)];
  const tile = number => leader.getByRole('region', { name: `World ${number}`, exact: true });

  await t.test('say who one is and where the game stands', async () => {
    await shows(fact(s1, 'role'), 'Dividend');
    await shows(fact(s2, 'role'), 'Divisor');
    for (const page of [s1, s2]) {
      await shows(fact(page, 'world'), 'World 1');
      await shows(fact(page, 'phase'), 'Play');
      await shows(fact(page, 'period'), /^1$/);
      await shows(fact(page, 'time'), /^1[45]:\d\d$/);
      await shows(submission(page), 'Not decided yet.');
    }
    await shows(tile(1), 'waits for Dividend, Divisor');
    await shows(tile(2), 'Period 1');
    await shows(leader.locator('#phases [aria-current]'), 'Play');
    await shows(leader.locator('#summary'), '2 worlds; decisions are missing in 2; 2 offline.');
  });

  await t.test('show the leader who comes for the first time, and who goes', async () => {
    const s3 = await enter('s3', PHONE);
    await shows(leader.locator('#summary'), '2 worlds; decisions are missing in 2; 1 offline.');
    await s3.context().close();
    await shows(leader.locator('#summary'), '2 worlds; decisions are missing in 2; 2 offline.');
  });

  await t.test('show a decision as saved, and everybody who has decided', async () => {
    await submit(s1, '12');
    await shows(submission(s1), /^Saved: 12,/);
    await shows(s2.getByRole('listitem').filter({ hasText: 'Dividend' }), 'has decided');
    await shows(s2.getByRole('listitem').filter({ hasText: 'Divisor (you)' }), 'still deciding');
    await shows(tile(1), 'waits for Divisor');
  });

  await t.test('show the sentence of the game beside the field, and never a refused number as saved', async () => {
    await submit(s2, '0');
    await shows(submission(s2), 'Not saved.');
    await shows(s2.locator('#field-operand-wrong'), 'Cannot divide by zero');
    assert.equal(await field(s2).getAttribute('aria-invalid'), 'true');
    assert.match(await field(s2).getAttribute('aria-describedby'), /field-operand-wrong/);
    await s2.screenshot({ path: path.join(pictures, 'zero-divisor.png') });
    await submit(s2, 'abc');
    await shows(s2.locator('#field-operand-wrong'), /finite number/);
    await submit(s2, '');
    await shows(s2.locator('#field-operand-wrong'), 'Enter a number first.');
    assert.equal(await s2.evaluate(() => document.activeElement.id), 'field-operand');
    await shows(fact(s2, 'period'), /^1$/);
  });

  await t.test('show the result and the next period to the world and the leader', async () => {
    await submit(s2, '5');
    for (const page of [s1, s2]) {
      await shows(fact(page, 'period'), /^2$/);
      await shows(periodRow(page, '1'), /^1\s*12\s*5\s*2\.4$/);
      assert.equal(await field(page).inputValue(), '', 'the next period begins with an empty field');
    }
    await shows(tile(1), 'Period 2');
    await shows(tile(2), 'Period 1');
    await leader.getByText('All periods as a table').click();
    const lines = leader.getByRole('region', { name: 'All periods as a table' });
    await shows(lines, /World 1\s*2\s*Dividend: –; Divisor: –\s*–\s*World 1\s*1\s*Dividend: 12; Divisor: 5\s*quotient 2\.4\s*World 2\s*1/);
    await leader.locator('#listing-period').selectOption('Period 2');
    await shows(lines, /World 1\s*2\s*Dividend: –; Divisor: –\s*–\s*$/);
    await leader.locator('#listing-period').selectOption('all periods');
    await shows(s1.locator('#news'), /Period 1: quotient 2\.4/);
  });

  await t.test('keep state and draft over a reload, and over "back"', async () => {
    await field(s1).fill('77');
    await s1.reload();
    await shows(fact(s1, 'period'), /^2$/);
    await shows(periodRow(s1, '1'), /2\.4/);
    assert.equal(await field(s1).inputValue(), '77');
    await s1.goto('about:blank');
    await s1.goBack();
    await shows(fact(s1, 'period'), /^2$/);
    assert.equal(await field(s1).inputValue(), '77');
    await s1.getByRole('button', { name: 'Submit' }).click();
    await shows(submission(s1), /^Saved: 77,/);
    await s1.reload();
    await shows(submission(s1), /^Saved: 77,/);
    assert.equal(await field(s1).inputValue(), '77', 'what is saved stands in the field');
  });

  await t.test('let the leader end a period, give time, and pause it, in one world or all', async () => {
    await leader.getByRole('checkbox', { name: 'Choose World 1' }).check();
    await leader.getByRole('button', { name: 'Pause' }).click();
    await shows(leader.locator('#command-state'), 'Pause: done in 1 world.');
    await shows(fact(s1, 'time'), /paused/);
    await shows(tile(1), 'paused');
    await leader.getByRole('button', { name: 'Go on', exact: true }).click();
    await shows(fact(s1, 'time'), /^\d\d:\d\d$/);
    await leader.getByRole('button', { name: 'One more minute' }).click();
    await shows(leader.locator('#command-state'), 'One more minute: done in 1 world.');
    await leader.getByRole('button', { name: 'End the period now' }).click();
    await leader.getByRole('button', { name: 'Yes, end it' }).click();
    // div has nothing that could count for a silent seat: the service says so, and the period stays open.
    await shows(leader.locator('#command-state'), /End the period now/);
    await leader.getByRole('checkbox', { name: 'Choose World 1' }).uncheck();
  });

  await t.test('let the leader change the phase, and tell players that nothing is decided in it', async () => {
    await leader.getByRole('button', { name: 'Go on to Debrief' }).click();
    await shows(leader.locator('#phases [aria-current]'), 'Debrief');
    await shows(fact(s2, 'phase'), 'Debrief');
    await leader.getByRole('button', { name: 'Back to Play' }).click();
    await shows(fact(s2, 'phase'), 'Play');
    await submit(s2, '7');
    await shows(periodRow(s2, '2'), /77\s*7\s*11$/);
    await shows(tile(1), 'Period 3');
  });

  await t.test('draw the periods as a chart', async () => {
    await s1.locator('.chart canvas').waitFor();
    await shows(s1.locator('.chart'), 'Quotient');
  });

  await collage(browser, [s1, s2, leader], path.join(pictures, 'play.png'));

  await t.test('say why a step has failed, until it succeeds', async () => {
    await submit(s1, '1e308');
    await shows(submission(s1), /^Saved/);
    await submit(s2, '1e-308');
    for (const page of [s1, s2]) await shows(page.locator('#failure'), /could not be calculated: .*finite number/);
    await shows(tile(1), 'could not be calculated');
    await submit(s2, '1e307');
    await shows(periodRow(s1, '3'), /10$/);
    await s1.locator('#failure').waitFor({ state: 'hidden' });
    await shows(fact(s1, 'period'), /^4$/);
  });

  await t.test('show the leader one world closely, and the class all of them without names', async () => {
    await tile(1).getByRole('link', { name: 'World 1' }).click();
    await shows(leader.getByRole('region', { name: 'Timeline' }).first(), /Period 1: Dividend decided 12/);
    await shows(periodRow(leader, '1'), /12\s*5\s*2\.4$/);
    assert.deepEqual(await axe(leader), []);
    await leader.screenshot({ path: path.join(pictures, 'world.png'), fullPage: true });
    await leader.goBack();
    await shows(tile(2), 'Student3');
    await submit(s1, '3');
    await shows(tile(1), 'waits for Divisor');
    await leader.getByRole('link', { name: 'Projector view' }).click();
    await leader.getByRole('link', { name: 'Leave the projector view' }).waitFor();
    const wall = await leader.locator('main').innerText();
    assert.doesNotMatch(wall, /Student|waits for|End the period/);
    assert.deepEqual(await axe(leader), []);
    await leader.screenshot({ path: path.join(pictures, 'projector.png'), fullPage: true });
    await leader.goBack();
    await leader.getByRole('button', { name: /^blocking/ }).click();
    await tile(1).waitFor();
    await leader.getByRole('button', { name: /^behind/ }).click();
    await tile(1).waitFor({ state: 'detached' });
    await tile(2).waitFor();
  });

  await t.test('fit a phone, and have no serious fault for those who cannot see them', async () => {
    assert.equal(await s1.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    for (const page of [s1, leader]) assert.deepEqual(await axe(page), []);
    await s1.emulateMedia({ colorScheme: 'dark' });
    assert.deepEqual(await axe(s1), []);
    await s1.screenshot({ path: path.join(pictures, 'player-dark.png'), fullPage: true });
    await s1.emulateMedia({ colorScheme: 'light' });
  });

  await s1.screenshot({ path: path.join(pictures, 'player.png'), fullPage: true });
  await leader.screenshot({ path: path.join(pictures, 'leader.png'), fullPage: true });
  assert.deepEqual(complaints, [], 'nothing in the console');

  await t.test('show a dead connection, keep what is submitted meanwhile, and send it by themselves', async () => {
    await service.stop('SIGKILL');
    await shows(s2.locator('#connection'), 'not connected');
    await shows(s2.getByRole('alert').first(), /connection was lost/);
    await submit(s2, '5.5');
    await shows(submission(s2), /^Not saved yet: there is no connection/);
    await s2.screenshot({ path: path.join(pictures, 'no-connection.png') });

    const again = start(t, ['dev', '--listen', service.address, '--api-listen', '127.0.0.1:0', '--data', data]);
    await again.ready();
    await shows(s2.locator('#connection'), /^\s*connected\s*$/);
    await shows(periodRow(s2, '4'), /3\s*5\.5/);
    await shows(fact(s2, 'period'), /^5$/);
    await shows(fact(s1, 'period'), /^5$/);
  });

  await t.test('sign out, and say why a wrong password is not let in', async () => {
    await s2.getByRole('button', { name: 'Sign out' }).click();
    await s2.getByLabel('E-mail').fill('s2@div.edu');
    await s2.getByLabel('Password').fill('wrong');
    await s2.getByRole('button', { name: 'Sign in', exact: true }).click();
    await shows(s2.getByRole('alert'), /^Signing in failed: /);
    await s2.reload();
    await s2.getByLabel('E-mail').waitFor();
  });
});
