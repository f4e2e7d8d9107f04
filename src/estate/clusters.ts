import type { EstateVpc } from '../core/estate.ts';
import { aTag } from './images.ts';
import {
  type Rule,
  aKubernetesName,
  aName,
  aRegion,
  all,
  distinct,
  list,
  listOf,
  optional,
  record,
  text,
  wants,
} from './rules.ts';

const aPlace = { namespace: aKubernetesName, workload: aKubernetesName };

export const aCluster = record({
  name: aName,
  eks: optional(
    text((value) => /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(value), 'letters, digits, - and _, at most 100'),
  ),
  region: aRegion,
  role: text((value) => value === 'control-plane' || value === 'proxy', '"control-plane" or "proxy"'),
  proxy: optional(aName),
  runs: optional(
    list(record({ ...aPlace, image: aName, tag: aTag }), 0, 'a list of workloads; leave it out where none is watched'),
  ),
  nodePools: optional(all(list(aKubernetesName, 0, 'a list of node pools'), distinct('name'))),
  argocd: optional(aKubernetesName),
});

export const aPool = record({
  name: aName,
  kind: text((value) => value === 'provisioners' || value === 'gateway', '"provisioners" or "gateway"'),
  cluster: aName,
  ...aPlace,
  organization: optional(text((value) => /^[a-zA-Z0-9-]{1,64}$/.test(value), "an organization by Coder's name for it")),
});

export const aRotator = record({
  name: aName,
  cluster: aName,
  ...aPlace,
  keys: optional(all(list(aName, 0, 'a list of keys; leave it out for all of them'), distinct('name'))),
});

/** Lambda takes sixteen subnets and five security groups. */
export const aVpc = record({
  subnets: all(
    list(
      text((id) => /^subnet-[0-9a-f]{8,17}$/.test(id), 'the id of a subnet, such as subnet-0123456789abcdef0'),
      1,
      'at least one subnet of the home region',
    ),
    distinct('subnet'),
    (value, path) => (listOf(value).length > 16 ? wants(value, path, 'at most 16: Lambda takes no more') : []),
  ),
  securityGroups: all(
    list(
      text((id) => /^sg-[0-9a-f]{8,17}$/.test(id), 'the id of a security group, such as sg-0123456789abcdef0'),
      1,
      'at least one security group',
    ),
    distinct('security group'),
    (value, path) => (listOf(value).length > 5 ? wants(value, path, 'at most 5: Lambda takes no more') : []),
  ),
} satisfies Record<keyof EstateVpc, Rule>);
