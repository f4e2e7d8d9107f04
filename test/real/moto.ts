import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Settings of an AWS client that speaks to the moto server which `with-servers.ts` started. */
export function moto(region: string) {
  const endpoint = process.env['GREENROOM_TEST_MOTO'];
  if (!endpoint) throw new Error('no moto server: run this suite by `npm run test:servers`');
  // moto answers what it has not got with 500, which a patient client would ask again and again.
  return { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 };
}

/**
 * Lets the requests of these clients through one at a time, in any order.
 *
 * moto's threads run into each other between looking at an item's condition and writing the item; in DynamoDB each
 * request is atomic. What runs into each other here is then only what would in DynamoDB: one request and another.
 */
export function oneAtATime(clients: readonly DynamoDBClient[]): void {
  const waiting: (() => void)[] = [];
  let isBusy = false;
  const next = (): void => {
    const [chosen] = waiting.splice(Math.floor(Math.random() * waiting.length), 1);
    isBusy = chosen !== undefined;
    chosen?.();
  };
  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (!isBusy) next();
    });
  for (const client of clients) {
    client.middlewareStack.add(
      (send) => async (request) => {
        await turn();
        try {
          return await send(request);
        } finally {
          next();
        }
      },
      { step: 'finalizeRequest', priority: 'low', name: 'oneAtATime' },
    );
  }
}
