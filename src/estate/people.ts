import type { QuietHours } from '../core/quiet-hours.ts';
import { type Rule, aName, aSecretName, aZone, all, field, list, optional, record, text, wants } from './rules.ts';

export const anEmail = text((value) => /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(value), 'an e-mail address');

export const severities = list(
  text((value) => /^(?:fail|unknown|warn|done)$/.test(value), '"fail", "unknown", "warn" or "done"'),
  1,
  'at least one of "fail", "unknown", "warn" and "done"; leave it out for all of them',
);

const anHour = text((value) => /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(value), 'a time of day, such as 22:00');

export const quietHours: Rule = all(
  record({ zone: aZone, from: anHour, until: anHour } satisfies Record<keyof QuietHours, Rule>),
  (value, path) =>
    field('from')(value) === field('until')(value)
      ? wants(field('until')(value), `${path}.until`, 'another time than from: a whole day is no quiet hours')
      : [],
);

export const aChannel = record({
  name: aName,
  secret: aSecretName,
  channel: optional(text((value) => /^[CG][A-Z0-9]{8,}$/.test(value), "a channel's id, such as C0123456789")),
  hears: optional(severities),
});
