// A game for one in Chromium: a class plays blackjack, each at a table of their own, and the leader sees where everybody is.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { DESK, PHONE, axe, launch, pictures, shows, visit } from './lib/browser.mjs';
import { GamesApi, STAFF } from './lib/games-api.mjs';
import { folder, startDev } from './lib/service.mjs';

/** No hand of blackjack takes more moves than this: 4 aces, 4 twos, 4 threes and a card more are beyond 21. */
const MOST_MOVES = 12;

test('everybody plays blackjack alone', { timeout: 240_000 }, async t => {
  const service = await startDev(t, folder(t), { env: { SIMPL_SERVICE_GAMES: 'blackjack' } });
  const browser = await launch(t);
  const complaints = [];
  const leader = await visit(browser, service.url, DESK, complaints);
  const tile = name => leader.getByRole('region', { name, exact: true });
  const students = new Map();

  await t.test('a lecturer makes a run of one hand, and students who join by its code play at once', async () => {
    await leader.getByLabel('E-mail').fill(STAFF.email);
    await leader.getByLabel('Password').fill(STAFF.password);
    await leader.getByRole('button', { name: 'Sign in', exact: true }).click();
    await leader.getByLabel('Name', { exact: true }).fill('Casino');
    await leader.getByLabel('Hands (hands)').fill('1');
    await leader.getByRole('button', { name: 'Make the run' }).click();
    await leader.getByRole('heading', { name: 'Casino' }).waitFor();
    await leader.getByRole('button', { name: 'Let students join' }).click();
    await shows(leader.locator('#join-code'), /^[A-Z2-9]{6}$/);
    const code = await leader.locator('#join-code').innerText();
    for (const name of ['Ada', 'Bo']) {
      const page = await visit(browser, new URL(`/join/${code}`, service.url).href, PHONE, complaints);
      await page.getByLabel('Your name in the game').fill(name);
      await page.getByRole('button', { name: 'Join', exact: true }).click();
      await shows(page.locator('#connection'), /^\s*connected\s*$/);
      students.set(name, page);
    }
    await tile('Ada').waitFor();
    await leader.getByRole('button', { name: 'Start', exact: true }).click();
    for (const page of students.values()) await shows(page.locator('#period'), '1');
    for (const name of students.keys()) await shows(tile(name), `Period 1`);
    await shows(leader.locator('#phases [aria-current]'), 'Play');
    for (const name of students.keys()) await shows(tile(name), 'still deciding');
    await shows(leader.getByRole('region', { name: 'Who plays alone: 2' }), /Period 1\s*2/);
  });

  await t.test('one plays to the end, by choices that come from the schema, while the other has not moved', async () => {
    const ada = students.get('Ada');
    const over = ada.getByText('The game is over.');
    const known = ada.locator('.card').filter({ has: ada.getByRole('heading', { name: 'What you know' }) });
    await shows(known, /Cards\s*\w+, \w+\s*Count\s*\d+[\s\S]*Dealer shows\s*\w+\s*Last hand\s*–/);
    await ada.screenshot({ path: path.join(pictures, 'blackjack.png'), fullPage: true });
    for (let move = 1; move <= MOST_MOVES && await over.count() === 0; move++) {
      await ada.getByRole('radio', { name: 'Take one more card.' }).check();
      await ada.getByRole('button', { name: 'Submit' }).click();
      await shows(ada.getByRole('main'), new RegExp(`The game is over\\.|Your decision for period ${move + 1}`));
    }
    await over.waitFor();
    await shows(known, /Last hand\s*player: \w+, .*; dealer: \w+, .*; won: -1/);
    await shows(ada.locator('#submission'), /^Saved: hit, at [\d:]+( [AP]M)?\.$/);
    await shows(ada.getByRole('row').filter({ has: ada.getByRole('rowheader', { name: '1', exact: true }) }), /^1\s*hit/);
    await shows(known, /Won\s*-1 stakes/);
    const api = new GamesApi(service.api);
    const results = (await api.list('results')).filter(({ data }) => data.last_hand);
    assert.deepEqual(results.map(({ data }) => data.won), [-1], 'who always draws has more than 21 in the end');
    assert.deepEqual(await axe(ada), []);
    assert.equal(await ada.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    await ada.screenshot({ path: path.join(pictures, 'blackjack-over.png'), fullPage: true });
  });

  await t.test('the leader sees who is done and who is not, and the wall shows how many, without names', async () => {
    await shows(tile('Ada'), 'the game is over');
    await shows(tile('Bo'), /Period 1[\s\S]*waits for Player/);
    await shows(leader.getByRole('region', { name: 'Who plays alone: 2' }), /Period 1\s*1\s*the game is over\s*1/);
    assert.deepEqual(await axe(leader), []);
    await leader.screenshot({ path: path.join(pictures, 'alone.png'), fullPage: true });
    await leader.getByLabel('Message to everybody').fill('Two minutes more.');
    await leader.getByRole('button', { name: 'Send' }).click();
    await shows(students.get('Bo').locator('.message'), 'Two minutes more.');
    await leader.getByRole('link', { name: 'Projector view' }).click();
    await shows(leader.getByRole('region', { name: 'Who plays alone: 2' }), /Period 1\s*1/);
    assert.doesNotMatch(await leader.locator('main').innerText(), /Ada|Bo\b/);
    await leader.goBack();
  });

  await t.test('who was away finds the game as it was', async () => {
    const ada = students.get('Ada');
    await ada.reload();
    await shows(ada.getByRole('main'), 'The game is over.');
    await students.get('Bo').reload();
    await shows(students.get('Bo').locator('#period'), '1');
  });

  assert.deepEqual(complaints, [], 'nothing in the console');
});
