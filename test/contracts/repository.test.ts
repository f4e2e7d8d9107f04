import { describe } from 'vitest';
import { registries, type RegistrySettings } from '../../src/clients/registry.ts';
import { ecrRegion } from '../../src/clients/ecr.ts';
import type { Repository } from '../../src/ports.ts';
import { startRegistry, type Manners, type RegistryServer } from '../../src/rehearsal/registry.ts';
import { memoryRepository } from '../../src/rehearsal/repository.ts';
import type { SmallImage } from '../../src/rehearsal/small-image.ts';
import { ACCOUNT, serveEcr } from '../servers/ecr.ts';
import { promisesOfARepository, type Occasion, type OpenRepository } from './repository.ts';

const NAME = 'coder/coder-preview';

describe('a repository of the rehearsal', () => {
  promisesOfARepository(
    ({ moving, unmade }) => {
      const repository = memoryRepository('rehearsal', {
        ...(moving && { moving }),
        ...(unmade && { unmade }),
      });
      return {
        repository,
        shelve: (image, ...tags) => void repository.shelve(image, ...tags),
        close: () => undefined,
      };
    },
    { referrersApi: true, untags: 'always', mustBeMade: true },
  );
});

describe('a repository over HTTP, by the book', () => {
  promisesOfARepository((occasion) => overHttp(occasion, {}), {
    referrersApi: true,
    untags: 'always',
    mustBeMade: false,
  });
});

describe('a repository over HTTP, whose upload locations are relative and have a query', () => {
  promisesOfARepository(
    (occasion) => overHttp(occasion, { relativeLocations: true, auth: 'basic', credentials: LOGIN }),
    {
      referrersApi: true,
      untags: 'always',
      mustBeMade: false,
    },
  );
});

describe('a repository with the manners of GHCR', () => {
  promisesOfARepository((occasion) => overHttp(occasion, { kind: 'ghcr', credentials: LOGIN }, 'ghcr.io'), {
    referrersApi: false,
    untags: 'never',
    mustBeMade: false,
  });
});

describe('a repository with the manners of ECR, beside ECR’s own API', () => {
  promisesOfARepository((occasion) => ofEcr(occasion), {
    referrersApi: true,
    untags: 'with another left',
    mustBeMade: true,
  });
});

const LOGIN = { username: 'robot', password: 'pass:with:colons' };

/** Small waits: these registries are on this machine, and what they say about waiting is obeyed all the same. */
const HTTP = { backoffMs: 1, limitMs: 1 };

async function overHttp(occasion: Occasion, manners: Manners, name?: string): Promise<OpenRepository> {
  const server = await startRegistry({ manners: { ...manners, ...fixing(occasion) } });
  const login = async () => LOGIN;
  const hosts = new Map(name === undefined ? [] : [[name, server.host]]);
  const { repository, close } = open(server, name ?? server.host, { login, hosts });
  return { repository, shelve: shelver(server, occasion), close };
}

async function ofEcr(occasion: Occasion): Promise<OpenRepository> {
  const server = await startRegistry({ manners: { kind: 'ecr', ...fixing(occasion) } });
  const ecr = await serveEcr(server);
  const host = `${ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com`;
  const unhurried = { pace: async () => undefined };
  const { repository, close } = open(server, host, {
    hosts: new Map([[host, server.host]]),
    ecr: ({ region }) => ({ ...ecrRegion({ region, now: () => new Date(), client: ecr.client(3) }), ...unhurried }),
  });
  return {
    repository,
    shelve: shelver(server, occasion),
    close: async () => {
      await close();
      await ecr[Symbol.asyncDispose]();
    },
  };
}

const fixing = ({ moving }: Occasion): Manners =>
  moving ? { immutableTags: true, mutableTagPatterns: [...moving] } : {};

function open(server: RegistryServer, registry: string, settings: Omit<RegistrySettings, 'now'>) {
  const opener = registries({ now: () => new Date(), http: HTTP, ...settings });
  const repository: Repository = opener({ registry, repository: NAME });
  return { repository, close: () => server.close() };
}

function shelver(server: RegistryServer, { unmade }: Occasion): OpenRepository['shelve'] {
  if (!unmade) server.createRepository(NAME);
  return async ({ blobs, manifests, root }: SmallImage, ...tags) => {
    for (const { bytes } of blobs) await server.putBlob(NAME, Buffer.from(bytes));
    for (const { bytes, mediaType } of manifests) server.putManifest(NAME, Buffer.from(bytes), mediaType);
    for (const tag of tags) server.setTag(NAME, tag, root.digest);
  };
}
