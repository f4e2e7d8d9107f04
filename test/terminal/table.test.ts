import { describe, expect, it } from 'vitest';
import { painted } from '../../src/terminal/paint.ts';
import { listing, table } from '../../src/terminal/table.ts';
import { widthOf } from '../../src/terminal/text.ts';

const columns = [{ title: 'region' }, { title: 'bytes', align: 'right' as const }, { title: 'note', yields: true }];

describe('a table', () => {
  it('makes each column as wide as its widest cell, and sets numbers to the right', () => {
    const lines = table(columns, [
      ['us-east-2', '9 B', 'all there'],
      ['eu-west-2', '48.2 MB', ''],
    ]);
    expect(lines).toEqual(['region       bytes  note', 'us-east-2      9 B  all there', 'eu-west-2  48.2 MB']);
  });

  it('cuts only the columns that yield, so that every line fits the terminal', () => {
    const lines = table(columns, [['us-east-2', '48.2 MB', 'a note that is far too long for it']], { width: 36 });
    expect(lines[1]).toBe('us-east-2  48.2 MB  a note that is …');
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(36);
  });

  it('lines up coloured cells as if they had no colour', () => {
    const plain = table(columns, [[{ text: 'us', tone: 'good' }, '1 B', 'x']]);
    const coloured = table(columns, [[{ text: 'us', tone: 'good' }, '1 B', 'x']], { paint: painted });
    expect(coloured.map(widthOf)).toEqual(plain.map(widthOf));
    expect(coloured[1]).toContain('\u001b[32mus\u001b[39m');
  });

  it('takes what could move the cursor out of what a registry said', () => {
    expect(table([{ title: 'why' }], [['gone\u001b[2J\nfail: forged']])[1]).not.toMatch(/[\u001b\n]/);
  });

  it('counts an ideograph as two columns and an accent as none', () => {
    const lines = table(
      [{ title: 'city' }, { title: 'x' }],
      [
        ['東京', '1'],
        ['Zu\u0308rich', '2'],
      ],
    );
    expect(lines.map((line) => widthOf(line))).toEqual([9, 9, 9]);
  });
});

describe('a listing', () => {
  const rows = [
    [
      { text: 'fail', tone: 'bad' as const },
      'certificate of *.rehearsal.example',
      'a note that is far too long for it',
    ],
    [{ text: 'ok', tone: 'good' as const }, 'token', ''],
  ];
  const titled = [{ title: '' }, { title: 'what' }, { title: 'must last', yields: true }];

  it('is a table where there is room for one', () => {
    expect(listing(titled, rows, { width: 80 })).toEqual(table(titled, rows, { width: 80 }));
  });

  it('says each row in lines of its own on a narrow terminal, and cuts nothing', () => {
    expect(listing(titled, rows, { width: 40, indent: 2 })).toEqual([
      '  fail  certificate of *.rehearsal.example',
      '    must last  a note that is far too',
      '               long for it',
      '  ok  token',
    ]);
  });

  it('takes what could move the cursor out of a record too', () => {
    expect(
      listing([{ title: 'why' }, { title: 'x' }], [['gone\u001b[2J', 'y\nfail: forged']], { width: 9 }).join(''),
    ).not.toMatch(/[\u001b\n]/);
  });
});
