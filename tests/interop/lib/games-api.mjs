// The games API as an independent witness: what it holds over HTTP, and what is in the file under it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';

/** The service account that `modelservice dev` seeds. */
export const STAFF = { email: 'simpl@simpl.world', password: 'simpl' };

export class GamesApi {
  constructor(url, { email, password } = STAFF) {
    this.base = url;
    this.authorization = `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}`;
  }

  async request(method, route, body) {
    const headers = { authorization: this.authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    return fetch(this.base + route, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  }

  /** Every row of `resource` that the filters let through. */
  async list(resource, filters = {}) {
    const query = new URLSearchParams({ page_size: '100000', ...filters });
    const answer = await this.request('GET', `${resource}/?${query}`);
    assert.equal(answer.status, 200, `GET ${resource}/?${query}`);
    return answer.json();
  }

  /** The only row that the filters let through. */
  async one(resource, filters) {
    const rows = await this.list(resource, filters);
    assert.equal(rows.length, 1, `${resource} with ${JSON.stringify(filters)}`);
    return rows[0];
  }
}

/** The SQLite file in a data folder, known by its header. */
function databaseIn(data) {
  const isDatabase = file => {
    const header = Buffer.alloc(15);
    const open = openSync(file, 'r');
    readSync(open, header, 0, 15, 0);
    closeSync(open);
    return header.toString('latin1') === 'SQLite format 3';
  };
  const found = readdirSync(data, { withFileTypes: true }).filter(entry => entry.isFile()).map(entry => path.join(data, entry.name)).filter(isDatabase);
  assert.equal(found.length, 1, `one SQLite file in ${data}`);
  return found[0];
}

/** Rows of a query on the database itself, read by another program than ours. */
export function rowsInFile(data, sql) {
  const program = `
import json, sqlite3, sys
database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, timeout=10)
database.row_factory = sqlite3.Row
print(json.dumps([dict(row) for row in database.execute(sys.argv[2])]))`;
  return JSON.parse(execFileSync('python3', ['-c', program, databaseIn(data), sql], { encoding: 'utf8', maxBuffer: 1 << 28 }));
}
