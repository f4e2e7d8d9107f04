import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { icalendar } from './clients/icalendar.ts';
import { s3 } from './clients/s3.ts';
import { secretsManager } from './clients/secrets-manager.ts';
import type { Estate, EstateCalendar } from './core/estate.ts';
import type { Calendar } from './ports.ts';

/**
 * The feed whose address is in the estate's secret, or the object or file that it names.
 *
 * Apart from `connect-aws`, so that only the functions that ask the calendar carry what reads it.
 */
export function calendarOf(
  { name, home, calendar }: Pick<Estate, 'name' | 'home'> & { readonly calendar: EstateCalendar },
  now: () => Date,
): Calendar {
  const { secret, object, file = '' } = calendar;
  const client = new SecretsManagerClient({ region: home });
  if (secret !== undefined) {
    const secrets = secretsManager({ now, client });
    return icalendar({ estate: { name, calendar }, address: () => secrets.read(secret), now });
  }
  const { credentials } = client.config;
  return icalendar({
    estate: { name, calendar },
    address: async () => object ?? file,
    now,
    ...(object !== undefined && { s3: s3({ region: home, credentials, now }) }),
  });
}
