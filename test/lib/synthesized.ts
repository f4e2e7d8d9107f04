import { App } from 'aws-cdk-lib';
import { aiCoderCom } from '../../estates/ai.coder.com.ts';
import { HomeStack } from '../../lib/home-stack.ts';
import { RegionStack } from '../../lib/region-stack.ts';
import type { Estate } from '../../src/core/estate.ts';

/** The real estate, with what only some estates have. */
export const estate: Estate = { ...aiCoderCom, people: { emails: ['crew@example.com'] } };

/** Without bundling: what is asserted here is what is deployed, not what runs in it. */
export function makeApp(of: Estate = estate) {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const home = new HomeStack(app, 'home', { estate: of, env: { region: of.home } });
  const regions = of.regions.map(
    ({ name }) => new RegionStack(app, `copies-${name}`, { estate: of, env: { region: name } }),
  );
  return { app, home, regions };
}
