import { afterAll, beforeAll, describe, it } from 'vitest';
import { embeddedWorld, type EmbeddedWorld } from './embedded-world.ts';
import { livePage } from './handbook.ts';

// A newcomer types what the README suggests, one after the other, in one world.

let world: EmbeddedWorld;
beforeAll(async () => {
  world = await embeddedWorld();
}, 60_000);
afterAll(() => world.end());

describe('README.md', () => {
  it('suggests what works in this order', async () => {
    const elsewhere = { 'npx greenroom rollout': 'it takes half a minute, and is typed for the runbook' };
    await livePage(['README.md', 'Two lines', 'npx greenroom'], { run: world.run, elsewhere }, async (type) => {
      await type('npx greenroom scene morning-of', { says: [/starts in 49 min/, /^GO /m] });
      await type('npx greenroom why provisioners', { says: /on a lease: 19 instead of 6/ });
      await type('npx greenroom credentials', { says: /ai-coder/ });
      await type('npx greenroom keys rotate ai-coder', { exit: 1, says: /Agentic workshop[^]*--force/ });
      await type('npx greenroom clock 5h', { says: /^GO /m });
      await type('npx greenroom publish', { says: /Every region serves v2\.31\.3/ });
      await type('npx greenroom parity', { exit: 1, says: /^NO-GO .*coder\/coder/ });
      await type('npx greenroom images', { says: /us-east-2.*v2\.31\.3/ });
      await type('npx greenroom break eu-west-2', { says: /eu-west-2 is broken/ });
      await type('npx greenroom publish', { exit: 1, says: /Not served everywhere/ });
      await type('npx greenroom mend eu-west-2', { says: /Mended: eu-west-2/ });
      await type('npx greenroom rollback coder-preview:latest', { says: /is pinned to \w+ in every region/ });
      await type('npx greenroom unpin coder-preview:latest', { says: /Lifted the pin/ });
      await type('npx greenroom scene historic-rotator', { says: /failed requests .* 0$/m });
      await type('npx greenroom scene api-down', { says: /” starts in 24 min/ });
    });
  }, 300_000);
});
