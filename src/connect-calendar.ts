import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { icalendar } from './clients/icalendar.ts';
import { secretsManager } from './clients/secrets-manager.ts';
import type { Estate, EstateCalendar } from './core/estate.ts';
import type { Calendar } from './ports.ts';

/**
 * The feed whose address is in the estate's secret, or the file that it names.
 *
 * Apart from `connect-aws`, so that only the functions that ask the calendar carry what reads it.
 */
export function calendarOf(
  { name, home, calendar }: Pick<Estate, 'name' | 'home'> & { readonly calendar: EstateCalendar },
  now: () => Date,
): Calendar {
  const { secret, file = '' } = calendar;
  const secrets = secretsManager({ now, client: new SecretsManagerClient({ region: home }) });
  const address = secret === undefined ? async () => file : () => secrets.read(secret);
  return icalendar({ estate: { name, calendar }, address, now });
}
