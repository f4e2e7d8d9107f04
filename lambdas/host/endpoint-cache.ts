/**
 * Where the AWS SDK's DynamoDB client would keep endpoints that it discovered, put in its place when functions are
 * bundled (`lib/bundling.ts`).
 *
 * Because none of its commands discovers any: the client makes the cache, with two packages of data structures, and
 * asks it nothing.
 */
export class EndpointCache {
  getEndpoint(): undefined {
    return undefined;
  }
}
