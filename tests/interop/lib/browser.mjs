// People at the page: one Chromium, a context of its own for each of them.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].filter(Boolean);
const executablePath = candidates.find(candidate => existsSync(candidate));

/** Where pictures of the page go. */
export const pictures = fileURLToPath(new URL('../../../target/screenshots/', import.meta.url));
mkdirSync(pictures, { recursive: true });

export const PHONE = { width: 360, height: 740 };
export const DESK = { width: 1100, height: 740 };

export async function launch(t) {
  if (!executablePath) throw new Error(`there is no Chromium at ${candidates.join(', ')}: install it (Debian: apt-get install chromium), or set CHROMIUM to its path`);
  const browser = await chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
  t.after(() => browser.close());
  return browser;
}

/** Opens the page in a context of its own; `complaints` collects what the console and uncaught errors say. */
export async function visit(browser, url, viewport, complaints) {
  const context = await browser.newContext({ viewport, colorScheme: 'light', reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', error => complaints.push(`uncaught: ${error.message}`));
  page.on('console', message => { if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`); });
  await page.goto(url);
  return page;
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The serious faults that axe finds for those who cannot see the page, or not well: what it is, and where. */
export async function axe(page) {
  // Evaluated by the debugger, which the page's Content-Security-Policy does not bind.
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

/** Waits until the element holds text that matches. */
export async function shows(locator, pattern) {
  await locator.filter({ hasText: pattern }).waitFor();
}

/** One picture with several pages beside each other. */
export async function collage(browser, pages, path) {
  const shots = await Promise.all(pages.map(async page => ({ ...page.viewportSize(), png: (await page.screenshot()).toString('base64') })));
  const context = await browser.newContext({ viewport: { width: 1280, height: 480 } });
  const page = await context.newPage();
  await page.setContent(`<body style="margin:0;padding:16px;background:#cfd6e0;display:flex;gap:16px;align-items:flex-start;width:max-content">
    ${shots.map(({ width, height, png }) => `<img width="${Math.round(width * 0.6)}" height="${Math.round(height * 0.6)}" style="border-radius:8px" src="data:image/png;base64,${png}">`).join('')}`);
  await page.locator('body').screenshot({ path });
  await context.close();
}
