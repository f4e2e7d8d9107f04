import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { icalendar, type IcalendarSettings } from '../../../src/clients/icalendar.ts';
import { httpClient } from '../../../src/clients/http.ts';
import type { HttpSettings } from '../../../src/clients/http/settings.ts';
import { estate } from './read-cases.ts';

export const NOW = new Date('2026-11-24T09:00:00Z');
const SPAN = { from: NOW, until: new Date('2027-02-22T09:00:00Z') };

export const feed = (title: string): string =>
  ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:a', `SUMMARY:${title}`, 'DTSTART:20261201T140000Z', 'DURATION:PT1H']
    .concat('END:VEVENT', 'END:VCALENDAR', '')
    .join('\r\n');
export const FEED = feed('Workshop');

/** A calendar, by the titles of its workshops. */
export function titlesIn(settings: Pick<IcalendarSettings, 'address'> & Partial<IcalendarSettings>) {
  const calendar = icalendar({ estate, now: () => NOW, ...settings });
  return async () => (await calendar.workshops(SPAN)).workshops.map(({ title }) => title);
}

/** Somebody who answers on this machine, and a client to ask with, for as long as a test lasts. */
export async function listening(answer: RequestListener, settings: HttpSettings) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const http = httpClient(settings);
  onTestFinished(() => {
    http.close();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, http };
}
