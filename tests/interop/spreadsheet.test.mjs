// The workbook of a run in a real spreadsheet program: LibreOffice opens it, and its sheets have the rows of the CSV.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { GamesApi } from './lib/games-api.mjs';
import { Seat, uri } from './lib/seat.mjs';
import { folder, startDev } from './lib/service.mjs';

const OFFICE = process.env.SOFFICE ?? 'soffice';
const TABLES = ['decisions', 'results', 'players', 'grades', 'events', 'superseded'];
/** LibreOffice's filter: comma, double quote, UTF-8, from the first line, every sheet to a file of its own. */
const EVERY_SHEET = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1';

/** The rows of a CSV, RFC 4180. */
function rows(text) {
  const found = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    found.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '') break;
    if (end !== ',') found.push([]);
  }
  return found.filter(row => row.length > 1);
}

/** What both programs mean by a cell: numbers as numbers, yes and no in one spelling, no mark in front of what looks like a formula. */
function meaning(cell) {
  if (/^(true|false)$/i.test(cell)) return cell.toLowerCase();
  if (cell !== '' && Number.isFinite(Number(cell))) return Number(cell);
  return cell.replace(/^'(?=[=+@-])/, '');
}

test('LibreOffice opens the workbook of a run, and finds in it what the CSV says', { timeout: 180_000 }, async t => {
  const service = await startDev(t, folder(t));
  const api = new GamesApi(service.api);
  const [dividend, divisor, leader] = await Promise.all(['s1', 's2', 'leader'].map(name => Seat.join(t, service, name)));
  for (const [order, operand] of [[1, 7], [2, 9]]) {
    const { pk } = await dividend.period();
    await dividend.submit(pk, operand);
    await divisor.submit(pk, 2);
    await dividend.untilPeriods('the next period', periods => periods.length === order + 1);
  }
  await leader.call(uri('run', leader.run, 'message'), ['=a, "word"\nto all']);
  await leader.call(uri('world', dividend.world, 'rewind'), [2]);
  const user = await api.one('users', { email: 's1@div.edu' });
  assert.equal((await api.request('PATCH', `users/${user.id}/`, { first_name: '=1+1', last_name: 'Zoë, "Z"' })).status, 200);

  const exported = async query => {
    const answer = await api.request('GET', `runs/${dividend.run}/export/?${query}`);
    assert.equal(answer.status, 200, query);
    return Buffer.from(await answer.arrayBuffer());
  };
  // What leaders have done is recorded after they have their answer.
  while (rows((await exported('table=events')).toString('utf8')).length < 3);
  const out = folder(t);
  writeFileSync(path.join(out, 'run.xlsx'), await exported('format=xlsx'));
  // A profile of its own: an office that is open elsewhere would take the order and say nothing.
  const profile = `-env:UserInstallation=${pathToFileURL(path.join(out, 'profile'))}`;
  const open = [profile, '--headless', '--convert-to', EVERY_SHEET, '--outdir', out, path.join(out, 'run.xlsx')];
  const said = execFileSync(OFFICE, open, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 });

  const sheets = readdirSync(out).filter(name => name.endsWith('.csv'));
  assert.deepEqual(sheets.sort(), TABLES.map(table => `run-${table}.csv`).sort(), said);
  for (const table of TABLES) {
    const csv = rows((await exported(`table=${table}&format=csv`)).toString('utf8').replace(/^\uFEFF/, ''));
    const sheet = rows(readFileSync(path.join(out, `run-${table}.csv`), 'utf8'));
    assert.deepEqual(sheet.map(row => row.map(meaning)), csv.map(row => row.map(meaning)), table);
    assert.ok(csv.length > 1, `${table} has rows`);
  }
});
