// The author's page in Chromium: every seat of a table and the leader side by side, what is stored, what is said, and calls of anything.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { PHONE, axe, launch, pictures, shows, visit } from './lib/browser.mjs';
import { example, folder, start, startDev } from './lib/service.mjs';

const WIDE = { width: 1400, height: 900 };

test('an author plays every seat on one page and sees what happens', { timeout: 240_000 }, async t => {
  const service = await startDev(t, folder(t));
  assert.match(service.stderr, new RegExp(`author's page +http://${service.address}/author`));
  const browser = await launch(t);
  const complaints = [];
  const page = await visit(browser, service.url, WIDE, complaints);
  await page.getByRole('link', { name: /^For the author/ }).click();
  await page.locator('#author-leader').selectOption('leader@div.edu');
  const seat = name => page.frameLocator(`iframe[title^="${name},"]`);
  const section = name => page.getByRole('region', { name, exact: true });
  const log = section('Messages').first();

  await t.test('has a frame for each seat and one for the leader, each with a session of its own', async () => {
    await shows(seat('Dividend').locator('#role'), 'Dividend');
    await shows(seat('Divisor').locator('#role'), 'Divisor');
    await shows(seat('Leader').locator('#summary'), '2 worlds');
    for (const name of ['Dividend', 'Divisor', 'Leader']) await shows(seat(name).locator('#connection'), /^\s*connected\s*$/);
  });

  await t.test('shows what each step has changed in what is stored', async () => {
    await seat('Dividend').getByLabel('Operand').fill('12');
    await seat('Dividend').getByRole('button', { name: 'Submit' }).click();
    await shows(seat('Leader').getByRole('region', { name: 'World 1', exact: true }), 'waits for Divisor');
    // That somebody comes is a change, too: which of them is the newest is not said.
    await page.locator('.changes').filter({ hasText: /new decision \d+/ }).filter({ hasText: /data\.operand\s+12/ }).first().waitFor({ state: 'attached' });
    await seat('Divisor').getByLabel('Operand').fill('5');
    await seat('Divisor').getByRole('button', { name: 'Submit' }).click();
    await shows(section('What has changed').first(), /data\.quotient\s+2\.4/);
    await shows(section('What is stored').first(), /"quotient": 2\.4/);
  });

  await t.test('shows every message of every seat, and no password', async () => {
    await shows(log, /s1@div\.edu\s*→\s*sent\s*CALL\s*world\.simpl\.sims\.div\.model\.period\.\d+\.submit_decision/);
    await shows(log, /s2@div\.edu\s*←\s*received\s*EVENT/);
    await page.getByLabel('Show', { exact: true }).selectOption('all');
    await page.getByLabel('that mention').fill('AUTHENTICATE');
    await shows(log, 'Nothing was said yet.');
    await page.getByLabel('that mention').fill('submit_decision');
    await shows(log, /submit_decision\s*\d+ ms/);
    await page.getByLabel('Show', { exact: true }).selectOption('talk');
    await page.getByLabel('that mention').fill('');
  });

  await t.test('calls any procedure as anybody, with what the schema asks for, and shows a refusal in its own words', async () => {
    const call = section('Call a procedure');
    await page.locator('#call-as').selectOption('s2@div.edu');
    await page.locator('#call-uri').selectOption('world.simpl.sims.div.model.period..submit_decision');
    assert.deepEqual(JSON.parse(await page.locator('#call-kwargs').inputValue()), { operand: 1 });
    await page.locator('#call-kwargs').fill('{"operand": 0}');
    await call.getByRole('button', { name: 'Call', exact: true }).click();
    await shows(page.locator('#call-answer'), 'Cannot divide by zero');
    await page.locator('#call-kwargs').fill('{"operand": "many"}');
    await call.getByRole('button', { name: 'Call', exact: true }).click();
    await shows(page.locator('#call-answer'), /application\.error\.validation_error|finite number/);
    await page.locator('#call-uri').selectOption('world.simpl.sims.div.model.game.get_phases');
    await call.getByRole('button', { name: 'Call', exact: true }).click();
    await shows(page.locator('#call-answer'), /"Debrief"/);
  });

  await t.test('names the steps that have failed, with their text', async () => {
    await seat('Dividend').getByLabel('Operand').fill('1e308');
    await seat('Dividend').getByRole('button', { name: 'Submit' }).click();
    await shows(seat('Dividend').locator('#submission'), /^Saved/);
    await seat('Divisor').getByLabel('Operand').fill('1e-308');
    await seat('Divisor').getByRole('button', { name: 'Submit' }).click();
    await shows(section('Steps that have failed').or(page.getByRole('alert', { name: 'Steps that have failed' })), /World 1[\s\S]*finite number/);
  });

  await t.test('shows another table when it is chosen', async () => {
    await page.locator('#author-world').selectOption({ label: 'World 2' });
    await shows(seat('Dividend').locator('#world'), 'World 2');
    await page.locator('#author-world').selectOption({ label: 'World 1' });
    await shows(seat('Dividend').locator('#world'), 'World 1');
  });

  await t.test('has no serious fault for those who cannot see it, and fits a phone', async () => {
    await shows(seat('Leader').locator('#summary'), '2 worlds');
    assert.deepEqual(await axe(page), []);
    await page.screenshot({ path: path.join(pictures, 'author.png'), fullPage: true });
    await page.setViewportSize({ width: 360, height: 740 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  });

  assert.deepEqual(await page.context().cookies(), [], 'pages keep nothing in cookies');
  assert.equal(await page.locator('#older').isVisible(), false, 'this browser is not too old');
  assert.deepEqual(complaints, [], 'nothing in the console');
});

test('an author sees what a panic of the game said; where no authors are, nobody does', { timeout: 240_000 }, async t => {
  const service = await startDev(t, folder(t), { program: example('faulty') });
  const browser = await launch(t);
  const complaints = [];
  const page = await visit(browser, `${service.url}author`, WIDE, complaints);
  const seat = name => page.frameLocator(`iframe[title^="${name},"]`);
  const submit = async (name, amount) => {
    await seat(name).getByLabel('Amount').fill(amount);
    await seat(name).getByRole('button', { name: /^(Submit|Change your decision)$/ }).click();
  };
  const said = 'the amounts are 13 together, at least';
  const failures = page.getByRole('alert', { name: 'Steps that have failed' });

  await t.test('in the words of the panic, for the world in which it happened, as soon as it has', async () => {
    await submit('Giver', '5');
    await shows(seat('Giver').locator('#submission'), /^Saved: 5,/);
    assert.equal(await failures.count(), 0);
    await submit('Taker', '4');
    await shows(failures, new RegExp(`World 1\\s*a step of this game failed: its code panicked with "${said}"; the log says where`));
    assert.match(service.stderr, /examples\/faulty\.rs:\d+/, 'the log says where');
    assert.deepEqual(await axe(page), []);
    await page.screenshot({ path: path.join(pictures, 'author-panic.png'), fullPage: true });
  });

  await t.test('until a decision is changed and the step succeeds; the service has gone on meanwhile', async () => {
    await submit('Taker', '40');
    await failures.waitFor({ state: 'detached' });
    await shows(seat('Taker').locator('#period'), '2');
    await shows(page.getByRole('region', { name: 'What is stored', exact: true }).first(), /"rest": 32/);
    assert.deepEqual(complaints, [], 'nothing in the console');
  });

  await t.test('on a server for a class there is no such page, and everybody reads that it failed but not what was said', async () => {
    const school = start(t, ['serve', '--listen', '127.0.0.1:0', '--api-listen', '127.0.0.1:0', '--data', folder(t)], { program: example('faulty') });
    await school.ready();
    const [link] = await school.until(({ stderr }) => /http:\S+\/first\/\S+/.exec(stderr), 'it printed the link of the first lecturer');
    const [email, password] = ['ada@school.example', 'four green apples'];
    assert.equal((await fetch(link, { method: 'POST', body: new URLSearchParams({ email, password, again: password }) })).status, 200);
    assert.equal((await fetch(`${school.url}author`)).status, 404);
    const leader = await visit(browser, school.url, WIDE, complaints);
    await leader.getByLabel('E-mail').fill(email);
    await leader.getByLabel('Password').fill(password);
    await leader.getByRole('button', { name: 'Sign in', exact: true }).click();
    await leader.getByLabel('Name', { exact: true }).fill('Class');
    await leader.getByRole('button', { name: 'Make the run' }).click();
    await leader.getByRole('button', { name: 'Let students join' }).click();
    await shows(leader.locator('#join-code'), /^[A-Z2-9]{6}$/);
    const students = [];
    for (const name of ['Bo', 'Chi']) {
      const student = await visit(browser, `${school.url}join/${await leader.locator('#join-code').innerText()}`, PHONE, complaints);
      await student.getByLabel('Your name in the game').fill(name);
      await student.getByRole('button', { name: 'Join', exact: true }).click();
      await shows(student.getByRole('status'), 'You have joined');
      students.push(student);
    }
    await leader.getByRole('button', { name: 'Start', exact: true }).click();
    for (const student of students) {
      await student.getByLabel('Amount').fill('1');
      await student.getByRole('button', { name: 'Submit' }).click();
    }
    const told = /The result could not be calculated: a step of this game failed \(its code panicked\); the operator's log says where/;
    for (const student of students) await shows(student.locator('#failure'), new RegExp(`${told.source}\\. It is tried again`));
    await shows(leader.locator('.tile'), told);
    for (const who of [leader, ...students]) assert.doesNotMatch(await who.content(), /13 together/);
    await school.until(({ stderr }) => stderr.includes(said), 'the log has it');
  });

  assert.deepEqual(complaints, [], 'nothing in the console');
});
