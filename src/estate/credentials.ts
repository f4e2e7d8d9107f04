import { isObject } from '../core/json.ts';
import {
  type Rule,
  aKubernetesName,
  aName,
  aSecretName,
  aWholeNumber,
  all,
  anAddress,
  distinct,
  field,
  list,
  optional,
  record,
  text,
} from './rules.ts';

const aKeyConsumer = record({
  cluster: aName,
  namespace: aKubernetesName,
  secret: aKubernetesName,
  entry: text((value) => /^[-._a-zA-Z0-9]{1,253}$/.test(value), 'letters, digits, - _ .'),
});

/** The name of a field in a secret's JSON. */
const aField = text((value) => /^[A-Za-z0-9_.-]{1,64}$/.test(value), 'letters, digits, _ . -, at most 64');

const aPublishedKey = record({
  name: aName,
  secret: aSecretName,
  field: optional(aField),
  consumers: optional(list(aKeyConsumer, 0, 'a list of Kubernetes secrets')),
});

export const aGateway: Rule = (value, path) =>
  field('kind')(value) === 'none'
    ? record({ kind: text((kind) => kind === 'none', '"none"') })(value, path)
    : aLiteLlm(value, path);

const someAddresses = all(
  list(anAddress, 1, 'at least one address, { port: … } for the pods of its pool, or leave it out'),
  distinct('address'),
);

const somePods = record({ port: aWholeNumber(1, 65_535, 'the port on which each of its pods answers') });

const aLiteLlm = record({
  kind: text((kind) => kind === 'litellm', '"litellm" or "none"'),
  url: anAddress,
  masterKey: aSecretName,
  replicas: optional((value, path) => (isObject(value) ? somePods : someAddresses)(value, path)),
  renews: optional(text((how) => how === 'extend' || how === 'rotate', '"extend" or "rotate"')),
  longestMinutes: optional((value, path) =>
    aWholeNumber(1, 10 * 366 * 24 * 60, 'minutes that the gateway lets a key last')(value, path),
  ),
  keys: all(
    list(aPublishedKey, 1, 'at least one key'),
    distinct('name', field('name')),
    distinct('secret', (key) => [field('secret')(key), field('field')(key)].join(' ')),
  ),
});

/** As certificates name them: in lower case, with a star for the first label at most. */
export const aDomain = text(
  (value) =>
    value.length <= 253 &&
    /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(value),
  'a domain in lower case, such as ai.coder.com or *.ai.coder.com',
);

export const aToken = record({
  name: aName,
  issuer: text((who) => who === 'cloudflare' || who === 'github', '"cloudflare" or "github"'),
  secret: aSecretName,
  field: optional(aField),
});

export const aCoder = record({
  url: anAddress,
  token: aSecretName,
});
