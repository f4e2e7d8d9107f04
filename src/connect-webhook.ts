import { eventBridgeBus } from './clients/eventbridge.ts';
import { secretsManager } from './clients/secrets-manager.ts';
import { callerIn, type AwsCaller } from './clients/signed-post.ts';
import type { Config } from './config.ts';
import type { WebhookSettings } from './webhook.ts';

/** What the webhook needs of AWS. Kept apart from `connectAws`, because it is all that this one function may reach. */
export function connectWebhook(
  { bus, webhookSecret, estate }: Config & Required<Pick<Config, 'bus' | 'webhookSecret'>>,
  now: () => Date,
  callers: { readonly eventBridge?: AwsCaller; readonly secretsManager?: AwsCaller } = {},
): WebhookSettings {
  const { eventBridge = callerIn(estate.home), secretsManager: caller = eventBridge } = callers;
  const secrets = secretsManager({ now, caller });
  return {
    secrets: (afresh) => secrets.readVersions(webhookSecret, afresh),
    bus: eventBridgeBus({ bus, now, caller: eventBridge }),
    sources: estate.images.map(({ source }) => source),
  };
}
