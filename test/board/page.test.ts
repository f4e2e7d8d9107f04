import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { boardFragment, boardPage, CONTENT_SECURITY_POLICY } from '../../src/board/page.ts';
import * as scenes from './scenes.ts';

const textOf = (markup: string): string =>
  markup
    .replace(/<(style|script)>.*?<\/\1>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

const VOID = new Set(['meta', 'link', 'path', 'circle', 'img', 'br']);

/** Elements that were closed by another's end, or never. */
function illNested(markup: string): string[] {
  const [open, wrong]: [string[], string[]] = [[], []];
  const bare = markup.replace(/<(style|script)>.*?<\/\1>/gs, '').replace(/<!doctype html>/, '');
  for (const [tag, slash, name = '', own] of bare.matchAll(/<(\/?)([a-z0-9]+)(?:"[^"]*"|[^">])*?(\/?)>/g)) {
    if (VOID.has(name) || own === '/') continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) wrong.push(tag);
  }
  return [...wrong, ...open];
}

describe('the page', () => {
  it.each(['style', 'script'])('has the one %s that its policy lets through, to the last character', (element) => {
    const all = [...boardPage(scenes.inStep).matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs'))];
    expect(all).toHaveLength(1);
    const hash = createHash('sha256')
      .update(all[0]?.[1] ?? '')
      .digest('base64');
    expect(CONTENT_SECURITY_POLICY).toContain(`${element}-src 'sha256-${hash}'`);
  });

  it.each(scenes.all)('is well formed, and asks for nothing from elsewhere: %s', (_, view) => {
    const page = boardPage(view);
    expect(illNested(page)).toEqual([]);
    expect(page.replace(/"[^"]*"/g, '""')).not.toMatch(/<[^>]+ (style|on\w+)=/);
    const addresses = [...page.matchAll(/<[^>]+ (?:src|href)="([^"]*)"/g)].map(([, address = '']) => address);
    expect(addresses.filter((address) => !/^(data:|#|api\/board\.json$|$)/.test(address))).toEqual([]);
  });

  it.each(scenes.all)('names each element once: %s', (_, view) => {
    const ids = [...boardPage(view).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('has the same board as its event stream', () => {
    expect(boardPage(scenes.copying)).toContain(boardFragment(scenes.copying));
  });

  it('loads itself anew where no script does', () => {
    expect(boardPage(scenes.inStep)).toContain('<noscript><meta http-equiv="refresh"');
  });
});

describe('what somebody else wrote', () => {
  const page = boardPage(scenes.hostile);

  it('never becomes markup', () => {
    expect(page).not.toMatch(/<img|<script>document/);
    expect(page).toContain('&lt;img src=x onerror=&quot;');
  });

  it('cannot turn the line around, or move a cursor', () => {
    // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
    expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
  });
});

describe('the board', () => {
  it.each([
    ['in step', scenes.inStep, /GO Nothing stands in the way: 9 findings are ok\./],
    ['behind', scenes.behind, /NO-GO coder-preview:latest in us-west-2: want aaaaaaaaaaaa/],
    ['blind', scenes.blind, /UNKNOWN coder-preview:latest in eu-west-2: want a look at the tag, have ECONNREFUSED/],
    ['held', scenes.held, /held until 2026-09-14 18:00 UTC/],
    ['empty', scenes.empty, /UNKNOWN Nothing has been judged yet\./],
    ['copying', scenes.copying, /London .*catching up/],
  ])('says so when everything is %s', (_, view, words) => {
    expect(textOf(boardPage(view))).toMatch(words);
  });

  it('shows whose pin it is, why, and how it is lifted', () => {
    const text = textOf(boardPage(scenes.pinned));
    expect(text).toMatch(/Pin on coder-preview:latest at v1 bbbbbbbbbbbb : terminals freeze by ben/);
    expect(text).toContain('npx greenroom unpin coder-preview:latest');
  });

  it('does not say of a run that failed how far each region had come', () => {
    expect(textOf(boardPage(scenes.hostile))).toContain('failed just now');
    expect(boardPage(scenes.hostile)).not.toContain('class="legs"');
    expect(boardPage(scenes.copying)).toContain('class="legs"');
  });

  it('shows what people were told, the newest first and in the same words, and since when it is so', () => {
    const text = textOf(boardPage(scenes.told));
    expect(text).toMatch(/What people were told Greenroom ai\.coder\.com: 2 amiss 1 h ago *, to greenroom/);
    expect(text).toMatch(/fail: coder-preview:latest in us-west-2 and eu-west-2 since 2026-09-14 08:00 UTC/);
    expect(text).toContain('images-match-their-source, since 2026-09-14 08:00 UTC (1 h ago)');
    expect(text.indexOf('2 amiss')).toBeLessThan(text.indexOf('1 failed'));
    expect(boardPage(scenes.told)).not.toContain('<script>alert');
  });

  it('tells of holds that are to come', () => {
    expect(textOf(boardPage(scenes.held))).toMatch(
      /Hold on every image, from 2026-09-15 09:00 UTC until 2026-09-15 15:00/,
    );
  });
});
