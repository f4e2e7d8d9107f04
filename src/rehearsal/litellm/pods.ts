import type { Place } from '../../core/estate.ts';
import { podOf } from '../../core/pod.ts';
import { isLoopback } from '../../core/reference.ts';
import type { RehearsedCluster } from '../kubernetes/cluster.ts';
import type { RehearsedGateway } from '../litellm.ts';

/** A rehearsed gateway's replicas, as the pods of a rehearsed cluster: as many as there are, and each new one remembers nothing. */
export interface GatewayPods {
  /** The replicas that serve now, by their numbers. */
  serving(): readonly number[];
  /** Who answers at an address, such as `10.0.0.7:4000`; `undefined` where nobody does. */
  at(host: string): number | undefined;
}

export function podsOfGateway(
  gateway: RehearsedGateway,
  cluster: RehearsedCluster,
  { namespace, workload, port }: Place & { readonly port: number },
): GatewayPods {
  const numbers = new Map<string, number>();
  const numberOf = (pod: string): number => {
    const number = numbers.get(pod) ?? gateway.join();
    numbers.set(pod, number);
    return number;
  };
  let known: { readonly revision: number; readonly pods: readonly Standing[] } = { revision: -1, pods: [] };
  const there = (): readonly Standing[] => {
    const revision = cluster.store.revisionOf('Pod');
    // Because a whole room asks, and pods seldom change.
    if (known.revision === revision) return known.pods;
    const pods = cluster.store.list('Pod', namespace, { 'app.kubernetes.io/name': workload }).map(podOf);
    const standing = pods.map(({ name, ready, address }) => ({
      replica: numberOf(name),
      ready,
      host: `${address}:${port}`,
    }));
    known = { revision, pods: standing };
    return standing;
  };
  return {
    serving: () => there().flatMap(({ ready, replica }) => (ready ? [replica] : [])),
    at: (host) => there().find((pod) => pod.host === host)?.replica,
  };
}

interface Standing {
  readonly replica: number;
  readonly ready: boolean;
  readonly host: string;
}

interface Asked {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Pods' addresses lead nowhere on this machine, so all of them are behind one door, and the Host header says which is
 * meant. Whoever asks an address of this machine is not led anywhere.
 */
export const throughDoor =
  <Call extends Asked, Answer>(ask: (call: Call) => Promise<Answer>, door: string): ((call: Call) => Promise<Answer>) =>
  (call) => {
    const { url, headers } = call;
    if (isLoopback(url.host)) return ask(call);
    return ask({
      ...call,
      url: new URL(`${url.pathname}${url.search}`, door),
      headers: { ...headers, host: url.host },
    });
  };
