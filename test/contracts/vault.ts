import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import type { Stage, Vault } from '../../src/ports.ts';

/** A secret that holds `first` as its current version. */
export interface OpenVault {
  readonly vault: Vault;
  readonly secret: string;
}

const [second, third] = ['second', 'third'].map((text) => new Secret(text)) as [Secret, Secret];

/** What every vault promises, whatever it is made of. */
export function promisesOfAVault(open: () => Promise<OpenVault>): void {
  const textAt = async ({ vault, secret }: OpenVault, stage: Stage): Promise<string | undefined> =>
    (await vault.read(secret, stage))?.text.reveal();
  const stages = async (opened: OpenVault) => [
    await textAt(opened, 'current'),
    await textAt(opened, 'previous'),
    await textAt(opened, 'pending'),
  ];

  it('has a current version, and nothing before it or pending', async () => {
    expect(await stages(await open())).toEqual(['first', undefined, undefined]);
  });

  it('keeps what is proposed beside what is current', async () => {
    const opened = await open();
    const id = randomUUID();
    await opened.vault.propose(opened.secret, id, second);
    expect(await stages(opened)).toEqual(['first', undefined, 'second']);
    expect((await opened.vault.read(opened.secret, 'pending'))?.id).toBe(id);
  });

  it('says which version is at which stage', async () => {
    const { vault, secret } = await open();
    const id = randomUUID();
    await vault.propose(secret, id, second);
    const before = (await vault.standing(secret)).stages;
    expect([before.get(id), before.size]).toEqual([['pending'], 2]);
    await vault.finish(secret, id);
    const after = (await vault.standing(secret)).stages;
    expect([after.get(id), after.size]).toEqual([['current'], 2]);
  });

  it('takes the same proposal twice', async () => {
    const opened = await open();
    const id = randomUUID();
    await opened.vault.propose(opened.secret, id, second);
    await opened.vault.propose(opened.secret, id, second);
    expect(await stages(opened)).toEqual(['first', undefined, 'second']);
  });

  it('puts what is proposed in the place of what another rotation has left pending', async () => {
    const opened = await open();
    await opened.vault.propose(opened.secret, randomUUID(), second);
    const id = randomUUID();
    await opened.vault.propose(opened.secret, id, third);
    expect(await stages(opened)).toEqual(['first', undefined, 'third']);
    await opened.vault.finish(opened.secret, id);
    expect(await stages(opened)).toEqual(['third', 'first', undefined]);
  });

  it('makes what was proposed current and what was current previous, and leaves nothing pending', async () => {
    const opened = await open();
    const id = randomUUID();
    await opened.vault.propose(opened.secret, id, second);
    await opened.vault.finish(opened.secret, id);
    expect(await stages(opened)).toEqual(['second', 'first', undefined]);
    await opened.vault.finish(opened.secret, id);
    expect(await stages(opened)).toEqual(['second', 'first', undefined]);
  });

  it('withdraws what no rotation will finish, so that the next one is not in its way', async () => {
    const opened = await open();
    await opened.vault.propose(opened.secret, randomUUID(), second);
    await opened.vault.withdraw(opened.secret);
    expect(await stages(opened)).toEqual(['first', undefined, undefined]);
    await opened.vault.withdraw(opened.secret);
    const id = randomUUID();
    await opened.vault.propose(opened.secret, id, third);
    await opened.vault.finish(opened.secret, id);
    expect(await stages(opened)).toEqual(['third', 'first', undefined]);
  });
}

/** What moto does otherwise: it rotates at once and by itself, or not at all. */
export function promisesOneRotationAtOnce(open: () => Promise<OpenVault>): void {
  it('is rotated once at a time: the version that is to come is pending and has no text yet', async () => {
    const { vault, secret } = await open();
    const id = await vault.rotate(secret);
    const { rotates, stages } = await vault.standing(secret);
    expect([rotates, stages.get(id)]).toEqual([true, ['pending']]);
    expect(await vault.read(secret, 'pending')).toBeUndefined();
    await expect(vault.rotate(secret)).rejects.toMatchObject({ trouble: 'refused' });
    await vault.withdraw(secret);
    expect(await vault.rotate(secret)).not.toBe(id);
  });
}

/** What moto does not keep: it takes whatever is put under a name that is there. */
export function promisesNothingUnderTwoTexts(open: () => Promise<OpenVault>): void {
  it('refuses another text under the name of one that was proposed', async () => {
    const { vault, secret } = await open();
    const id = randomUUID();
    await vault.propose(secret, id, second);
    await expect(vault.propose(secret, id, third)).rejects.toMatchObject({ trouble: 'refused' });
    expect((await vault.read(secret, 'pending'))?.text.reveal()).toBe('second');
  });
}
