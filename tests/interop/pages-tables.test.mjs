// Tables and runs in Chromium: a leader takes in a list of students, each opens a personal link, tables are put together and closed, a run is put away.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { DESK, PHONE, axe, launch, pictures, shows, visit } from './lib/browser.mjs';
import { STAFF } from './lib/games-api.mjs';
import { folder, startDev } from './lib/service.mjs';

const ROSTER = ['name,email,role,world', 'Ada Hill,ada@x.edu,Dividend,North', 'Bo Reed,bo@x.edu,Divisor,North', 'Chi Wu,chi@x.edu,Dividend,South', 'Dee Fox,dee@x.edu,Divisor,West'].join('\n');

test('a leader with a list of students and tables to change', { timeout: 240_000 }, async t => {
  const service = await startDev(t, folder(t));
  const browser = await launch(t);
  const complaints = [];
  const leader = await visit(browser, service.url, DESK, complaints);
  const told = leader.locator('#command-state').first();
  const tile = name => leader.locator('.tile').filter({ has: leader.getByRole('heading', { name, exact: true }) });
  const choose = async (...names) => {
    for (const box of await leader.getByRole('checkbox', { name: /^Choose (?!all)/ }).all()) await box.uncheck();
    for (const name of names) await leader.getByRole('checkbox', { name: `Choose ${name}`, exact: true }).check();
  };
  const links = new Map();
  /** Of the two half tables, the one that was made first stays. */
  let [kept, other] = ['', ''];

  await t.test('takes the list in, and has a personal link for each', async () => {
    await leader.getByLabel('E-mail').fill(STAFF.email);
    await leader.getByLabel('Password').fill(STAFF.password);
    await leader.getByRole('button', { name: 'Sign in', exact: true }).click();
    await leader.getByLabel('Name', { exact: true }).fill('Tuesday class');
    // Where there are several games, one is chosen.
    if (await leader.locator('#new-game').count() > 0) await leader.locator('#new-game').selectOption('world.simpl.sims.div');
    await leader.getByRole('button', { name: 'Make the run' }).click();
    await leader.getByRole('heading', { name: 'Tuesday class' }).waitFor();
    await leader.getByText('List of students').click();
    await leader.getByLabel('Lines').fill(ROSTER);
    await leader.getByRole('button', { name: 'Take them in' }).click();
    const rows = leader.getByRole('region', { name: 'Personal link' }).getByRole('row');
    await shows(rows.filter({ hasText: 'Dee Fox' }), /\/j\//);
    for (const row of (await rows.all()).slice(1)) links.set((await row.locator('th').innerText()).split(' ')[0], /http\S+\/j\/\S+/.exec(await row.innerText())[0]);
    assert.deepEqual([...links.keys()].sort(), ['Ada', 'Bo', 'Chi', 'Dee']);
    assert.deepEqual(await axe(leader), []);
    // Importing the same list again changes nothing.
    await leader.getByRole('button', { name: 'Take them in' }).click();
    await shows(leader.locator('details .state').first(), 'Take them in: done.');
    assert.ok((await rows.allInnerTexts()).some(text => text.includes(links.get('Ada'))));
  });

  const students = new Map();
  await t.test('a link signs its student in, again after the tab was closed, and keeps nothing in cookies', async () => {
    for (const [name, link] of links) {
      const page = await visit(browser, link, PHONE, complaints);
      await shows(page.locator('#connection'), /^\s*connected\s*$/);
      students.set(name, page);
    }
    await leader.getByRole('button', { name: 'Start', exact: true }).click();
    await shows(students.get('Ada').locator('#world'), 'North');
    await shows(students.get('Bo').locator('#role'), 'Divisor');
    const ada = students.get('Ada');
    await ada.evaluate(() => sessionStorage.clear());
    await ada.goto(links.get('Ada'));
    await shows(ada.locator('#world'), 'North');
    assert.deepEqual(await ada.context().cookies(), []);
    await ada.screenshot({ path: path.join(pictures, 'personal-link.png'), fullPage: true });
  });

  await t.test('whoever signs out on a personal link stays out, until they want to come back', async () => {
    const page = students.get('Chi');
    await page.getByRole('button', { name: 'Sign out' }).click();
    const back = page.getByRole('button', { name: 'Go on as before' });
    await back.waitFor();
    assert.equal(await page.locator('#connection').count(), 0);
    assert.deepEqual(await axe(page), []);
    await back.click();
    await shows(page.locator('#world'), 'South');
    // The address says where one is, so that a reload stays there.
    await page.waitForURL(/#\/seat\/\d+$/);
    await page.reload();
    await shows(page.locator('#world'), 'South');
  });

  await t.test('puts two half tables together, where those who sit there play on', async () => {
    await choose('South', 'West');
    await leader.getByRole('button', { name: 'Put tables together' }).click();
    const question = leader.getByRole('group', { name: 'Tables' });
    await shows(question, /Bring everybody of (South, West to South|West, South to West)\?/);
    [kept, other] = (await question.innerText()).includes('to South?') ? ['South', 'West'] : ['West', 'South'];
    await leader.screenshot({ path: path.join(pictures, 'merge.png'), fullPage: true });
    await leader.getByRole('button', { name: 'Yes, put them together' }).click();
    await shows(told, 'Put tables together: done.');
    await tile(other).waitFor({ state: 'detached' });
    const [chi, dee] = [students.get('Chi'), students.get('Dee')];
    for (const page of [chi, dee]) await shows(page.locator('#world'), kept);
    for (const page of [chi, dee]) {
      await page.getByLabel('Operand').fill('6');
      await page.getByRole('button', { name: 'Submit' }).click();
    }
    for (const page of [chi, dee]) await shows(page.locator('#period'), '2');
  });

  await t.test('closes a table, whose players wait for another', async () => {
    await choose(kept);
    await leader.getByRole('button', { name: 'Close tables' }).click();
    await leader.getByRole('button', { name: 'Yes, close' }).click();
    await shows(told, 'Close tables: done.');
    await tile(kept).waitFor({ state: 'detached' });
    await shows(leader.locator('#people-title'), '2 wait for a seat');
    await leader.getByRole('button', { name: 'Give them seats' }).click();
    await shows(leader.locator('#summary'), /^2 worlds/);
  });

  await t.test('what is pressed again for want of an answer is done once', async () => {
    const before = await leader.locator('.tile').count();
    // The answer to the first press never comes.
    const sent = await leader.evaluate(() => new Promise(resolve => {
      const { send } = WebSocket.prototype;
      const keys = [];
      WebSocket.prototype.send = function (text) {
        const message = JSON.parse(text);
        if (message[0] === 48 && String(message[3]).endsWith('.extend')) {
          keys.push(message[5]._key);
          if (keys.length === 1) queueMicrotask(() => this.close());
          else { WebSocket.prototype.send = send; resolve(keys); }
        }
        return send.call(this, text);
      };
      const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'One more minute');
      button.click();
      const again = new MutationObserver(() => {
        const ready = document.querySelector('#connection')?.textContent.trim() === 'connected' && keys.length === 1 && button.getAttribute('aria-disabled') !== 'true';
        if (ready) button.click();
      });
      again.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    }));
    assert.equal(sent[0], sent[1]);
    assert.match(sent[0], /^[0-9a-f-]{35}$/);
    assert.equal(await leader.locator('.tile').count(), before);
  });

  await t.test('puts the run away, and takes it out again', async () => {
    await leader.getByRole('button', { name: 'Put the run away' }).click();
    await leader.getByRole('button', { name: 'Yes, put it away' }).click();
    await leader.getByText('1 run put away').click();
    assert.deepEqual(await axe(leader), []);
    await leader.getByRole('button', { name: 'Take Tuesday class out again' }).click();
    await leader.getByRole('link', { name: /Tuesday class/ }).click();
    await shows(leader.locator('#summary'), /^2 worlds/);
  });

  await t.test('fits a phone', async () => {
    await leader.setViewportSize(PHONE);
    assert.equal(await leader.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
  });

  assert.deepEqual(complaints, [], 'nothing in the console');
});
