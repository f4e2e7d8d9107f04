import { App } from 'aws-cdk-lib';
import { estates } from '../estates/index.ts';
import { clustersByRegion, ClusterStack } from '../lib/cluster-stack.ts';
import { deployable } from '../lib/deployable.ts';
import { HomeStack } from '../lib/home-stack.ts';
import { nameFor } from '../lib/names.ts';
import { RegionStack } from '../lib/region-stack.ts';

/**
 * The estate to deploy: `cdk deploy --all -c estate=ai.coder.com`, which is also the one meant where none is named.
 * `-c reserve=no` is for an account without concurrency to set aside.
 */
const app = new App();
const name = String(app.node.tryGetContext('estate') ?? 'ai.coder.com');
const known = estates.get(name);
if (!known) throw new Error(`no estate "${name}", only ${[...estates.keys()].join(', ')}`);
const estate = deployable(known);

const env = (region: string) => ({ region, ...(estate.account !== undefined && { account: estate.account }) });
const home = new HomeStack(app, nameFor(estate), {
  estate,
  reserves: app.node.tryGetContext('reserve') !== 'no',
  env: env(estate.home),
  description: `Greenroom, which gets ${estate.name} ready before every workshop`,
});
for (const { name: region, city } of estate.regions) {
  const copies = new RegionStack(app, `${nameFor(estate)}-${region}`, {
    estate,
    env: env(region),
    description: `The copies that Greenroom keeps for ${estate.name} in ${city}`,
  });
  // Because the first look would otherwise find nowhere to mirror to.
  home.addStackDependency(copies);
}
for (const [region, clusters] of clustersByRegion(estate)) {
  const access = new ClusterStack(app, `${nameFor(estate)}-clusters-${region}`, {
    estate,
    clusters,
    env: env(region),
    description: `Lets Greenroom into the clusters of ${estate.name} in ${region}`,
  });
  // Because a cluster lets only roles in that are there.
  access.addStackDependency(home);
}
