// The debrief of the beer game in Chromium, from the hints of its types alone: a line for each role, and how much more the orders vary than
// what customers ask for.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { DESK, PHONE, axe, launch, pictures, shows, visit } from './lib/browser.mjs';
import { GamesApi, STAFF } from './lib/games-api.mjs';
import { folder, startDev } from './lib/service.mjs';

const ROLES = ['Retailer', 'Wholesaler', 'Distributor', 'Factory'];
/** What customers ask for each week, by the rules: 4 cases, and from the fifth week 8. */
const DEMAND = [4, 4, 4, 4, 8, 8];
/** What the retailer orders. */
const ORDERS = [4, 4, 6, 2, 12, 10];

const mean = numbers => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const variance = numbers => mean(numbers.map(number => (number - mean(numbers)) ** 2));
/** As the page writes it. */
const times = ratio => `${Number(ratio.toPrecision(3))}×`;

test('the debrief of the beer game', { timeout: 240_000 }, async t => {
  const service = await startDev(t, folder(t), { env: { SIMPL_SERVICE_GAMES: 'beer' } });
  const browser = await launch(t);
  const complaints = [];
  const leader = await visit(browser, service.url, DESK, complaints);
  const table = leader.locator('.tile').first();
  const links = new Map();
  let retailer;

  await t.test('a lecturer makes a run of six weeks, with one student and bots at the table', async () => {
    await leader.getByLabel('E-mail').fill(STAFF.email);
    await leader.getByLabel('Password').fill(STAFF.password);
    await leader.getByRole('button', { name: 'Sign in', exact: true }).click();
    await leader.getByLabel('Name', { exact: true }).fill('Chain');
    for (const label of ['Shortest', 'Longest']) await leader.getByLabel(label).fill(String(DEMAND.length));
    await leader.getByRole('button', { name: 'Make the run' }).click();
    await leader.getByRole('heading', { name: 'Chain' }).waitFor();
    await leader.getByText('List of students').click();
    await leader.getByLabel('Lines').fill(['name,email,role,world', ...ROLES.map(role => `${role} X,${role}@x.edu,${role},North`)].join('\n'));
    await leader.getByRole('button', { name: 'Take them in' }).click();
    for (const role of ROLES) {
      const row = leader.getByRole('region', { name: 'Personal link' }).getByRole('row').filter({ hasText: `${role} X` });
      await shows(row, /\/j\//);
      links.set(role, /http\S+\/j\/\S+/.exec(await row.innerText())[0]);
    }
    retailer = await visit(browser, links.get('Retailer'), PHONE, complaints);
    await shows(retailer.locator('#connection'), /^\s*connected\s*$/);
    await leader.getByRole('button', { name: 'Start', exact: true }).click();
    await shows(retailer.locator('#role'), 'Retailer');
    await shows(leader.locator('#phases [aria-current]'), 'Play');
    await leader.getByRole('button', { name: 'Bots for the absent' }).click();
    await shows(leader.locator('#command-state').first(), /Bots for the absent: done/);
  });

  await t.test('the student plays to the end, and sees no line but their own', async () => {
    for (const [at, order] of ORDERS.entries()) {
      await shows(retailer.locator('#period'), new RegExp(`^${at + 1}$`));
      await retailer.getByLabel('Order (cases)', { exact: true }).fill(String(order));
      await retailer.getByRole('button', { name: 'Submit' }).click();
    }
    await shows(table, 'the game is over');
    await shows(retailer.locator('main'), 'The game is over.');
    await shows(retailer.getByRole('img', { name: 'Chart of Retailer over the periods; the table has the same numbers.' }).first(), 'Retailer');
    assert.equal(await retailer.getByRole('img', { name: /Factory/ }).count(), 0);
  });

  await t.test('in the debrief everybody sees four lines with the names of the roles, and how much each varies against what customers ask for', async () => {
    await leader.getByRole('button', { name: 'Go on to Debrief' }).click();
    await shows(retailer.locator('#phase'), 'Debrief');
    // Nothing is decided and no time runs any more.
    await shows(retailer.locator('#submission'), /^Saved: 10, at [\d:]+( [AP]M)?\.$/);
    assert.equal(await retailer.locator('#time').count(), 0);
    const chart = retailer.locator('.card').filter({ has: retailer.getByRole('heading', { name: 'Order (cases)', exact: true }) });
    await chart.getByRole('img', { name: `Chart of ${ROLES.join(', ')} over the periods; the table has the same numbers.` }).waitFor();
    await chart.locator('canvas').waitFor();
    // A role has the same line in every chart.
    await retailer.getByRole('heading', { name: 'Stock (cases)', exact: true }).waitFor();
    assert.equal(await retailer.getByRole('img', { name: `Chart of ${ROLES.join(', ')} over` }).count(), 3);
    for (const role of ROLES) await shows(chart, role);
    // What was stored is the witness of what is drawn.
    const api = new GamesApi(service.api);
    const roles = new Map((await api.list('roles')).map(({ id, name }) => [id, name]));
    const rows = (await api.list('decisions')).sort((a, b) => a.period - b.period);
    const ratios = ROLES.map(role => {
      const orders = rows.filter(row => roles.get(row.role) === role).map(({ data }) => data.order);
      assert.equal(orders.length, DEMAND.length, `${role} has ordered ${orders}`);
      return [role, times(variance(orders) / variance(DEMAND))];
    });
    assert.equal(ratios[0][1], times(variance(ORDERS) / variance(DEMAND)));
    const card = retailer.locator('.card').filter({ has: retailer.getByRole('heading', { name: 'Order: how much it varies, compared with Incoming order' }) });
    await shows(card, new RegExp(ratios.map(([role, ratio]) => `${role}\\s*${ratio}`).join('\\s*')));
    const factory = await visit(browser, links.get('Factory'), PHONE, complaints);
    const theirs = factory.locator('.card').filter({ has: factory.getByRole('heading', { name: /^Order: how much it varies/ }) });
    await shows(theirs, new RegExp(ratios.map(([role, ratio]) => `${role}\\s*${ratio}`).join('\\s*')));
    await factory.context().close();
    assert.deepEqual(await axe(retailer), []);
    assert.equal(await retailer.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    await retailer.screenshot({ path: path.join(pictures, 'beer-debrief.png'), fullPage: true });
    for (const [role, ratio] of ratios) await shows(leader.getByRole('row').filter({ hasText: role }), new RegExp(`${role}\\s*${ratio}\\s*${ratio}\\s*${ratio}`));
  });

  await t.test('and so does the class on the wall, without the name of a person', async () => {
    await leader.getByRole('link', { name: 'Projector view' }).click();
    await leader.getByRole('img', { name: `Chart of ${ROLES.join(', ')} over the periods; the table has the same numbers.` }).first().waitFor();
    await leader.getByRole('img', { name: /^Cost, all periods together: a bar for each of 1 worlds/ }).waitFor();
    assert.doesNotMatch(await leader.locator('main').innerText(), /(Retailer|Wholesaler|Distributor|Factory) X/);
    assert.deepEqual(await axe(leader), []);
    await leader.screenshot({ path: path.join(pictures, 'beer-projector.png'), fullPage: true });
  });

  assert.deepEqual(complaints, [], 'nothing in the console');
});
