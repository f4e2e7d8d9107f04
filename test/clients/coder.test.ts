import { describe, expect, it, onTestFinished } from 'vitest';
import { coderApi } from '../../src/clients/coder.ts';
import { minutes, plus, seconds } from '../../src/core/time.ts';
import { serveCoder, type CoderServeSettings } from '../../src/rehearsal/coder/serve.ts';
import { aCoder } from '../contracts/coder.ts';
import { failureOf } from '../failure.ts';

async function opened(settings: Partial<CoderServeSettings> = {}) {
  const { coder, cluster } = aCoder();
  cluster.advance(plus(cluster.now, seconds(30)));
  const server = await serveCoder({ coder, token: 'a-token', ...settings });
  onTestFinished(() => server.close());
  const http = { backoffMs: 1, limitMs: 1, tries: 2, longestWaitMs: 1_500 };
  return { coder, cluster, server, port: coderApi({ url: server.url, token: async () => 'a-token', http }) };
}

describe('Coder', () => {
  it('as it was in early 2025 says no status and knows no parameter, and is understood', async () => {
    const { coder, cluster, port } = await opened({ old: true });
    coder.build({ organization: 'coder', takesMs: minutes(5) }, cluster.now);
    cluster.advance(plus(cluster.now, seconds(1)));
    expect((await port.daemons('coder')).map(({ status }) => status).toSorted()).toEqual(['busy', 'idle']);
  });

  it('that limits us is asked again when it says', async () => {
    const { server, port } = await opened();
    server.instead.push({
      status: 429,
      body: '{"message":"You\'ve been rate limited"}',
      headers: { 'retry-after': '0' },
    });
    expect(await port.daemons('coder')).toHaveLength(2);
  });

  it('that does not know our token says so in its words, and what to do; the token is never repeated', async () => {
    const { port } = await opened({ token: 'another' });
    const { message, trouble } = await failureOf(port.proxies());
    expect(trouble).toBe('unauthorized');
    expect(message).toMatch(
      /could not list workspace proxies: 401 You are signed out .* API key is invalid\. Make a new token/,
    );
    expect(message).not.toContain('a-token');
  });

  it('without the licence for proxies says so', async () => {
    const { port } = await opened({ licensed: false });
    expect((await failureOf(port.proxies())).message).toMatch(
      /403 External workspace proxies is an Enterprise feature.*licence/,
    );
  });

  it('that was built without them says so too', async () => {
    const { server, port } = await opened();
    server.instead.push({ status: 404, body: '{"message":"Route not found."}' });
    expect((await failureOf(port.proxies())).message).toMatch(
      /404 Route not found\. Workspace proxies are part of Coder’s licence/,
    );
  });

  it('hides what we may not see, which is said', async () => {
    const { port } = await opened();
    expect((await failureOf(port.jobs('nobody'))).message).toMatch(
      /404 Resource not found.*neither owner nor template admin/,
    );
  });

  it('with something before it that answers in its place is trouble, not an empty list', async () => {
    const { server, port } = await opened();
    server.instead.push({ status: 200, body: '<html>Sign in</html>', headers: { 'content-type': 'text/html' } });
    expect((await failureOf(port.daemons('coder'))).trouble).toBe('corrupt');
  });
});
