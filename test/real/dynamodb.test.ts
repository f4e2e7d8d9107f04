import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import { dynamoJournal } from '../../src/clients/dynamodb.ts';
import { promisesOfAJournal, type OpenJournal } from '../contracts/journal.ts';
import { moto, oneAtATime } from './moto.ts';

describe('the journal in DynamoDB', () => {
  promisesOfAJournal(freshTable, { races: 60 });
});

async function freshTable(): Promise<OpenJournal> {
  const table = `journal-${randomUUID()}`;
  const clients = [new DynamoDBClient(moto('us-east-2')), new DynamoDBClient(moto('us-east-2'))] as const;
  await clients[0].send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    }),
  );
  oneAtATime(clients);
  const [ours, theirs] = [dynamoJournal({ table, client: clients[0] }), dynamoJournal({ table, client: clients[1] })];
  return { ours, theirs, close: () => clients.forEach((client) => client.destroy()) };
}
