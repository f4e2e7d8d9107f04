import { randomUUID } from 'node:crypto';
import { isDigest, type Digest } from '../../core/digest.ts';
import { isRepository } from '../../core/reference.ts';
import { received, reply, type Exchange, type Headers } from './exchange.ts';
import { Cut } from './flow.ts';
import type { Intake } from './intake.ts';
import { digestInvalid, nameUnknown, Refusal, unsupported, uploadUnknown } from './refusal.ts';

/** A blob on its way in. */
export interface UploadSession {
  readonly id: string;
  readonly name: string;
  /** What the location's query must carry. */
  readonly state: string;
  readonly intake: Intake;
  /** Where the first chunk ended, for a registry that never says more. */
  firstChunkEnd?: number;
  /** Who is writing. The latest request is: one whose connection died unseen must not keep the upload. */
  holder?: Exchange;
}

/** `/v2/<name>/blobs/uploads/` */
export async function answerUploads(exchange: Exchange, name: string): Promise<void> {
  const { premises, manners, method, url } = exchange;
  if (method !== 'POST') throw unsupported();
  openForPush(exchange, name);

  const mount = url.searchParams.get('mount') ?? '';
  const from = url.searchParams.get('from') ?? '';
  const there = manners.mounts && isDigest(mount) && premises.store.repositories.get(from)?.blobs.get(mount);
  if (there && isDigest(mount)) {
    premises.store.keepBlob(name, mount, there);
    return created(exchange, name, mount);
  }
  const session: UploadSession = {
    id: randomUUID(),
    name,
    state: randomUUID(),
    intake: premises.store.intake(),
  };
  premises.uploads.set(session.id, session);
  const digest = url.searchParams.get('digest');
  // ECR takes no blob in a single POST and begins a session instead.
  if (digest !== null && manners.kind !== 'ecr') return finish(exchange, session, digest);
  reply(exchange, 202, { ...where(exchange, session), Range: '0-0' });
}

/** `/v2/<name>/blobs/uploads/<id>` */
export async function answerUpload(exchange: Exchange, name: string, id: string): Promise<void> {
  const { premises, method, url, manners } = exchange;
  const session = premises.uploads.get(id);
  if (!session || session.name !== name) throw uploadUnknown();
  if (manners.relativeLocations && url.searchParams.get('_state') !== session.state)
    throw new Refusal(400, 'BLOB_UPLOAD_INVALID', 'the location was not used as it was given');

  if (method === 'PATCH') return extend(exchange, session);
  if (method === 'PUT') return finish(exchange, session, url.searchParams.get('digest') ?? '');
  if (method === 'GET') return reply(exchange, 204, { ...where(exchange, session), Range: rangeOf(session) });
  if (method !== 'DELETE') throw unsupported();
  await giveUp(exchange, session);
  reply(exchange, 204, {});
}

/** Makes the repository on its first push, or says that it is not there. */
export function openForPush({ premises, manners }: Exchange, name: string): void {
  if (!isRepository(name)) throw new Refusal(400, 'NAME_INVALID', 'invalid repository name', { detail: { name } });
  if (!premises.store.repositories.has(name) && !manners.createOnPush) throw nameUnknown(manners, name);
  premises.store.create(name);
}

async function extend(exchange: Exchange, session: UploadSession): Promise<void> {
  await takeIn(exchange, session);
  session.firstChunkEnd ??= session.intake.size;
  const { staleUploadRange } = exchange.manners;
  const end = staleUploadRange ? session.firstChunkEnd : session.intake.size;
  reply(exchange, staleUploadRange ? 201 : 202, { ...where(exchange, session), Range: `0-${Math.max(0, end - 1)}` });
}

async function finish(exchange: Exchange, session: UploadSession, digest: string): Promise<void> {
  const { premises } = exchange;
  if (!isDigest(digest)) throw digestInvalid(digest);
  await takeIn(exchange, session);
  premises.uploads.delete(session.id);
  const content = await premises.store.accept(session.name, session.intake, digest, exchange.manners.checksDigests);
  if (!content) throw digestInvalid({ digest });
  created(exchange, session.name, digest);
}

/** Takes the body in, after what is there already. What had arrived when a connection broke stays and is counted. */
async function takeIn(exchange: Exchange, session: UploadSession): Promise<void> {
  const { req, entry, premises } = exchange;
  inOrder(exchange, session);
  const expected = session.intake.size + Number(req.headers['content-length'] ?? 0);
  session.holder = exchange;
  try {
    for await (const piece of received(exchange)) {
      if (session.holder !== exchange) throw new Cut('gone');
      const written = session.intake.take(piece, expected);
      if (written) await written;
    }
  } finally {
    premises.traffic.blobBytesIn += entry.bytesIn;
  }
}

/** Content-Range of an upload has no unit, and must begin where the last chunk ended. */
function inOrder({ req }: Exchange, session: UploadSession): void {
  const range = req.headers['content-range'];
  if (range === undefined) return;
  const found = /^(\d+)-(\d+)$/.exec(range);
  if (!found) throw new Refusal(400, 'BLOB_UPLOAD_INVALID', `not a range: ${range}`);
  const headers = { Range: rangeOf(session), 'Docker-Upload-UUID': session.id };
  if (Number(found[1]) !== session.intake.size)
    throw new Refusal(416, 'BLOB_UPLOAD_INVALID', 'the chunk does not begin where the last one ended', { headers });
  const length = req.headers['content-length'];
  if (length !== undefined && Number(length) !== Number(found[2]) - Number(found[1]) + 1)
    throw new Refusal(400, 'SIZE_INVALID', 'Content-Length and Content-Range do not agree');
}

async function giveUp({ premises }: Exchange, session: UploadSession): Promise<void> {
  premises.uploads.delete(session.id);
  await premises.store.abandon(session.intake);
}

const rangeOf = ({ intake }: UploadSession): string => `0-${Math.max(0, intake.size - 1)}`;

function where({ premises, manners }: Exchange, { name, id, state }: UploadSession): Headers {
  const path = `/v2/${name}/blobs/uploads/${id}`;
  const Location = manners.relativeLocations ? `${path}?_state=${state}` : `http://${premises.host}${path}`;
  return { Location, 'Docker-Upload-UUID': id };
}

function created(exchange: Exchange, name: string, digest: Digest): void {
  const Location = `/v2/${name}/blobs/${digest}`;
  reply(exchange, 201, { Location, 'Docker-Content-Digest': digest });
}
