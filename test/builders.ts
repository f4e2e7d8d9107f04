import { digest, type Digest } from '../src/core/digest.ts';
import type { Image } from '../src/core/estate.ts';
import type { Hold, Pin } from '../src/core/promotion.ts';
import type { Workshop } from '../src/core/workshop.ts';

/** An instant on the day most tests play: `at('09:00')`, or another day with `at('09:00', '2026-09-16')`. */
export const at = (time: string, day = '2026-09-14'): Date => new Date(`${day}T${time}Z`);

/** A digest that is easy to tell from others: `aDigest('a')` is 64 of them. */
export const aDigest = (letter: string): Digest => digest(`sha256:${letter.repeat(64)}`);

export const anImage = (change: Partial<Image> = {}): Image => ({
  name: 'coder-preview',
  source: 'ghcr.io/coder/coder-preview',
  repository: 'coder-preview',
  tags: ['latest'],
  moving: ['latest'],
  ...change,
});

export const aHold = (change: Partial<Hold> = {}): Hold => ({
  id: 'agents-101',
  scope: '*',
  since: at('08:00'),
  until: at('18:00'),
  by: 'ana',
  why: 'Agents 101 is on',
  ...change,
});

export const aPin = (to: Digest, change: Partial<Pin> = {}): Pin => ({
  image: 'coder-preview',
  tag: 'latest',
  digest: to,
  since: at('07:30'),
  by: 'ben',
  why: 'terminals freeze',
  ...change,
});

export const aWorkshop = (change: Partial<Workshop> = {}): Workshop => ({
  id: 'agents-101',
  title: 'Agents 101',
  starts: at('09:00'),
  ends: at('11:00'),
  zone: 'Europe/London',
  attendance: { people: 20, from: 'description' },
  ...change,
});
