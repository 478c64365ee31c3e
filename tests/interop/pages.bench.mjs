// What the pages cost, as a table: the first load of a student, how soon the page can be used on a slow phone, and a leader's page over
// 200 worlds at play. `cargo xtask bench pages` runs it on the release binary.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DESK, PHONE, launch, visit } from './lib/browser.mjs';
import { STAFF } from './lib/games-api.mjs';
import { ROOT, connect, gameUri, uri } from './lib/seat.mjs';
import { startDev } from './lib/service.mjs';

const WORLDS = 200;
/** How much slower than this machine the student's is. */
const SLOWER = 4;
const LOADS = 9;
/** For how long the class plays, in seconds, and how many submit in one. */
const SECONDS = 15;
const A_SECOND = 20;
/** Clock ticks in a second, as /proc counts them. */
const TICKS = 100;

const endings = [];
const t = { after: end => endings.unshift(end) };
const data = mkdtempSync(path.join(tmpdir(), 'modelservice-bench-'));
t.after(() => rmSync(data, { recursive: true, force: true }));

const middle = numbers => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const share = (numbers, of) => [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * of))];
const pause = milliseconds => new Promise(resolve => { setTimeout(resolve, milliseconds); });

/** Seconds of processor time that a process has used. */
function cpu({ child }) {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** What a student's page is over the wire from nothing, in bytes. */
async function weight(browser, link, complaints) {
  const page = await visit(browser, 'about:blank', PHONE, complaints);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  let bytes = 0;
  const files = new Set();
  devtools.on('Network.responseReceived', ({ response, requestId }) => { if (response.url.startsWith('http')) files.add(requestId); });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { if (files.has(requestId)) bytes += encodedDataLength; });
  await page.goto(link);
  await page.locator('form [type=submit]').waitFor();
  await page.context().close();
  return bytes;
}

/** When a decision can be typed on a student's page that is loaded from nothing on a slow phone, in milliseconds. Nobody looks on
 * meanwhile: whoever asks a page every moment whether it is ready slows it down by a tenth. */
async function usable(browser, link, complaints) {
  const page = await visit(browser, 'about:blank', PHONE, complaints);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('form [type=submit]') || !document.querySelector('#period')) return;
      observer.disconnect();
      // Usable is what has been painted and takes a key.
      requestAnimationFrame(() => setTimeout(() => console.debug(`usable ${performance.now()}`)));
    }).observe(document, { subtree: true, childList: true });
  });
  const said = page.waitForEvent('console', message => message.text().startsWith('usable '));
  await page.goto(link, { waitUntil: 'commit' });
  const at = Number((await said).text().split(' ')[1]);
  await page.context().close();
  return at;
}

/** Notes when tiles of the leader's page change, by the name of their world. */
function watchTiles() {
  window.changed = [];
  const marks = new Map();
  const look = () => {
    for (const tile of document.querySelectorAll('.tile')) {
      const name = tile.querySelector('h3').textContent;
      const now = tile.querySelectorAll('.mark.submitted').length + tile.querySelector('.tile-head .soft').textContent;
      if (marks.get(name) !== now) window.changed.push([name, Date.now()]);
      marks.set(name, now);
    }
  };
  look();
  new MutationObserver(look).observe(document.querySelector('.worlds'), { subtree: true, childList: true, attributes: true, characterData: true });
}

try {
  const service = await startDev(t, data);
  const { session } = await connect(service, STAFF.email, STAFF.password);
  const { run, runuser } = await session.call(gameUri('create_run'), ['Figures']);
  const roster = ['student number,name,role,world'];
  for (let world = 1; world <= WORLDS; world++) for (const role of ['Dividend', 'Divisor']) roster.push(`${world}${role},${role} ${world},${role},W${world}`);
  const people = await session.call(uri('run', run, 'import_roster'), [roster.join('\n')]);
  assert.equal(people.length, 2 * WORLDS);
  await session.call(uri('run', run, 'start'));
  const tree = await session.call(uri('run', run, 'get_scope_tree'));
  const tables = new Map(tree.children.filter(child => child.resource_name === 'world').map(world => [world.pk, { name: world.data.name, period: world.children[0].children[0].pk, turn: 0, seats: [] }]));

  const browser = await launch(t);
  const complaints = [];
  const link = new URL(people[0].link, service.url).href;
  const bytes = await weight(browser, link, complaints);
  const loads = [];
  for (let load = 0; load < LOADS; load++) loads.push(await usable(browser, link, complaints));

  const seats = [];
  for (const person of people) {
    const entrance = await (await fetch(new URL(person.link, service.url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).json();
    const seat = await connect(service, String(entrance.user), entrance.ticket);
    seats.push(seat);
    tables.get(entrance.world).seats.push(seat.session);
  }
  for (const [pk, table] of tables) {
    await table.seats[0].subscribe(`${ROOT}.model.world.${pk}.add_child`, ([row, resource]) => { if (resource === 'period') table.period = row; });
  }

  /** The class submits at a steady pace; gives when each world was told to, and the processor time of the server. */
  const play = async () => {
    const submitted = [];
    const all = [...tables.values()];
    const before = cpu(service);
    const began = Date.now();
    for (let count = 0; count < SECONDS * A_SECOND; count++) {
      await pause(Math.max(0, began + count * 1000 / A_SECOND - Date.now()));
      const table = all[count % all.length];
      const at = Date.now();
      await table.seats[table.turn % 2].call(uri('period', table.period, 'submit_decision'), ['3']);
      table.turn++;
      submitted.push([table.name, at]);
    }
    return { submitted, cost: (cpu(service) - before) / ((Date.now() - began) / 1000) };
  };

  const alone = await play();
  const leader = await visit(browser, service.url, DESK, complaints);
  await leader.evaluate(login => sessionStorage.setItem('login', JSON.stringify(login)), { authid: STAFF.email, ticket: STAFF.password });
  await leader.goto(`${service.url}#/seat/${runuser}`);
  await leader.reload();
  await leader.waitForFunction(count => document.querySelectorAll('.tile').length === count, WORLDS);
  await leader.evaluate(watchTiles);
  const watched = await play();
  await leader.waitForFunction(name => window.changed.some(([changed]) => changed === name), watched.submitted.at(-1)[0]);
  await pause(1_000);
  const changed = await leader.evaluate(() => window.changed);
  const waited = watched.submitted.map(([name, at]) => {
    const shown = changed.find(([other, when]) => other === name && when >= at);
    assert.ok(shown, `the submission in ${name} was shown`);
    return shown[1] - at;
  });
  assert.deepEqual(complaints, []);

  const costs = watched.cost - alone.cost;
  const rows = [
    ['first load of a student, over the wire', `${(bytes / 1000).toFixed(1)} kB`, 'under 60 kB'],
    [`a student can type, processor ${SLOWER} times slower: median / most of ${LOADS}`, `${middle(loads).toFixed(0)} / ${Math.max(...loads).toFixed(0)} ms`, 'under 1,000 ms'],
    [`${WORLDS} worlds, ${A_SECOND} submissions a second: on the leader's page after, median / 99 of 100 / most`, `${middle(waited)} / ${share(waited, 0.99)} / ${Math.max(...waited)} ms`, 'under 1,000 ms'],
    ['the server meanwhile, without a leader\'s page / with one', `${(alone.cost * 100).toFixed(1)} / ${(watched.cost * 100).toFixed(1)} % of a core`, ''],
    ['a leader\'s page costs the server', `${(costs * 100).toFixed(1)} % of a core`, 'under 5 %'],
  ];
  console.log('| what | measured | meant |\n| --- | --- | --- |');
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
  for (const { connection } of seats) connection.close();
} finally {
  for (const end of endings) await end();
}
process.exit(0);
