import { isDigest, type Digest } from './digest.ts';
import { fault, parsed, type Parsed } from './parsed.ts';

/** Where an image is: `ghcr.io/coder/coder-preview:latest`, `host:5000/name@sha256:…`, or both tag and digest. */
export interface Reference {
  /** Host, and port where it is not the scheme's own. Docker Hub is `docker.io`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::[0-9]{1,5})?$/;
const MAX_NAME = 255;

/** Some names that look like hosts are no addresses: ports above 65535, and what ends in a number like `c.06`. */
const isHost = (text: string): boolean => HOST.test(text) && URL.canParse(`https://${text}`);

export const isTag = (text: string): boolean => TAG.test(text);
export const isRepository = (text: string): boolean => text.length <= MAX_NAME && REPOSITORY.test(text);

/**
 * Reads a reference as docker and skopeo do: a first component with a dot, a colon or `localhost` is a host,
 * anything else is Docker Hub's. A scheme (`http://`, `https://`, `docker://`) is tolerated and dropped:
 * whether a host is spoken to in the clear is decided by what it is (`isLoopback`), never by what was typed.
 */
export function parseReference(text: string): Parsed<Reference> {
  const { rest, digest, tag } = split(text.trim().replace(/^(?:https?|docker):\/\//, ''));
  const { registry, repository } = locate(rest);

  if (digest !== undefined && !isDigest(digest)) return fault(`${text}: "${digest}" is not a digest`);
  if (tag !== undefined && !isTag(tag)) return fault(`${text}: "${tag}" is not a tag`);
  if (!isHost(registry)) return fault(`${text}: "${registry}" is not a registry host`);
  if (!isRepository(repository)) return fault(`${text}: "${repository}" is not a repository name`);
  if (registry.length + repository.length + 1 > MAX_NAME) return fault(`${text}: longer than ${MAX_NAME} characters`);
  return parsed({ registry, repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) });
}

function split(text: string): { rest: string; tag?: string; digest?: string } {
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/') && named.includes('/');
  const bare = colon > 0 && !named.includes('/');
  return {
    rest: tagged || bare ? named.slice(0, colon) : named,
    ...(at >= 0 && { digest: text.slice(at + 1) }),
    ...((tagged || bare) && { tag: named.slice(colon + 1) }),
  };
}

function locate(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  if (slash > 0 && /[.:]|^localhost$/.test(first)) return { registry: first, repository: name.slice(slash + 1) };
  return { registry: 'docker.io', repository: slash < 0 ? `library/${name}` : name };
}

/** The reference as a person would type it. */
export function spell(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}

/** Only a host on this machine may be spoken to without TLS. */
export function isLoopback(registry: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(registry);
}
