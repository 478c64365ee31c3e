// Charts in Chromium, from the hints of a game's types alone: here div, told to the pages as if its author had written hints.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { DESK, PHONE, axe, launch, pictures, shows, visit } from './lib/browser.mjs';
import { ROOT } from './lib/seat.mjs';
import { folder, startDev } from './lib/service.mjs';

const CALL = 48, RESULT = 50;

/** Has a page hear of hints that div does not have. */
async function hinted(page) {
  await page.routeWebSocket('**/ws', near => {
    const far = near.connectToServer();
    const asked = new Set();
    near.onMessage(text => {
      const [kind, request, , procedure] = JSON.parse(text);
      if (kind === CALL && procedure === `${ROOT}.model.game.get_schema`) asked.add(request);
      far.send(text);
    });
    far.onMessage(text => {
      const message = JSON.parse(text);
      if (message[0] !== RESULT || !asked.has(message[1])) return near.send(text);
      const [schema] = message[3];
      schema.decision.properties.operand['x-chart'] = { lines: 'role', variance_ratio_to: 'quotient' };
      schema.result.properties.quotient['x-chart'] = { bars: 'world', of: 'mean' };
      near.send(JSON.stringify(message));
    });
  });
}

test('charts come from the hints of a game', { timeout: 180_000 }, async t => {
  const service = await startDev(t, folder(t));
  const browser = await launch(t);
  const complaints = [];
  const enter = async (name, viewport) => {
    const page = await visit(browser, 'about:blank', viewport, complaints);
    await hinted(page);
    await page.goto(service.url);
    // Where several games have such a login, it goes by its address.
    await page.getByRole('button', { name: new RegExp(`^${name}(@div\\.edu)?$`) }).click();
    await shows(page.locator('#connection'), /^\s*connected\s*$/);
    return page;
  };
  const [s1, s2, s3, s4] = [await enter('s1', PHONE), await enter('s2', PHONE), await enter('s3', PHONE), await enter('s4', PHONE)];
  const leader = await enter('leader', DESK);
  const play = async (pages, numbers, period) => {
    for (const [at, page] of pages.entries()) {
      await page.getByLabel('Operand').fill(String(numbers[at]));
      await page.getByRole('button', { name: 'Submit' }).click();
      // The last one opens the next period.
      if (at === 0) await shows(page.locator('#submission'), /^Saved/);
    }
    for (const page of pages) await shows(page.locator('#period'), new RegExp(`^${period + 1}$`));
  };

  await t.test('a player sees a line for each role while they play', async () => {
    for (const [at, numbers] of [[8, 2], [12, 2], [4, 2]].entries()) await play([s1, s2], numbers, at + 1);
    for (const [at, numbers] of [[9, 3], [6, 3]].entries()) await play([s3, s4], numbers, at + 1);
    await s1.locator('.chart canvas').waitFor();
    await shows(s1.locator('.chart'), /Dividend[\s\S]*Divisor/);
    assert.equal(await s1.getByText('compared with').count(), 0);
  });

  await t.test('in the debrief the charts come first, with how much each role varies', async () => {
    await leader.getByRole('button', { name: 'Go on to Debrief' }).click();
    await shows(s1.locator('#phase'), 'Debrief');
    const card = s1.locator('.card').filter({ has: s1.getByRole('heading', { name: 'Operand: how much it varies, compared with Quotient' }) });
    // Dividends 8, 12, 4 against quotients 4, 6, 2; the divisor is always 2.
    await shows(card, /Dividend\s*4×\s*Divisor\s*0×/);
    const headings = await s1.getByRole('heading', { level: 2 }).allInnerTexts();
    assert.ok(headings.indexOf('Operand') < headings.indexOf('Periods'), headings.join(', '));
    assert.deepEqual(await axe(s1), []);
    assert.equal(await s1.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    await s1.screenshot({ path: path.join(pictures, 'debrief.png'), fullPage: true });
  });

  await t.test('the projector shows the class: means by role, a bar for each world, and no name of a person', async () => {
    await leader.getByRole('link', { name: 'Projector view' }).click();
    await leader.getByRole('heading', { name: 'Operand: means of all worlds' }).waitFor();
    await leader.getByRole('img', { name: 'Quotient, mean of the periods: a bar for each of 2 worlds, from 2.5 to 4.' }).waitFor();
    assert.equal(await leader.locator('svg.bars rect').count(), 2);
    await leader.getByText('The numbers').click();
    await shows(leader.getByRole('row').filter({ hasText: 'World 2' }), /World 2\s*2\.5/);
    await shows(leader.getByRole('row').filter({ hasText: 'Dividend' }), /Dividend\s*6\.5×\s*4×\s*9×/);
    assert.doesNotMatch(await leader.locator('main').innerText(), /Student/);
    assert.deepEqual(await axe(leader), []);
    await leader.screenshot({ path: path.join(pictures, 'projector-debrief.png'), fullPage: true });
    await leader.setViewportSize(PHONE);
    assert.equal(await leader.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
  });

  assert.deepEqual(complaints, [], 'nothing in the console');
});
