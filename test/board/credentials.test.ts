import { describe, expect, it } from 'vitest';
import { boardPage } from '../../src/board/page.ts';
import { boardView } from '../../src/board/view.ts';
import { nothingRuns } from '../../src/board/progress.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { days, plus } from '../../src/core/time.ts';
import { windowsOf } from '../../src/core/windows.ts';
import * as scenes from './scenes.ts';

const { NOW, estate } = scenes;
const base = { estate, sightings: [], findings: [], history: [], running: nothingRuns, now: NOW } as const;
const drawn = boardView({ ...base, ...scenes.lives('Agents 101') });
const page = boardPage(drawn);

/** The row of one credential, as markup. */
const rowOf = (name: string): string => {
  const row = page.split('<tr role="row" id="credential-').find((each) => each.includes(`>${name}<`));
  if (row === undefined) throw new Error(`there is no row for ${name}`);
  return row.slice(0, row.indexOf('</tr>'));
};
const positions = (row: string, kind: string): number[] =>
  [...row.matchAll(new RegExp(`class="${kind}[^"]*"\\s+x1?="([\\d.]+)%"`, 'g'))].map(([, x]) => Number(x));

describe('credentials on the board', () => {
  it('are listed the worst first, each with the workshop that it ends in', () => {
    expect(drawn.credentials?.lines.map(({ name, status, endsIn }) => [name, status, endsIn])).toEqual([
      ['in the first', 'fail', 'A'],
      ['blocked', 'fail', undefined],
      ['unseen', 'unknown', undefined],
      ['after the second', 'warn', 'B'],
      ['nine days', 'ok', undefined],
      ['long', 'ok', undefined],
      ['for ever', 'ok', undefined],
    ]);
  });

  it('say in words all that the drawing shows', () => {
    const wordIn = (name: string): string => />([^<]*)</.exec(rowOf(name).split('class="state"')[1] ?? '')?.[1] ?? '';
    expect(Object.fromEntries(drawn.credentials?.lines.map(({ name }) => [name, wordIn(name)]) ?? [])).toEqual({
      'in the first': 'ends in A',
      blocked: 'does not work',
      unseen: 'unknown',
      'after the second': 'ends a day after B',
      'nine days': 'lasts',
      long: 'lasts',
      'for ever': 'lasts',
    });
    expect(rowOf('in the first')).toContain('Renew in the first.');
    expect(page).toMatch(/<b>A<\/b> Agents 101, Wed 16 Sep 11:00:\s+<span>nothing may end before Thu 17 Sep 14:00/);
  });

  it('end in red within the window that they end in, and in no other', () => {
    const red = rowOf('in the first');
    const [band = NaN, other = NaN] = positions(red, 'band');
    const end = Number(/class="end" x="([\d.]+)%"/.exec(red)?.[1]);
    expect(red).toMatch(/<svg class="life fail"/);
    expect(end).toBeGreaterThan(band);
    expect(end).toBeLessThan(other);
    expect(red.match(/class="band hit"/g)).toHaveLength(1);
    expect(rowOf('nine days')).not.toContain('hit');
  });

  it('are marked where people are warned, seven, three and one day ahead of their end', () => {
    expect([...rowOf('nine days').matchAll(/class="days"[^>]*>(\d) d</g)].map(([, left]) => left)).toEqual([
      '7',
      '3',
      '1',
    ]);
    expect([...rowOf('in the first').matchAll(/class="days"[^>]*>(\d) d</g)].map(([, left]) => left)).toEqual(['1']);
    expect(rowOf('for ever')).not.toContain('class="days"');
  });

  it('are drawn as far as the next workshop, however far away', () => {
    const far = {
      ...scenes.lives('x').windows?.closed[0]?.workshop,
      starts: plus(NOW, days(20)),
      ends: plus(NOW, days(21)),
    };
    const windows = windowsOf([far as never], DEFAULT_POLICY, NOW);
    const view = boardView({ ...base, ...scenes.lives('x'), windows }).credentials;
    expect(view?.until.getTime()).toBeGreaterThan(plus(NOW, days(22)).getTime());
    expect(view?.workshops).toHaveLength(1);
  });

  it('are unknown where the calendar cannot be read, and not there where nobody looked', () => {
    const { credentials } = boardView({ ...base, credentials: scenes.lives('x').credentials ?? [] });
    expect(new Set(credentials?.lines.map(({ status }) => status))).toEqual(new Set(['unknown', 'fail']));
    expect(boardView(base).credentials).toBe(undefined);
  });
});
