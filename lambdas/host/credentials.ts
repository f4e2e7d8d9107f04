/**
 * What the AWS SDK finds by itself where nobody says who we are, put in the place of its own search when functions
 * are bundled (`lib/bundling.ts`).
 *
 * Because in Lambda it always is the role, and always in the environment: the SDK would first be loaded with files,
 * SSO, STS, other processes and the metadata of EC2, a fifth of a function's weight at every cold start.
 */
export const defaultProvider = () => async () => ({
  accessKeyId: given('AWS_ACCESS_KEY_ID'),
  secretAccessKey: given('AWS_SECRET_ACCESS_KEY'),
  sessionToken: given('AWS_SESSION_TOKEN'),
});

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: this is not AWS Lambda`);
  return value;
}
