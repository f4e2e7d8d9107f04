import { ConditionalCheckFailedException, DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { setTimeout as wait } from 'node:timers/promises';
import { spellRelease } from '../core/estate.ts';
import { OutsideError } from '../core/outside-error.ts';
import { holdOver, type Hold, type Promotion } from '../core/promotion.ts';
import { readHold, readMinute, readPin, readPromotion } from '../core/record.ts';
import type { Minute, News } from '../core/report.ts';
import { days, plus, seconds } from '../core/time.ts';
import type { Claim, Journal, ReleaseKey } from '../ports.ts';
import { awsTrouble } from './aws-trouble.ts';

export interface DynamoSettings {
  /** Keys `pk` and `sk`, both strings; `expires` is its TTL attribute. */
  readonly table: string;
  readonly client?: DynamoDBClient;
  readonly region?: string;
  /** Another address than AWS's own, such as a loopback server's. */
  readonly endpoint?: string;
  /** One verb of the journal, every retry included. */
  readonly withinMs?: number;
}

/** The journal in one DynamoDB table. Every read is consistent: what a run does next hangs on it. */
export function dynamoJournal(settings: DynamoSettings): Journal {
  const table = tableOf(settings);
  return { ...releases(table), ...holds(table), ...claims(table), ...notebook(table), ...beginning(table) };
}
