import { expect, it } from 'vitest';
import { deployable } from '../../lib/deployable.ts';
import { EstateError } from '../../src/estate.ts';
import { estate, withPods } from './synthesized.ts';

it('takes an estate that AWS can run as it is', () => {
  expect(deployable(estate)).toBe(estate);
});

it('refuses to ask pods by their own addresses from where nobody can reach them', () => {
  expect(deployable(withPods)).toBe(withPods);
  const { vpc: _, ...outside } = withPods;
  expect(() => deployable(outside)).toThrow('gateway.replicas: pods are reached by their own addresses from within');
});

it('tells all that is wrong together, with the estate’s name: what no host can do, and what AWS cannot', () => {
  const { secret: _, ...calendar } = estate.calendar ?? { zone: 'UTC', marks: ['lab'], attendance: 1 };
  const name = `${'a'.repeat(50)}.example`;
  const wrong = { ...estate, name, home: 'Ohio', calendar: { ...calendar, file: 'workshops.ics' } };
  const error = ((): unknown => {
    try {
      return deployable(wrong);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(EstateError);
  const { message, faults } = error as EstateError;
  expect(message).toContain(name);
  expect(faults.map((fault) => fault.split(':')[0])).toEqual(['home', 'name', 'calendar.file']);
});
