/** One rule of a Role or ClusterRole, as in a manifest. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What a group may do: everywhere, and in each namespace. */
export interface Rbac {
  readonly everywhere: readonly Rule[];
  readonly within: ReadonlyMap<string, readonly Rule[]>;
}

export interface Asked {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name?: string | undefined;
}

/** The rules that allow a request, as the API server reads them: a rule with names never allows a list. */
export const rulesAllowing = (rbac: Rbac, asked: Asked): Rule[] =>
  [...rbac.everywhere, ...(rbac.within.get(asked.namespace) ?? [])].filter((rule) => allows(rule, asked));

const allows = (
  { apiGroups, resources, verbs, resourceNames }: Rule,
  { verb, group, resource, name }: Asked,
): boolean =>
  [verb, '*'].some((each) => verbs.includes(each)) &&
  [group, '*'].some((each) => apiGroups.includes(each)) &&
  [resource, '*'].some((each) => resources.includes(each)) &&
  (resourceNames === undefined || (name !== undefined && resourceNames.includes(name)));
