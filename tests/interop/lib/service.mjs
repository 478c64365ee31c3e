// Starts the real binary and ends it again. Nothing here waits for a time to pass: only for a line, an exit or a deadline.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** The binary under test: `MODELSERVICE_BIN`, or what `cargo build` left. */
export const binary = process.env.MODELSERVICE_BIN
  ? path.resolve(repository, process.env.MODELSERVICE_BIN)
  : path.join(repository, 'target/debug/modelservice');
if (!existsSync(binary)) {
  throw new Error(`there is no binary at ${binary}: run \`cargo build\`, or set MODELSERVICE_BIN to the one to test`);
}

/** The program of a game in `examples/`, as `cargo test` or `cargo build --examples` left it. */
export function example(name) {
  const program = path.join(repository, 'target/debug/examples', name);
  if (!existsSync(program)) throw new Error(`there is no program at ${program}: run \`cargo build --example ${name}\``);
  return program;
}

const STARTS_WITHIN = 30_000;
const running = new Set();
process.on('exit', () => running.forEach(child => child.kill('SIGKILL')));

/** An empty folder that is gone when the test has ended. */
export function folder(t) {
  const made = mkdtempSync(path.join(tmpdir(), 'modelservice-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** One process of the binary: what it printed, where it listens, how it ended. */
export class Process {
  #printed = '';
  #complained = '';
  #watchers = new Set();

  constructor(args, { env = {}, input = 'ignore', program = binary } = {}) {
    this.args = args;
    // The settings of whoever runs the tests must not decide how they end.
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SIMPL_')));
    // Other games have tests of their own, and so has a program with a game of its own.
    const games = program === binary && ['dev', 'serve', 'create-default-env'].includes(args[0]) ? { SIMPL_SERVICE_GAMES: 'div' } : {};
    this.child = spawn(program, args, { cwd: tmpdir(), env: { ...inherited, ...games, ...env }, stdio: [input, 'pipe', 'pipe'] });
    running.add(this.child);
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      running.delete(this.child);
      this.#notify();
      return { code, signal, stdout: this.#printed, stderr: this.#complained };
    });
    this.child.stdout.setEncoding('utf8').on('data', text => { this.#printed += text; this.#notify(); });
    this.child.stderr.setEncoding('utf8').on('data', text => { this.#complained += text; this.#notify(); });
  }

  get stdout() { return this.#printed; }
  get stderr() { return this.#complained; }
  get hasEnded() { return this.child.exitCode !== null || this.child.signalCode !== null; }

  #notify() { this.#watchers.forEach(look => look()); }

  /** Waits until `find(this)` gives something, and gives it back; fails when the process ends or the time is up first. */
  until(find, what, limit = STARTS_WITHIN) {
    return new Promise((resolve, reject) => {
      const finish = (settle, value) => { clearTimeout(timer); this.#watchers.delete(look); settle(value); };
      const story = () => `${what}: ${this.args.join(' ')}\n--- stdout\n${this.#printed}--- stderr\n${this.#complained}`;
      const look = () => {
        const found = find(this);
        if (found) finish(resolve, found);
        else if (this.hasEnded) finish(reject, new Error(`the process ended (code ${this.child.exitCode}) before ${story()}`));
      };
      const timer = setTimeout(() => finish(reject, new Error(`not within ${limit} ms: ${story()}`)), limit);
      this.#watchers.add(look);
      look();
    });
  }

  /** Waits for the closing line `ready URL`; `url` is that URL, `address` its host and port. */
  async ready() {
    [, this.url, this.address] = await this.until(({ stdout }) => /^ready (http:\/\/([^/\s]+)\/\S*)$/m.exec(stdout), 'it was ready');
    return this;
  }

  /** Ends the process as an operator would, and gives its exit. */
  async stop(signal = 'SIGTERM') {
    if (!this.hasEnded) this.child.kill(signal);
    return this.ended;
  }
}

/** Starts the binary with `args`; it is killed when the test has ended. */
export function start(t, args, options) {
  const process = new Process(args, options);
  t.after(() => process.stop('SIGKILL'));
  return process;
}

/** A realm that tells who acts, and keeps what is published below `kept.`. */
const REALM = `
[router.realms.realm1]
disclose = "always"
[[router.realms.realm1.history]]
topic = "kept."
match = "prefix"
events = 100
bytes = 1048576
`;

/** Starts a router alone: with these settings, or one that lets everybody in and do everything. */
export function startRouter(t, settings) {
  const file = path.join(folder(t), 'settings.toml');
  writeFileSync(file, settings ?? REALM);
  return start(t, ['--settings', file, 'router', '--listen', '127.0.0.1:0', ...settings ? [] : ['--open']]).ready();
}

/** Runs the binary with `args` to its end. */
export async function run(args, options) {
  const process = new Process(args, options);
  const timer = setTimeout(() => process.stop('SIGKILL'), STARTS_WITHIN);
  const ended = await process.ended;
  clearTimeout(timer);
  return ended;
}

/** `modelservice dev` on free ports; `api` is the URL of its games API. */
export async function startDev(t, data, { env, args = [], program } = {}) {
  const service = start(t, ['dev', '--listen', '127.0.0.1:0', '--api-listen', '127.0.0.1:0', '--data', data, ...args], { env, program });
  await service.ready();
  [service.api] = await service.until(({ stderr }) => /http:\/\/[^/\s]+\/apis\//.exec(stderr), 'it named its games API');
  return service;
}
