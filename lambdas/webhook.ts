import { Logger } from '@aws-lambda-powertools/logger';
import middyfy from '@middy/core';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { readConfig } from '../src/config.ts';
import { connectWebhook } from '../src/connect-webhook.ts';
import { receive, type WebhookAnswer, type WebhookRequest, type WebhookSettings } from '../src/webhook.ts';

/** What GitHub sent, byte for byte: a function URL may hand a body over as base64, and the signature knows only bytes. */
export const toRequest = (event: LambdaFunctionURLEvent): WebhookRequest => ({
  method: event.requestContext.http.method,
  headers: event.headers,
  body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
});

/** One line for each delivery. Of the request it holds nothing but GitHub's id of the delivery. */
export type Note = (answer: Pick<WebhookAnswer, 'status' | 'body' | 'delivery' | 'trouble'>) => void;

export const webhook = (settings: () => WebhookSettings, note: Note) =>
  middyfy(async (event: LambdaFunctionURLEvent): Promise<LambdaFunctionURLResult> => {
    const { status, headers, body, ...rest } = await receive(toRequest(event), settings());
    note({ status, body, ...rest });
    return { statusCode: status, headers, body };
  });

const logger = new Logger({ serviceName: 'webhook' });
let settings: WebhookSettings | undefined;

export const handler = webhook(
  () => (settings ??= connectWebhook(readConfig(process.env, ['bus', 'webhookSecret']), () => new Date())),
  ({ status, body, delivery, trouble }) => {
    logger.info('answered', { delivery, status, answer: JSON.parse(body) });
    if (trouble) logger.error('could not take a delivery', trouble);
  },
);
