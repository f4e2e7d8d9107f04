import { afterEach, describe, expect, it } from 'vitest';
import { besideOneWorld, start } from './cli.ts';

const { data, act } = besideOneWorld();

interface Listed {
  readonly alias: string;
  readonly fingerprint: string;
  readonly expires: string;
  readonly state: string;
}

/** Every generation that the gateway knows, the newest first. */
async function keys(): Promise<readonly Listed[]> {
  return (JSON.parse((await act('keys', '--json')).out) as { keys: Listed[] }).keys;
}
const states = async (): Promise<string[]> => (await keys()).map(({ alias, state }) => `${alias} ${state}`);

const said = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await act(...args);
  expect({ code, err }).toMatchObject({ code: 0 });
  return out;
};

describe('a gateway that is broken', () => {
  afterEach(async () => expect(await act('mend', 'gateway', '--json')).toMatchObject({ code: 0 }));

  it.each([
    ['offline', 3, /could not list keys/],
    ['replica-offline', 1, /ai-coder: litellm-\S+ \(10\.0\.0\.\d+\) says unreachable/],
    ['database-down', 3, /500 no_db_connection/],
    ['database-open', 3, /500 no_db_connection/],
    ['refuse-keys', 1, /says unknown-key \(401/],
    ['slow', 3, /could not list keys/],
    ['old-version', 0, /published/],
  ])(
    'by --how %s shows in greenroom keys, with exit %i',
    async (how, code, said) => {
      expect(await act('break', 'gateway', '--how', how, '--json')).toMatchObject({ code: 0 });
      const keys = await act('keys');
      expect(keys).toMatchObject({ code, out: expect.stringMatching(said) });
    },
    60_000,
  );
});

describe('a gateway that is mended', () => {
  it('works as before, and nothing else was broken', async () => {
    await act('break', 'gateway');
    const mended = await act('mend', '--json');
    expect(JSON.parse(mended.out)).toEqual({ mended: ['gateway'] });
    expect(await act('keys')).toMatchObject({ code: 0 });
    expect(await act('mend')).toMatchObject({ code: 0, out: 'Nothing was broken.\n' });
  }, 60_000);

  it('was broken in one of its own ways', async () => {
    expect(await act('break', 'gateway', '--how', 'disk-full')).toMatchObject({
      code: 2,
      err: expect.stringContaining('one of offline, replica-offline, database-down'),
    });
    expect(await act('break', 'gatewy')).toMatchObject({ code: 1, err: expect.stringContaining('no region "gatewy"') });
  });
});

interface Judged {
  readonly name: string;
  readonly status: string;
  readonly ends: string | null;
  readonly about?: string;
  readonly outlasts?: { readonly title: string; readonly until: string };
}

/** What a look at all credentials says: its exit, and each by its name. */
async function credentials(): Promise<{ code: number | null; of: Readonly<Record<string, Judged>> }> {
  const { code, out } = await act('credentials', '--json');
  const all = (JSON.parse(out) as { credentials: Judged[] }).credentials;
  return { code, of: Object.fromEntries(all.map((each) => [each.name, each])) };
}

describe('greenroom credentials', () => {
  it('lists everything that ends by itself, with the workshop that it must outlast', async () => {
    const { code, of } = await credentials();
    expect(code).toBe(0);
    expect(Object.keys(of).toSorted()).toEqual([
      'Coder token rehearsal/coder',
      'LiteLLM key ai-coder',
      'certificate of *.rehearsal.example',
      'certificate of rehearsal.example',
      'secret rehearsal/bedrock',
      'token cloudflare',
      'token github',
    ]);
    expect(of['LiteLLM key ai-coder']).toMatchObject({
      status: 'ok',
      about: 'alias ai-coder, secret rehearsal/litellm',
      outlasts: { title: 'Agentic workshop', until: expect.stringMatching(/^20.*Z$/) },
    });
    expect(of['token cloudflare']).toMatchObject({ ends: 'never' });
    expect(await said('credentials')).toMatch(/ok +certificate of \*\.rehearsal\.example +20.*, for Agen/);
  }, 60_000);

  it('exits with 3 where the gateway cannot be asked, and says until when its key was seen to last', async () => {
    await act('break', 'gateway');
    const { code, of } = await credentials();
    expect(code).toBe(3);
    expect(of['LiteLLM key ai-coder']).toMatchObject({
      status: 'unknown',
      ends: expect.stringMatching(/^20/),
      seen: false,
    });
    expect(of['token github']).toMatchObject({ status: 'ok' });
    await act('mend');
  }, 60_000);
});

describe('greenroom keys', () => {
  it('lists what is published by a fingerprint, and no key', async () => {
    expect(await keys()).toEqual([
      expect.objectContaining({
        alias: 'ai-coder',
        state: 'published',
        fingerprint: expect.stringMatching(/^\w{12}$/),
      }),
    ]);
    expect(await said('keys')).toMatch(/ai-coder +\w{12} +20.* UTC, in 1[34] d.* published +rehearsal\/litellm/);
  });

  it.each([
    [['keys', 'rotat', 'ai-coder'], 'what is "rotat"?'],
    [['keys', 'rotate'], 'which key?'],
    [['keys', 'rotate', 'ai-codr'], 'did you mean ai-coder?'],
    [['keys', 'rotate', 'ai-coder', '--force'], 'what for?'],
  ])('%j is exit 2', async (args, why) => {
    expect(await act(...args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(why) });
  });
});

describe('greenroom keys rotate', () => {
  it('--dry-run says until when the new key would last, and writes nothing', async () => {
    const before = await keys();
    expect(await said('keys', 'rotate', 'ai-coder', '--dry-run')).toMatch(/until 20.* UTC\.\nNothing was written\.\n/);
    expect(await keys()).toEqual(before);
  });

  it('publishes another generation, and the loop lets the old one end and takes it away', async () => {
    const [old] = await keys();
    expect(await said('keys', 'rotate', 'ai-coder')).toBe(
      'Rotated ai-coder: every replica takes the new key, and rehearsal/litellm publishes it.\n',
    );
    expect(await states()).toEqual(['ai-coder-g1 published', 'ai-coder leaving']);
    await act('clock', '1m');
    const draining = (await keys()).find(({ fingerprint }) => fingerprint === old?.fingerprint);
    expect(new Date(draining?.expires ?? 0).getTime()).toBeLessThan(new Date(old?.expires ?? 0).getTime());
    await act('clock', '5m');
    expect(await states()).toEqual(['ai-coder-g1 published']);
    expect(await said('why', 'ai-coder')).toMatch(/rotation +published version/);
  }, 60_000);

  it('that was killed half way stands in the way of the next, until it is given up', async () => {
    await act('break', 'gateway', '--how', 'database-down');
    const stuck = start(['keys', 'rotate', 'ai-coder', '--data', data]);
    await stuck.said('Asked for: version');
    stuck.kill();
    await stuck.ended;
    expect(await act('keys', 'rotate', 'ai-coder', '--give-up')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/failed at (set|test)Secret: .*the old key is still published[^]*--give-up/),
    });
    await act('mend');
    expect(await act('keys', 'rotate', 'ai-coder')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/has not ended: it failed at (set|test)Secret: [^]*--give-up/),
    });
    expect(await states()).toEqual(['ai-coder-g1 published']);
    await said('keys', 'rotate', 'ai-coder', '--give-up');
    expect(await states()).toEqual(['ai-coder-g2 published', 'ai-coder-g1 leaving']);
  }, 60_000);

  it('is refused in a window, and done by force with a reason that stays', async () => {
    await said('scene', 'morning-of');
    const before = await keys();
    expect(await act('keys', 'rotate', 'ai-coder')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/not rotated before 20.* UTC: Agentic workshop[^]*--force --why/),
    });
    expect(await keys()).toEqual(before);
    await said('keys', 'rotate', 'ai-coder', '--force', '--why', 'it leaked');
    expect((await keys())[0]).toMatchObject({ alias: 'ai-coder-g3', state: 'published' });
    expect(await said('why', 'ai-coder')).toMatch(
      /tester +published version [^]*, inside a window because\s+it leaked/,
    );
  }, 60_000);
});

describe('a certificate that nobody renews', () => {
  it('fails for the workshop that it ends in, with what to do; the next scene renews it', async () => {
    const scene = JSON.parse(await said('scene', 'certificate-ends', '--json')) as { verdict: { word: string } };
    expect(scene.verdict.word).toBe('NO-GO');
    const { code, of } = await credentials();
    expect(code).toBe(1);
    expect(of['certificate of *.rehearsal.example']).toMatchObject({
      status: 'fail',
      outlasts: { title: expect.stringContaining('workshop') },
    });
    expect(of['certificate of rehearsal.example']).toMatchObject({ status: 'ok' });
    expect((await act('credentials')).out).toMatch(/fail +certificate of \*[^]*→ Find out why/);
    await said('scene', 'quiet-week');
    expect((await credentials()).code).toBe(0);
  }, 60_000);
});

describe('greenroom keys extend', () => {
  it('--dry-run says until when, and writes nothing', async () => {
    const before = await keys();
    expect(await said('keys', 'extend', 'ai-coder', '--dry-run')).toMatch(
      /Would ask for ai-coder[^]*Nothing was written/,
    );
    expect(await keys()).toEqual(before);
  });

  it('lets an expired key live again on every replica, with nobody having to move', async () => {
    await said('clock', '60d');
    const [expired] = await keys();
    expect(expired).toMatchObject({ alias: 'ai-coder-g3', state: 'expired' });
    expect(await act('keys')).toMatchObject({ code: 1, out: expect.stringContaining('says expired') });
    expect(await said('keys', 'extend', 'ai-coder')).toContain(`ai-coder (${expired?.fingerprint}) lasts until `);
    await act('clock', '2m');
    expect(await act('keys')).toMatchObject({ code: 0 });
    expect((await keys())[0]).toMatchObject({ fingerprint: expired?.fingerprint, state: 'published' });
    expect(await said('why', 'ai-coder')).toMatch(/tester +extended, to last until/);
  }, 60_000);
});
