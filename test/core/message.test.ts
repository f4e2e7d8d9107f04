import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/finding.ts';
import { linesOf, onEstate, paragraphsOf } from '../../src/core/message.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { news, type News } from '../../src/core/report.ts';
import { hours, plus } from '../../src/core/time.ts';
import { nothingTold } from '../../src/core/told.ts';
import { at } from '../builders.ts';

const RATE = { reminders: DEFAULT_POLICY.reminders, near: false };

const behind = (region: string, have = 'bbb, but aaa in us-east-2'): Finding => ({
  check: 'images-match-their-source',
  subject: `coder-preview:latest in ${region}`,
  status: 'fail',
  evidence: { want: 'aaa', have },
  remedy: { by: 'greenroom', step: { kind: 'mirror-image', image: 'coder-preview', tag: 'latest' } },
});
const dark = (subject: string): Finding => ({
  check: 'pods-run-what-is-mirrored',
  subject,
  status: 'unknown',
  evidence: { want: 'a look at the pods', have: 'ohio: could not list pods: 503 no answer' },
  remedy: { by: 'person', ask: 'Check that the cluster answers.' },
});

/** What people read who hear of these findings, one look after the other, two hours apart. */
function read(...looks: readonly (readonly Finding[])[]): string[][] {
  let told = nothingTold;
  return looks.map((findings, nth) => {
    const report = { automation: 'parity', at: plus(at('09:00'), nth * hours(2)), findings, taken: [] };
    const heard = news(told, report, RATE);
    ({ told } = heard);
    return paragraphsOf(heard.news).flatMap(linesOf);
  });
}

describe('a message', () => {
  it('says what, where, since when, what is wanted and there, and what to type', () => {
    expect(read([behind('eu-west-2')])).toEqual([
      [
        'fail: coder-preview:latest in eu-west-2',
        '  since  2026-09-14 09:00 UTC',
        '  check  images-match-their-source',
        '  want   aaa',
        '  have   bbb, but aaa in us-east-2',
        '  → Greenroom will mirror coder-preview:latest to every region.',
        '    npx greenroom mirror coder-preview:latest',
      ],
    ]);
  });

  it('is one for what is the same in two regions, though each names the other', () => {
    const [lines = []] = read([behind('us-west-2'), behind('eu-west-2', 'bbb, but aaa in us-east-2 and us-west-2')]);
    expect(lines.filter((line) => !line.startsWith(' '))).toEqual([
      'fail: coder-preview:latest in us-west-2 and eu-west-2',
    ]);
  });

  it('keeps apart what is not the same', () => {
    const [lines = []] = read([behind('us-west-2'), behind('eu-west-2', 'no such tag')]);
    expect(lines.filter((line) => line.startsWith('fail:'))).toHaveLength(2);
  });

  it('of an outage is one, and so is that of its end, which says how long it lasted', () => {
    const all = Array.from({ length: 14 }, (_, n) => dark(`workload ${n}`));
    const well = all.map(({ check, subject, evidence }): Finding => ({ check, subject, evidence, status: 'ok' }));
    expect(read(all, [...well.slice(1), ...all.slice(0, 1)], well)).toEqual([
      [
        'unknown: ohio does not answer: 14 findings',
        '  since  2026-09-14 09:00 UTC',
        `  check  pods-run-what-is-mirrored: ${all
          .slice(0, 12)
          .map(({ subject }) => subject)
          .join(', ')} and 2 more`,
        '  have   ohio: could not list pods: 503 no answer',
        '  → Check that the cluster answers.',
        '    npx greenroom parity',
      ],
      [],
      [
        'resolved: ohio answers again: 14 findings',
        '  lasted  4 h, from 2026-09-14 09:00 UTC until 2026-09-14 13:00 UTC',
        expect.stringMatching(/^ {2}check {3}pods-run-what-is-mirrored: workload/) as string,
      ],
    ]);
  });

  it('names the estate where more than one may be meant', () => {
    const told = news(nothingTold, { automation: 'parity', at: at('09:00'), findings: [behind('a')], taken: [] }, RATE);
    const [paragraph] = paragraphsOf(told.news);
    expect(paragraph && linesOf(onEstate(paragraph, 'ai.coder.com')).at(-1)).toBe(
      '    npx greenroom mirror coder-preview:latest --estate ai.coder.com',
    );
  });

  it('lets nothing from outside look like a line of ours, or colour a terminal', () => {
    const [lines = []] = read([behind('eu-west-2', 'x\nfail: nothing at all\u001b[31m')]);
    expect(lines).toContain('  have   x fail: nothing at all [31m');
  });

  it('leaves the words of a step as they are', () => {
    const done: News = {
      kind: 'done',
      subject: 'set pool in ohio from 2 to 6',
      line: 'done: set pool in ohio from 2 to 6',
    };
    expect(paragraphsOf([done]).flatMap(linesOf)).toEqual([done.line]);
  });
});

describe('the command beside a remedy', () => {
  const typed = (ask: string, check = 'near-workshops-stay-announced', subject = 'x'): string | undefined =>
    read([{ ...dark(subject), check, remedy: { by: 'person', ask } } as Finding])[0]
      ?.at(-1)
      ?.trim();

  it('is the one that its sentence ends with', () => {
    expect(typed('Run: greenroom keys rotate ai-coder.')).toBe('npx greenroom keys rotate ai-coder');
    expect(typed('If it will not take place: greenroom confirm "a@b.example#1".')).toBe(
      'npx greenroom confirm "a@b.example#1"',
    );
  });

  it.each(['$(reboot)', '`reboot`', '"; reboot; "', '" | sh "', '" > package.json "', '" && sh "', '\\'])(
    'is never what an event was called to do something else: %s',
    (id) => {
      expect(typed(`If it will not take place: greenroom confirm "${id}".`)).toBe('npx greenroom workshops');
    },
  );

  it.each([
    ['images-match-their-source', 'coder-preview:latest in eu-west-2', 'npx greenroom parity coder-preview:latest'],
    ['calendar-is-read', 'the calendar', 'npx greenroom workshops'],
    ['rotation-stays-out-of-windows', 'key-rotator', 'npx greenroom posture'],
    ['published-keys-work', 'ai-coder', 'npx greenroom keys'],
  ])('is otherwise the one that shows it: %s', (check, subject, command) => {
    expect(typed('Look.', check, subject)).toBe(command);
  });
});
