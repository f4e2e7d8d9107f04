export interface HttpSettings {
  /** Connections to one host. Default 32. */
  readonly socketsPerHost?: number;
  /** How long nothing may move before a connection is given up. Default 20 s. */
  readonly stallMs?: number;
  /** How long one question with a small answer may take, every byte of it. Default 60 s. */
  readonly deadlineMs?: number;
  /** How long a registry may take to judge an upload after its last byte. Default 5 minutes: it hashes all of it. */
  readonly judgeMs?: number;
  /** How often what broke is tried. Default 6. */
  readonly tries?: number;
  /** The first wait after something broke; doubled each time and jittered. Default 250 ms. */
  readonly backoffMs?: number;
  /** How often a host may say "later" to one request. Default 12. */
  readonly limitTries?: number;
  /** The first wait where a host says "later" and not when; doubled each time. Default 1 s. */
  readonly limitMs?: number;
  /** The longest wait that a host may ask for; beyond it the request fails as throttled. Default 2 minutes. */
  readonly longestWaitMs?: number;
  /** Whom to trust instead of the public authorities, as PEM. Default nobody else. */
  readonly ca?: string;
}

export const DEFAULTS: Required<HttpSettings> = {
  socketsPerHost: 32,
  stallMs: 20_000,
  deadlineMs: 60_000,
  judgeMs: 300_000,
  tries: 6,
  backoffMs: 250,
  limitTries: 12,
  limitMs: 1_000,
  longestWaitMs: 120_000,
  ca: '',
};
