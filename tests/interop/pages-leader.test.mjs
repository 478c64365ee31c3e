// What a leader does on the pages in Chromium: speaks to a class, puts bots in, goes back, moves a player, keeps what was played, makes a run.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DESK, PHONE, axe, launch, pictures, shows, visit } from './lib/browser.mjs';
import { GamesApi, STAFF } from './lib/games-api.mjs';
import { folder, startDev } from './lib/service.mjs';

const connected = page => shows(page.locator('#connection'), /^\s*connected\s*$/);
const row = (page, order) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: order, exact: true }) });
const submit = async (page, value) => {
  await page.getByLabel('Operand').fill(value);
  await page.getByRole('button', { name: 'Submit' }).click();
};

test('what a leader does on the pages', { timeout: 240_000 }, async t => {
  const service = await startDev(t, folder(t));
  const browser = await launch(t);
  const complaints = [];
  const enter = async (name, viewport) => {
    const page = await visit(browser, service.url, viewport, complaints);
    await page.getByRole('button', { name, exact: true }).click();
    await connected(page);
    return page;
  };
  const [s1, s2, leader] = [await enter('s1', PHONE), await enter('s2', PHONE), await enter('leader', DESK)];
  const tile = number => leader.getByRole('region', { name: `World ${number}`, exact: true });
  await tile(2).waitFor();

  await t.test('says something to everybody, also to who comes later, until they have read it', async () => {
    await leader.getByLabel('Message to everybody').fill('Five minutes more.');
    await leader.getByRole('button', { name: 'Send' }).click();
    for (const page of [s1, s2]) await shows(page.getByRole('status').filter({ hasText: 'Your teacher says' }), 'Five minutes more.');
    await s1.getByRole('button', { name: 'Close' }).click();
    for (const page of [s1, s2]) await page.reload();
    await shows(s2.locator('.message'), 'Five minutes more.');
    await s1.locator('#period').waitFor();
    await s1.locator('.message').waitFor({ state: 'detached' });
    assert.deepEqual(await axe(s2), []);
  });

  await t.test('takes a table back to a period, which is open again', async () => {
    for (const [first, second] of [['12', '4'], ['20', '5']]) {
      await submit(s1, first);
      await shows(s1.locator('#submission'), `Saved: ${first},`);
      await submit(s2, second);
      await shows(row(s2, first === '12' ? '1' : '2'), new RegExp(`${Number(first) / Number(second)}$`));
    }
    for (const page of [s1, s2]) await shows(page.locator('#period'), '3');
    await tile(1).getByRole('link', { name: 'World 1' }).click();
    await leader.getByLabel('Back to').selectOption('Period 2');
    await leader.getByRole('button', { name: 'Go back' }).click();
    await leader.getByRole('button', { name: 'Yes, go back' }).click();
    for (const page of [s1, s2]) {
      await shows(page.locator('#period'), '2');
      await shows(row(page, '2'), /^2\s*–\s*–\s*–$/);
      await shows(row(page, '1'), /3$/);
    }
    await shows(leader.getByRole('region', { name: 'What leaders have done' }).first(), 'Went back');
    assert.deepEqual(await axe(leader), []);
    await leader.screenshot({ path: path.join(pictures, 'world-after-going-back.png'), fullPage: true });
  });

  await t.test('puts bots in for the absent, and a player who is back takes the seat again', async () => {
    await s2.close();
    await leader.getByRole('link', { name: 'All worlds' }).click();
    await shows(tile(1), 'waits for Dividend, Divisor');
    await leader.getByRole('checkbox', { name: 'Choose World 1' }).check();
    await leader.getByRole('button', { name: 'Bots for the absent' }).click();
    await shows(s1.getByRole('listitem').filter({ hasText: 'Divisor' }), 'decided by a bot');
    const back = await enter('s2', PHONE);
    await shows(back.locator('main'), 'A bot plays for you.');
    await shows(back.locator('#submission'), /^Decided for you \(decided by a bot\)/);
    await back.screenshot({ path: path.join(pictures, 'bot-plays.png'), fullPage: true });
    await back.getByRole('button', { name: 'I play myself' }).click();
    await back.getByText('A bot plays for you.').waitFor({ state: 'detached' });
    await leader.getByRole('checkbox', { name: 'Choose World 1' }).uncheck();
  });

  await t.test('keeps what was played as a file', async () => {
    await leader.getByRole('combobox', { name: 'Export' }).selectOption('Decisions');
    await leader.getByRole('combobox', { name: 'as', exact: true }).selectOption('CSV');
    const [file] = await Promise.all([leader.waitForEvent('download'), leader.getByRole('button', { name: 'Save' }).click()]);
    assert.match(file.suggestedFilename(), /\.csv$/);
    const lines = readFileSync(await file.path(), 'utf8').trim().split('\r\n');
    assert.match(lines[0], /operand/);
    assert.ok(lines.some(line => line.includes('s1@div.edu') || line.includes('12')), lines.join('\n'));
  });

  await t.test('moves a player, who then sits and sees elsewhere', async () => {
    await tile(2).getByRole('link', { name: 'World 2' }).click();
    await leader.getByRole('combobox', { name: 'Move' }).selectOption('Student3 User');
    await leader.getByRole('combobox', { name: 'to', exact: true }).selectOption('no table');
    await leader.getByRole('button', { name: 'Move', exact: true }).click();
    await shows(leader.locator('#command-state'), 'Move Student3 User: done.');
    await leader.getByRole('link', { name: 'All worlds' }).click();
    await shows(leader.locator('#people-title'), '1 waits for a seat');
    const s3 = await enter('s3', PHONE);
    // Without a table there is only what one plays alone.
    await s3.locator('#period').waitFor();
    assert.equal(await s3.locator('#world').count(), 0);
    await leader.getByRole('button', { name: 'Give them seats' }).click();
    await shows(s3.locator('#world'), /World/);
  });

  await t.test('makes a run, which begins when people are there', async () => {
    const staff = await visit(browser, service.url, DESK, complaints);
    await staff.getByLabel('E-mail').fill(STAFF.email);
    await staff.getByLabel('Password').fill(STAFF.password);
    await staff.getByRole('button', { name: 'Sign in', exact: true }).click();
    await staff.getByLabel('Name', { exact: true }).fill('Monday class');
    // Where there are several games, one is chosen.
    if (await staff.locator('#new-game').count() > 0) await staff.locator('#new-game').selectOption('world.simpl.sims.div');
    assert.deepEqual(await axe(staff), []);
    await staff.getByRole('button', { name: 'Make the run' }).click();
    await staff.getByRole('heading', { name: 'Monday class' }).waitFor();
    await shows(staff.locator('#summary'), 'This run has no worlds yet.');
    const api = new GamesApi(service.api);
    const run = await api.one('runs', { name: 'Monday class' });
    for (const name of ['Ada', 'Bo']) {
      const user = await (await api.request('POST', 'users/', { email: `${name}@x.edu`, first_name: name, last_name: 'X' })).json();
      await api.request('POST', 'runusers/', { user: user.id, run: run.id });
    }
    await shows(staff.locator('#people-title'), '2 wait for a seat');
    await staff.getByRole('button', { name: 'Start', exact: true }).click();
    await shows(staff.locator('#summary'), /^1 world;/);
    await shows(staff.locator('.tile'), 'waits for Dividend, Divisor');
  });

  assert.deepEqual(complaints, [], 'nothing in the console');
});
