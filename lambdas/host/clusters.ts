import { awsClusters } from '../../src/connect-clusters.ts';
import type { Surroundings } from '../../src/reconcile.ts';
import { connected } from '../host.ts';

let world: Surroundings | undefined;

/** With the clusters and Coder, which only some functions look into: the others do not carry what speaks to them. */
export const connectedToClusters = (): Surroundings =>
  (world ??= { ...connected(), ...awsClusters(connected().estate, () => new Date()) });
