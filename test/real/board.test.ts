import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { serveBoard, type Served } from '../../src/board/serve.ts';
import type { View } from '../../src/board/view.ts';
import * as scenes from '../board/scenes.ts';
import { programOf } from './server-process.ts';

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: programOf('chromium') ?? 'chromium', args: QUIET });
});
afterAll(() => browser.close());

/** A board that shows one view after another. */
interface Stage extends Served {
  show(view: View): void;
}

async function stage(first: View, port = 0): Promise<Stage> {
  const listeners = new Set<() => void>();
  let view = first;
  const served = await serveBoard({
    view: () => view,
    changes: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    port,
  });
  onTestFinished(() => served.close());
  return {
    ...served,
    show: (next) => {
      view = next;
      for (const listener of listeners) listener();
    },
  };
}

/** What a page should never do. */
interface Watched {
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly elsewhere: readonly string[];
}

async function open(url: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const [complaints, elsewhere]: [string[], string[]] = [[], []];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) elsewhere.push(request.url());
  });
  await page.goto(url);
  return { page, complaints, elsewhere };
}

const WORDS = ['GO', 'NO-GO', 'UNKNOWN'];
const verdict = (page: Page, word: string) => page.getByRole('heading', { level: 1, name: word, exact: true });

describe('the board in a browser', () => {
  it('changes its word, its title and its icon without being loaded again', async () => {
    const board = await stage(scenes.inStep);
    const { page, complaints, elsewhere } = await open(board.url);
    await page.getByRole('status').getByText('Live').waitFor();
    expect(await page.title()).toBe('GO · ai.coder.com · Greenroom');
    const icon = await page.locator('[rel=icon]').getAttribute('href');
    await page.evaluate('globalThis.sameDocument = true');

    board.show(scenes.behind);
    await verdict(page, 'NO-GO').waitFor();
    await page.waitForFunction("document.title.startsWith('NO-GO')");
    expect(await page.locator('[rel=icon]').getAttribute('href')).not.toBe(icon);
    expect(await page.evaluate('globalThis.sameDocument')).toBe(true);
    expect({ complaints, elsewhere }).toEqual({ complaints: [], elsewhere: [] });
  });

  it('shows a run while it goes on, and takes it away afterwards', async () => {
    const board = await stage(scenes.inStep);
    const { page } = await open(board.url);
    await page.getByRole('status').getByText('Live').waitFor();
    board.show(scenes.copying);
    const ohio = page.locator('.run').getByRole('progressbar', { name: 'Ohio' });
    await ohio.waitFor();
    expect(await ohio.getAttribute('value')).toBe('50');
    board.show(scenes.inStep);
    await page.locator('.run').waitFor({ state: 'detached' });
  });

  it('leaves open what a reader has opened, and focused what they have focused', async () => {
    const board = await stage(scenes.inStep);
    const { page } = await open(board.url);
    await page.getByRole('status').getByText('Live').waitFor();
    await page.getByText('9 findings ok').click();
    board.show(scenes.copying);
    await page.locator('.run').waitFor();
    expect(await page.locator('details#fine').getAttribute('open')).not.toBeNull();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY');
  });

  it('says so when it is not live any more, and when it is again', async () => {
    const board = await stage(scenes.inStep);
    const { page } = await open(board.url);
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
    await board.close();
    await page
      .getByRole('status')
      .getByText(/^Not live, last seen \d\d:\d\d UTC$/)
      .waitFor();
    await stage(scenes.behind, Number(new URL(board.url).port));
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
    await verdict(page, 'NO-GO').waitFor();
  });

  it('is whole without JavaScript, and loads itself again', async () => {
    const board = await stage(scenes.behind);
    const { page, complaints } = await open(board.url, { javaScriptEnabled: false });
    expect(await verdict(page, 'NO-GO').isVisible()).toBe(true);
    expect(await page.locator('#live').innerText()).toContain('Loads itself anew every 30 seconds.');
    expect(await page.locator('noscript meta[http-equiv=refresh], meta[http-equiv=refresh]').count()).toBe(1);
    board.show(scenes.inStep);
    await page.locator('#live a').click();
    await verdict(page, 'GO').waitFor();
    expect(complaints).toEqual([]);
  });

  it('takes what others wrote for text', async () => {
    const board = await stage(scenes.hostile);
    const { page, complaints, elsewhere } = await open(board.url);
    await page.getByRole('status').getByText('Live').waitFor();
    expect(await page.title()).not.toBe('owned');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.getByText('<img src=x').count()).toBeGreaterThan(5);
    expect({ complaints, elsewhere }).toEqual({ complaints: [], elsewhere: [] });
  });

  it('is a verdict, then tables whose rows and columns have names, to those who hear it', async () => {
    const board = await stage(scenes.behind);
    const { page } = await open(board.url);
    const heard = await page.locator('body').ariaSnapshot();
    expect(heard).toMatch(/- link "Skip to the verdict"/);
    expect(heard).toMatch(/- heading "NO-GO" \[level=1\]/);
    expect(heard).toMatch(/- table "coder-preview in every region"/);
    expect(heard).toMatch(/- columnheader "London eu-west-2"/);
    expect(heard).toMatch(/- rowheader "latest"/);
    expect(heard).toMatch(/- cell "✕ behind v1 bbbbbbbbbbbb not what the source serves"/);
    expect(await page.locator('[aria-live=polite]').getByRole('heading', { level: 1 }).count()).toBe(1);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('board');
  });
});

describe('credentials drawn against workshops', () => {
  it('are a table to those who hear it, and the drawing says nothing to them', async () => {
    const { page } = await open((await stage(scenes.morning)).url);
    const heard = await page.locator('#about-credentials').ariaSnapshot();
    expect(heard).toMatch(/- table "Credentials, when each ends, and whether it lasts"/);
    expect(heard).toMatch(/- row "in the first [^"]*ends in A/);
    expect(heard).not.toMatch(/- img|graphics/);
    expect(await page.locator('#about-credentials td:not([aria-hidden]) svg').count()).toBe(0);
  });

  it.each([360, 800, 1280, 1920])('end in red inside the window that they end in, at a width of %i', async (width) => {
    const { page } = await open((await stage(scenes.morning)).url, { viewport: { width, height: 900 } });
    const row = page.locator('#about-credentials tr', { hasText: 'in the first' });
    const edges = async (part: string): Promise<{ left: number; right: number }> =>
      row
        .locator(part)
        .first()
        .evaluate((drawn) => ({
          left: drawn.getBoundingClientRect().left,
          right: drawn.getBoundingClientRect().right,
        }));
    const [line, band, cross] = [await edges('.span'), await edges('.band.hit'), await edges('.end path')];
    const end = (cross.left + cross.right) / 2;
    expect(end).toBeGreaterThan(band.left);
    expect(end).toBeLessThan(band.right);
    expect(Math.abs(line.right - end)).toBeLessThan(4);
    const colours = await row
      .locator('.state, .span')
      .evaluateAll((all) => all.map((each) => [getComputedStyle(each).color, getComputedStyle(each).stroke]));
    expect(colours.flat()).toContain('rgb(160, 28, 20)');
  });
});

/** Every visible text whose contrast or size is too small, in words. Runs in the page. */
const HARD_TO_READ = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const over = ([r, g, b, a = 1], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
  const ground = (element) => {
    const behind = element.parentElement ? ground(element.parentElement) : [255, 255, 255];
    return over(channels(getComputedStyle(element).backgroundColor), behind);
  };
  const luminance = (rgb) => rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const wrong = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const box = element.getBoundingClientRect();
    if (!node.data.trim() || !element.checkVisibility() || box.width < 2 || box.right < 0) continue;
    const { color, fontSize } = getComputedStyle(element);
    const [text, behind] = [luminance(over(channels(color), ground(element))), luminance(ground(element))];
    const contrast = (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
    if (contrast < 4.5 || parseFloat(fontSize) < 11.5) wrong.push([node.data.trim(), contrast.toFixed(1), fontSize].join(' · '));
  }
  return wrong;
})()`;

describe.each(['light', 'dark'] as const)('in %s, the board', (colorScheme) => {
  it.each(scenes.all)('can be read: %s', async (_, view) => {
    const board = await stage(view);
    for (const width of [360, 1280, 1920]) {
      const { page, complaints } = await open(board.url, { colorScheme, viewport: { width, height: 900 } });
      const ground = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
      expect(ground).toBe(colorScheme === 'dark' ? 'rgb(20, 19, 15)' : 'rgb(246, 244, 238)');
      expect(await page.evaluate(HARD_TO_READ), `at ${width}`).toEqual([]);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(overflow, `at ${width}`).toBeLessThanOrEqual(0);
      const word = page.getByRole('heading', { level: 1 });
      expect(WORDS).toContain((await word.textContent())?.trim());
      const size = await word.evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
      expect(size).toBeGreaterThanOrEqual(width / 10);
      expect(complaints).toEqual([]);
    }
  });
});
