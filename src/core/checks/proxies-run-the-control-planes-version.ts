import type { Check } from '../check.ts';
import type { WorkspaceProxy } from '../coder.ts';
import type { Judgement, Remedy } from '../finding.ts';
import type { ProxiesSighting } from '../sighting.ts';

/**
 * Every workspace proxy runs the very version of its control plane: the last link.
 *
 * The very version, build and all: two previews of one release have the same number before the `+`, and their not
 * fitting together is what once broke subdomains in the middle of a workshop.
 */
export const proxiesRunTheControlPlanesVersion: Check<'proxies'> = {
  name: 'proxies-run-the-control-planes-version',
  needs: ['proxies'],
  concerns: ({ coder }) => coder !== undefined,
  judge: ({ proxies }) => proxies.flatMap(judge),
};

function judge(sighting: ProxiesSighting): Judgement[] {
  const there = sighting.proxies.map((proxy) => proxyRuns(proxy, sighting));
  const missing = sighting.wanted.filter((name) => !sighting.proxies.some((proxy) => proxy.name === name));
  return [...there, ...missing.map((name) => notRegistered(name, sighting))];
}

function proxyRuns({ name, status, version, url }: WorkspaceProxy, { version: want }: ProxiesSighting): Judgement {
  const subject = `proxy ${name}`;
  const evidence = { want: `${want}, as the control plane`, have: version === '' ? 'no version' : version };
  if (version !== want) {
    const ask = `Roll out ${want} where the proxy ${name} runs${version === '' ? ', and see that it registers' : ''}.`;
    return {
      subject,
      status: 'fail',
      evidence: status === 'ok' ? evidence : { ...evidence, have: `${evidence.have}, ${status}` },
      remedy: person(ask),
    };
  }
  if (status === 'ok') return { subject, status: 'ok', evidence };
  const ask = `Find out why the control plane does not reach ${url === '' ? `the proxy ${name}` : url}.`;
  return { subject, status: 'fail', evidence: { ...evidence, have: `${version}, but ${status}` }, remedy: person(ask) };
}

const notRegistered = (name: string, { version, proxies }: ProxiesSighting): Judgement => ({
  subject: `proxy ${name}`,
  status: 'fail',
  evidence: { want: `${version}, as the control plane`, have: 'not among the proxies that Coder knows' },
  remedy: person(
    `Register the proxy ${name}, or correct its name in the estate: Coder knows ${proxies.map((proxy) => proxy.name).join(', ') || 'none'}.`,
  ),
});

const person = (ask: string): Remedy => ({ by: 'person', ask });
