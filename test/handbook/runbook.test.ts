import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { embeddedWorld, type EmbeddedWorld } from './embedded-world.ts';
import { livePage, pagesWith, type Type } from './handbook.ts';

// Each page of the runbook is lived through: the world is brought to what the page is about, its commands are typed as
// they stand there, and each has to say what the page says of it.

const FILE = 'RUNBOOK.md';
const GREENROOM = 'npx greenroom';

/** What needs more than the embedded world, and what was done instead. */
const ELSEWHERE = {
  'npx greenroom workshops --calendar s3://bucket/key':
    'AWS’s own S3; that client reads moto’s in test/real/calendar-object.test.ts',
};

let world: EmbeddedWorld;
beforeAll(async () => {
  world = await embeddedWorld();
}, 60_000);
afterAll(() => world.end());

type Story = (type: Type) => Promise<void>;

async function act(...commands: readonly string[]): Promise<void> {
  for (const each of commands) await world.act(`${GREENROOM} ${each}`);
}

const NOTHING_ANNOUNCED = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nEND:VCALENDAR\r\n';

/** In the order in which the world comes to them: first those for which no clock has to be moved on. */
const pages: Readonly<Record<string, Story>> = {
  'Is everything all right?': async (type) => {
    await type('npx greenroom parity', { says: /^GO / });
    await type('npx greenroom parity --quiet-look', { says: /^GO / });
    await type('npx greenroom images', { says: [/us-east-2.*v2\.31\.2/, /forward/] });
    await act('break eu-west-2');
    await type('npx greenroom parity', { exit: 3, says: /^UNKNOWN / });
  },

  'A region serves something else than the others': async (type) => {
    await act('break us-west-2 --how refuse-tags');
    await world.run('npx greenroom publish v2.32.0');
    expect(await world.run('npx greenroom parity')).toMatchObject({ code: 1, out: expect.stringMatching(/^NO-GO /) });
    await type('npx greenroom mirror coder-preview:latest', { exit: 1, says: [/undone/, /us-west-2.*403/] });
    await act('mend');
    await type('npx greenroom mirror coder-preview:latest', { says: /promoted|in sync/ });
  },

  'A release is everywhere and does not run': async (type) => {
    await type('npx greenroom rollout --dry-run', { says: /1\. Would restart .*ohio[^]*2\. Would restart/ });
    await type('npx greenroom rollout', { says: /Every workload runs what its region serves: 3 restarted/ });
    await type('npx greenroom rollout --dry-run', { says: /nothing to do/ });
  },

  'The release is bad': async (type) => {
    const back = 'npx greenroom rollback coder-preview:latest';
    await type(`${back} --dry-run`, { says: [/4145cd8fc69a/, /Nothing was written/] });
    await type(back, { says: [/✓ coder-preview:latest +4145cd8fc69a/, /is pinned to 4145cd8fc69a in every region/] });
    await type('npx greenroom unpin coder-preview:latest', { says: /The next look promotes/ });
    await type(`${back} --to 4145cd8fc69a`, { says: /is pinned to 4145cd8fc69a/ });
    await type('npx greenroom unpin coder-preview:latest', { says: /Lifted the pin/ });
  },

  'Nothing may move now': async (type) => {
    await type('npx greenroom hold coder-preview --until 17:00 --why "workshop"', {
      says: /Holding coder-preview until .* 17:00 UTC/,
    });
    await type('npx greenroom holds', { says: /coder-preview .*tester +workshop/ });
    await type('npx greenroom release coder-preview', { says: /Released .*tester’s hold/ });
    await type('npx greenroom holds', { says: /There are no holds/ });
    await type('npx greenroom why promotions', {
      says: /tester +released coder-preview, which tester held until[^]*tester +held coder-preview until/,
    });
  },

  'More provisioners, by hand': async (type) => {
    const floor = 'npx greenroom scale provisioners --replicas 12 --until 4h --why "a demo"';
    await type(`${floor} --dry-run`, {
      says: [/StatefulSet coder-ws\/coder-provisioner, which stands at 6 now/, /Nothing was written/],
    });
    await type(floor, { says: /Keeping provisioners in ohio at 12 or more/ });
    await act('clock 5m');
    await type('npx greenroom why provisioners', { says: /on a lease: 12 instead of 6 until .* by tester: a demo/ });
    await type('npx greenroom scale provisioners --end', { says: /Ended tester’s floor of 12/ });
    await act('clock 2m', 'clock 2m', 'clock 2m');
    await type('npx greenroom why provisioners', { says: /put back from 12 to 6; over: a demo/ });
  },

  'The calendar cannot be read': async (type) => {
    await world.calendar('<!doctype html><title>Sign in</title>');
    await type('npx greenroom workshops', { exit: 3, says: /workshops\.ics/ });
    await type('npx greenroom plan --calendar examples/workshops.ics', { says: /raise +provisioners/ });
    await act('scene quiet-week');
    await type('npx greenroom workshops', { says: /Agentic workshop/ });
  },

  'LiteLLM is down': async (type) => {
    const rotate = 'npx greenroom keys rotate ai-coder';
    await type('npx greenroom break gateway', { says: /gateway is broken/ });
    const { out } = await type('npx greenroom keys', { exit: 3, says: [/could not list keys/, /ECONNRESET/] });
    expect(out).not.toContain('knows none of these keys');
    await type('npx greenroom mend gateway', { says: /Mended: gateway/ });
    await act('break gateway --how replica-offline');
    await type('npx greenroom keys', { exit: 1, says: /ai-coder: litellm-\S+ \(\S+\) says unreachable/ });
    // By a gateway that would take any key nothing is proved: the rotation stays pending until somebody gives it up.
    await act('mend', 'break gateway --how database-open');
    await type('npx greenroom keys', { exit: 3, says: /500 no_db_connection/ });
    await world.killAfter('Asked for', rotate);
    await act('mend');
    await type('npx greenroom keys', { says: /published/ });
    await type(rotate, { exit: 1, says: /has not ended/ });
    await type(`${rotate} --give-up`, { says: /Rotated ai-coder/ });
    await type('npx greenroom keys', { says: /published/ });
  },

  'The model’s key has expired, or nobody can reach a model': async (type) => {
    await world.everyKey('/key/update', (key) => ({ key, duration: '1s' }));
    await act('clock 2m');
    await type('npx greenroom keys', { exit: 1, says: /ai-coder: litellm-\S+ \(\S+\) says expired/ });
    await type('npx greenroom keys extend ai-coder', { says: /ai-coder \(\w+\) lasts until/ });
    await act('clock 2m');
    await type('npx greenroom keys', { says: /published/ });
    await type('npx greenroom why ai-coder', { says: /tester +extended, to last until/ });
    await world.everyKey('/key/delete', (key) => ({ keys: [key] }));
    await act('clock 2m');
    await type('npx greenroom keys', { exit: 1, says: /ai-coder: litellm-\S+ \(\S+\) says unknown-key/ });
    await type('npx greenroom keys rotate ai-coder', { says: /Rotated ai-coder: every replica takes the new key/ });
    await type('npx greenroom keys', { says: /published/ });
  },

  'Before a workshop': async (type) => {
    await type('npx greenroom scene morning-of', { says: /^GO /m });
    await type('npx greenroom workshops', { says: /Agentic workshop[^]*25/ });
    await type('npx greenroom posture', { says: [/provisioners +at least 19/, /rotation +paused/] });
    await type('npx greenroom capacity --attendance 25 --measured', {
      says: [/^Measured: of the last 48 /, /25 people: \d+ provisioners/],
    });
    await type('npx greenroom plan', { says: [/restore +provisioners/, /resume +keys are rotated again/] });
  },

  'Rotation is to stand still, or to go on': async (type) => {
    await type('npx greenroom posture', { says: /rotation +paused/ });
    await type('npx greenroom plan', { says: /resume +keys are rotated again/ });
    await type('npx greenroom why key-rotator', { says: /key-rotator is on a lease: .* by calendar/ });
  },

  'Something stays raised or paused, and Greenroom is dead': async (type) => {
    await type('npx greenroom holds', { says: /every image/ });
  },

  'A key is to be rotated by hand': async (type) => {
    const rotate = 'npx greenroom keys rotate ai-coder';
    await type(rotate, { exit: 1, says: /Agentic workshop/ });
    await type(`${rotate} --force --why "the key leaked"`, { says: /Rotated ai-coder/ });
    await type('npx greenroom why ai-coder', { says: /the key leaked/ });
    await act('clock 5h');
    await type(`${rotate} --dry-run`, { says: [/Would rotate ai-coder; .* until/, /Nothing was written/] });
    await type(rotate, { says: /Rotated ai-coder/ });
    await type('npx greenroom keys', { says: [/published/, /leaving/] });
    await act('break gateway --how refuse-keys');
    await world.killAfter('Asked for', rotate);
    await act('mend');
    await type(rotate, { exit: 1, says: /has not ended/ });
    await type(`${rotate} --give-up`, { says: /Rotated ai-coder/ });
  },

  'A workshop vanished': async (type) => {
    await act('scene quiet-week', 'scene morning-of');
    await world.calendar(NOTHING_ANNOUNCED);
    await act('clock 3m');
    const confirm = 'npx greenroom confirm "Agentic workshop"';
    await type(`${confirm} --dry-run`, { says: [/will not take place/, /Nothing was written/] });
    await type(`${confirm} --why "the speaker is ill"`, { says: /the next look puts back what was prepared for it/ });
    await type(`${confirm} --keep`, { says: /stays prepared for/ });
    await act('clock 3m');
    expect((await world.act('npx greenroom why provisioners')).out).toMatch(/on a lease: 19 instead of 6/);
    await type(`${confirm} --why "the speaker is ill"`, { says: /will not take place/ });
    await act('clock 3m', 'clock 3m', 'clock 3m');
    expect((await world.act('npx greenroom why provisioners')).out).toMatch(/put back from 19 to 6/);
  },

  'Something is about to end': async (type) => {
    await type('npx greenroom scene certificate-ends', { says: /^NO-GO /m });
    await type('npx greenroom credentials', { exit: 1, says: /fail +certificate of \*\.rehearsal\.example/ });
    await type('npx greenroom keys extend ai-coder', { says: /lasts until/ });
  },

  'Provisioners do not arrive': async (type) => {
    await type('npx greenroom scene argo-fights-back', { says: [/^NO-GO /m, /Argo CD heals StatefulSet/] });
    const more = 'npx greenroom scale provisioners --replicas 12 --until 4h --why "a demo" --dry-run';
    await type(more, { exit: 1, says: /ignoreDifferences/ });
    await type('npx greenroom why provisioners', { says: /calendar +set from 6 to 19/ });
  },
};

describe(FILE, () => {
  afterEach(() => world.act('npx greenroom mend'));

  it('has no page with something to type that is not lived through here', () => {
    expect(Object.keys(pages).toSorted()).toEqual(pagesWith(FILE, GREENROOM).toSorted());
  });

  it.each(Object.entries(pages))(
    '%s',
    (page, story) => livePage([FILE, page, GREENROOM], { run: world.run, elsewhere: ELSEWHERE }, story),
    240_000,
  );
});
