import { describe, expect, it } from 'vitest';
import { slackRoad } from '../src/clients/slack.ts';
import { sqliteJournal } from '../src/clients/sqlite.ts';
import { dynamoJournal } from '../src/clients/dynamodb.ts';
import { OutsideError } from '../src/core/outside-error.ts';
import type { Journal } from '../src/ports.ts';
import { memoryJournal } from '../src/rehearsal/journal.ts';
import { call } from './bin/cli.ts';
import { everythingTold } from './no-secret-told.ts';
import { serveDynamoDb } from './servers/dynamodb.ts';
import { reply, serveHttp } from './servers/http.ts';
import { serveSlack } from './servers/slack.ts';

// Each of the places where the suite listens, told a secret on purpose: or silence would prove nothing.

const SECRET = 'gr-planted-for-this-very-test';
const KEY = `sk-${'a'.repeat(24)}`;
const record = (journal: Journal) =>
  journal.record({ target: 'key ai-coder', at: new Date(), by: 'ana', line: `rotated to ${KEY}` });

describe('a secret that is told fails the test, when it is', () => {
  it('printed', () => {
    console.log(`the webhook is ${SECRET}`);
    expect(everythingTold()).toHaveLength(1);
  });

  it('printed by the command line', async () => {
    await call(['mirror', `--${SECRET}`]);
    expect(everythingTold().join()).toContain('printed by the command line');
  });

  it('in an error', () => {
    expect(() => {
      throw new OutsideError({ service: 'litellm', operation: 'see', trouble: 'refused', detail: KEY });
    }).toThrow();
    expect(everythingTold().join()).toContain('OutsideError');
  });

  it('written into a journal, wherever it is kept', async () => {
    await record(memoryJournal());
    const sqlite = sqliteJournal(':memory:');
    await record(sqlite);
    sqlite.close();
    await using db = await serveDynamoDb();
    await record(dynamoJournal({ table: db.table, client: db.client() }));
    const places = everythingTold().map((line) => line.slice(0, line.indexOf(':')));
    expect(new Set(places)).toEqual(new Set(['journal in memory', 'journal in SQLite', 'sent']));
  });

  it('said to the crew', async () => {
    await using slack = await serveSlack();
    const road = slackRoad({ name: 'greenroom', secret: async () => slack.webhook, estate: 'ai.coder.com' });
    await road.say([{ kind: 'failed', subject: 'x', line: `failed: ${SECRET}` }]);
    expect(everythingTold().join()).toContain('sent');
  });

  it('on a page', async () => {
    const type = { 'content-type': 'text/html' };
    await using server = await serveHttp((_, response) => reply(response, 200, `<p>${SECRET}</p>`, type));
    await fetch(`http://${server.host}/`);
    expect(everythingTold().join()).toContain('a page');
  });
});
