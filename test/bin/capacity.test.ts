import { describe, expect, it } from 'vitest';
import { call } from './cli.ts';

describe('greenroom capacity', () => {
  it('needs no world and no AWS', async () => {
    const { code, out, err } = await call(['capacity', '--attendance', '25']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^25 people: 19 provisioners and 8 gateway replicas\.\n/);
  });

  it('reckons with what it is told', async () => {
    const { out } = await call('capacity --attendance 25 --build 45s --arrival 5m --show 80% --json'.split(' '));
    expect(JSON.parse(out)).toMatchObject({
      people: 25,
      coming: 20,
      needed: { provisioners: 10, gateway: 6 },
      sizing: { buildSeconds: 45, arrivalSeconds: 300, showRate: 0.8 },
    });
  });

  it('reckons with the policy of an estate', async () => {
    const { code, out } = await call('capacity --attendance 9 --estate ai.coder.com --arrival 0s --json'.split(' '));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ sizing: { arrivalSeconds: 0 }, needed: { provisioners: 9 } });
  });

  it.each([
    ['capacity', 'for how many people?', '--attendance 25'],
    ['capacity --attendance many', '--attendance many', 'a whole number of people'],
    ['capacity --attendance 0', '--attendance 0', 'from 1 to 1000'],
    ['capacity --attendance 25 --build soon', '"soon" is not a duration', '60s'],
    ['capacity --attendance 25 --build 3h', '--build 3h', 'two hours at most'],
    ['capacity --attendance 25 --show 0.8', '--show 0.8', 'from 5% to 100%'],
    ['capacity --attendance 25 --estate ai.coder.co', 'there is no estate "ai.coder.co"', 'did you mean ai.coder.com?'],
    ['capacity --attendence 25', 'unknown option --attendence', 'did you mean --attendance?'],
  ])('%s is exit 2 and says why', async (line, why, remedy) => {
    const { code, out, err } = await call(line.split(' '));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(why);
    expect(err).toContain(remedy);
  });
});
