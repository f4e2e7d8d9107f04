import type { EstateCalendar } from '../core/estate.ts';
import { isObject } from '../core/json.ts';
import { s3Object } from '../core/s3-object.ts';
import { type Rule, aSecretName, aWholeNumber, aZone, all, list, optional, record, text } from './rules.ts';

/** The value is not repeated: a feed's address that stands here by mistake is a secret. */
const aFile: Rule = (value, path) =>
  typeof value === 'string' && value.trim() !== '' && !value.includes(':')
    ? []
    : [`${path}: not the path of a file; an address belongs into a secret, and an object of S3 into object`];

/** Not repeated either. */
const anObject: Rule = (value, path) =>
  typeof value === 'string' && s3Object(value)
    ? []
    : [
        `${path}: want s3://bucket/key, the key of letters, digits, / . _ ~ and -: a role is let read exactly that object`,
      ];

export const aCalendar = all(
  record({
    secret: optional(aSecretName),
    object: optional(anObject),
    file: optional(aFile),
    zone: aZone,
    marks: list(
      text((mark) => /^[\p{L}\p{N}][\p{L}\p{N} _-]{0,63}$/u.test(mark), 'a word'),
      1,
      'at least one word that makes an event a workshop',
    ),
    attendance: aWholeNumber(1, 1_000, 'people to expect where nobody says'),
    sharedWith: optional(
      list(
        text((name) => /^[a-z0-9][a-z0-9.-]*$/.test(name), 'the name of an estate'),
        0,
        'a list',
      ),
    ),
  } satisfies Record<keyof EstateCalendar, Rule>),
  (value, path) =>
    isObject(value) && ['secret', 'object', 'file'].filter((where) => value[where] !== undefined).length !== 1
      ? [
          `${path}: want secret, the name of the secret with the feed's address, or object, or else file; and only one of them`,
        ]
      : [],
);
