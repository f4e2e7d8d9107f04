import { isObject } from '../core/json.ts';
import { isLoopback } from '../core/reference.ts';

/** What is wrong with a value at a path: nothing, or sentences. */
export type Rule = (value: unknown, path: string) => string[];

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const textsOf = (value: unknown): string[] => listOf(value).filter((each) => typeof each === 'string');

export const wants = (value: unknown, path: string, want: string): string[] => [
  `${path || 'the estate'}: ${value === undefined ? 'left out' : JSON.stringify(value)}; want ${want}`,
];

export const text =
  (allowed: (value: string) => boolean, want: string): Rule =>
  (value, path) =>
    typeof value === 'string' && allowed(value) ? [] : wants(value, path, want);

export const optional =
  (rule: Rule): Rule =>
  (value, path) =>
    value === undefined ? [] : rule(value, path);

export const all =
  (...rules: readonly Rule[]): Rule =>
  (value, path) =>
    rules.flatMap((rule) => rule(value, path));

export const list =
  (of: Rule, atLeast: number, want: string): Rule =>
  (value, path) =>
    Array.isArray(value) && value.length >= atLeast
      ? value.flatMap((each, i) => of(each, `${path}[${i}]`))
      : wants(value, path, want);

/** A misspelt optional field would otherwise be a wish that nobody hears. */
export const record =
  (rules: Readonly<Record<string, Rule>>): Rule =>
  (value, path) => {
    if (!isObject(value)) return wants(value, path, `an object with ${Object.keys(rules).join(', ')}`);
    const under = (field: string): string => (path === '' ? field : `${path}.${field}`);
    const unknown = Object.keys(value).filter((field) => !(field in rules));
    return [
      ...Object.entries(rules).flatMap(([field, rule]) => rule(value[field], under(field))),
      ...unknown.map((field) => `${under(field)}: no such field; allowed are ${Object.keys(rules).join(', ')}`),
    ];
  };

export const distinct =
  (what: string, by: (each: unknown) => unknown = (each) => each): Rule =>
  (value, path) => {
    const keys = listOf(value).map(by);
    return keys.flatMap((key, i) => {
      const first = keys.indexOf(key);
      return key === undefined || first === i
        ? []
        : [`${path}[${i}]: ${JSON.stringify(key)} is also the ${what} of ${path}[${first}]; want each only once`];
    });
  };

export const field =
  (name: string) =>
  (each: unknown): unknown =>
    isObject(each) ? each[name] : undefined;

export const aRegion = text(
  (value) => /^[a-z]{2}(?:-[a-z]+)+-\d$/.test(value),
  'the name of an AWS region, such as us-east-2',
);

export const aCount: Rule = (value, path) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100 ? [] : wants(value, path, '1 to 100');

/** The value is not repeated: what stands here by mistake is likely a secret. */
export const aSecretName: Rule = (value, path) =>
  typeof value === 'string' && /^(?!gh[a-z]_|github_pat_)[A-Za-z0-9/_+=.@-]{1,512}$/.test(value)
    ? []
    : [`${path}: not the name of a secret; want letters, digits and / _ + = . @ -, and never the secret itself`];

export const aName = text(
  (value) => /^[a-z0-9][a-z0-9._-]{0,63}$/.test(value),
  'lower-case letters, digits, . _ -, at most 64',
);

/** As Kubernetes names objects and namespaces. Source: RFC 1123. */
export const aKubernetesName = text(
  (value) => value.length <= 63 && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(value),
  'a Kubernetes name: lower-case letters, digits, - and ., at most 63',
);

/** What stands before an @ is a password: not repeated. */
export const anAddress: Rule = (value, path) => {
  const want = 'https:// and a host, and nothing behind it, such as https://ai.coder.com';
  if (typeof value === 'string' && isRootOf(value)) return [];
  return typeof value === 'string' && value.includes('@')
    ? [`${path}: not an address but one with a password in it; want ${want}`]
    : wants(value, path, want);
};

/** In the clear only to this machine. */
function isRootOf(value: string): boolean {
  const url = URL.parse(value);
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.host));
  return secure && url?.pathname === '/' && url.search === '' && url.username === '';
}

export const aNumber =
  (least: number, most: number, unit: string): Rule =>
  (value, path) =>
    typeof value === 'number' && value >= least && value <= most
      ? []
      : wants(value, path, `a number from ${least} to ${most}: ${unit}`);

export const aWholeNumber = (least: number, most: number, unit: string): Rule =>
  all(aNumber(least, most, unit), (value, path) =>
    typeof value !== 'number' || Number.isInteger(value) ? [] : wants(value, path, `a whole number: ${unit}`),
  );

export const aYesOrNo: Rule = (value, path) => (typeof value === 'boolean' ? [] : wants(value, path, 'true or false'));

/** `Intl` has no list of older names such as `US/Eastern`: they are refused here, where the newer one can be typed. */
export const aZone = text(
  (zone) => zone === 'UTC' || Intl.supportedValuesOf('timeZone').includes(zone),
  'the IANA name of a time zone, such as America/New_York',
);
