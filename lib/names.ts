/** `greenroom-ai-coder-com`: what an estate's stacks, bus and state machine are called, so that two may share an account. */
export const nameFor = (estate: { readonly name: string }): string =>
  `greenroom-${estate.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}`;
