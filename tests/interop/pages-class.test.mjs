// A class in Chromium: a lecturer makes a run, students join by its code, are seated and play; one has to be let in, one comes back.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { DESK, PHONE, axe, launch, pictures, shows, visit } from './lib/browser.mjs';
import { STAFF } from './lib/games-api.mjs';
import { folder, startDev } from './lib/service.mjs';

const connected = page => shows(page.locator('#connection'), /^\s*connected\s*$/);
const field = page => page.getByLabel('Operand');
const submit = async (page, value) => {
  await field(page).fill(value);
  await page.getByRole('button', { name: 'Submit' }).click();
};

test('a class joins by a code and plays', { timeout: 240_000 }, async t => {
  const service = await startDev(t, folder(t));
  const browser = await launch(t);
  const complaints = [];
  const leader = await visit(browser, service.url, DESK, complaints);
  let code = '';

  await t.test('a lecturer makes a run', async () => {
    await leader.getByLabel('E-mail').fill(STAFF.email);
    await leader.getByLabel('Password').fill(STAFF.password);
    await leader.getByRole('button', { name: 'Sign in', exact: true }).click();
    await leader.getByLabel('Name', { exact: true }).fill('Monday class');
    // Where there are several games, one is chosen.
    if (await leader.locator('#new-game').count() > 0) await leader.locator('#new-game').selectOption('world.simpl.sims.div');
    assert.deepEqual(await axe(leader), []);
    await leader.screenshot({ path: path.join(pictures, 'new-run.png'), fullPage: true });
    await leader.getByRole('button', { name: 'Make the run' }).click();
    await leader.getByRole('heading', { name: 'Monday class' }).waitFor();
    await shows(leader.locator('#people-title'), 'Nobody waits for a seat');
  });

  await t.test('and shows its code, with a warning where nobody else could reach it', async () => {
    await leader.getByRole('button', { name: 'Let students join' }).click();
    await shows(leader.locator('#join-code'), /^[A-Z2-9]{6}$/);
    code = await leader.locator('#join-code').innerText();
    await leader.getByRole('img', { name: /QR code of http.*\/join\// }).waitFor();
    await shows(leader.locator('.joining'), 'works on this computer alone');
  });

  const join = async (name, prepare = () => undefined) => {
    const page = await visit(browser, 'about:blank', PHONE, complaints);
    await prepare(page);
    await page.goto(new URL(`/join/${code.toLowerCase()}`, service.url).href);
    await page.getByLabel('Your name in the game').fill(name);
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    return page;
  };
  const students = [];

  await t.test('students join by the code, with nothing but a name, and wait', async () => {
    for (const name of ['Ada', 'Bo', 'Chi']) students.push(await join(name));
    for (const page of students) await shows(page.getByRole('status'), 'You have joined “Monday class”');
    assert.deepEqual(await axe(students[0]), []);
    await students[0].screenshot({ path: path.join(pictures, 'waiting-room.png') });
    await shows(leader.locator('#people-title'), '3 wait for a seat');
    await shows(leader.locator('main'), 'Ada, Bo, Chi');
  });

  await t.test('who has a name that is taken has to be let in, and who types the code at the door comes in too', async () => {
    const page = await visit(browser, service.url, PHONE, complaints);
    await page.getByLabel('Code from your teacher').fill(code);
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await page.getByLabel('Your name in the game').fill('Dee');
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await shows(page.getByRole('status'), 'You have joined');
    students.push(page);
    const twin = await join('ada');
    await shows(twin.getByRole('status'), 'Your teacher has to let you in, ada.');
    await shows(leader.locator('.joining'), 'somebody has this name');
    await leader.screenshot({ path: path.join(pictures, 'joining.png'), fullPage: true });
    await leader.getByRole('button', { name: 'Turn ada away' }).click();
    await twin.locator('#join-wrong').waitFor();
    await twin.context().close();
  });

  await t.test('the start gives everybody a table', async () => {
    await leader.getByRole('button', { name: 'Start', exact: true }).click();
    for (const page of students) await field(page).waitFor();
    await shows(leader.locator('#summary'), /^2 worlds; decisions are missing in 2; nobody is offline/);
    const roles = await Promise.all(students.map(page => page.locator('#role').innerText()));
    assert.deepEqual([...roles].sort(), ['Dividend', 'Dividend', 'Divisor', 'Divisor']);
  });

  await t.test('everybody plays three periods; one reloads, one comes back without the tab, one is offline for a while', async () => {
    const tables = new Map();
    for (const page of students) {
      const world = await page.locator('#world').innerText();
      tables.set(world, [...tables.get(world) ?? [], page]);
    }
    for (let period = 1; period <= 3; period++) {
      for (const page of students) await shows(page.locator('#period'), String(period));
      if (period === 2) await students[0].reload();
      if (period === 3) {
        // The tab was closed: the browser still knows who this is.
        await students[1].evaluate(() => sessionStorage.clear());
        await students[1].reload();
        await connected(students[1]);
        await students[2].context().setOffline(true);
        await students[2].context().setOffline(false);
      }
      for (const page of students) await submit(page, '4');
    }
    for (const page of students) await shows(page.locator('#period'), '4');
    await shows(leader.locator('#summary'), /^2 worlds/);
    assert.equal(tables.size, 2);
  });

  await t.test('who has signed out may come back as who they were', async () => {
    const page = students[3];
    const role = await page.locator('#role').innerText();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Go on as Dee' }).click();
    await shows(page.locator('#role'), role);
  });

  assert.deepEqual(complaints.filter(complaint => !complaint.includes('403')), [], 'nothing in the console but that one was turned away');
});
