import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { eventBridgeBus } from './clients/eventbridge.ts';
import { secretsManager } from './clients/secrets-manager.ts';
import type { Config } from './config.ts';
import type { WebhookSettings } from './webhook.ts';

/** What the webhook needs of AWS. Kept apart from `connectAws`, because it is all that this one function may reach. */
export function connectWebhook(
  { bus, webhookSecret, estate }: Config & Required<Pick<Config, 'bus' | 'webhookSecret'>>,
  now: () => Date,
  clients: { readonly eventBridge?: EventBridgeClient; readonly secretsManager?: SecretsManagerClient } = {},
): WebhookSettings {
  const secrets = secretsManager({ now, ...(clients.secretsManager && { client: clients.secretsManager }) });
  return {
    secrets: (afresh) => secrets.readVersions(webhookSecret, afresh),
    bus: eventBridgeBus({ bus, ...(clients.eventBridge && { client: clients.eventBridge }) }),
    sources: estate.images.map(({ source }) => source),
  };
}
