/** The changes that Greenroom may make by itself, as data. */
export type Step = MirrorImage;

/** Bring one tag of one image to every region: plan, transfer, promote. Safe to repeat. */
export interface MirrorImage {
  readonly kind: 'mirror-image';
  readonly image: string;
  readonly tag: string;
}

/** What a step changes. Steps of one run have distinct targets, or the plan would contain a quarrel. */
export const targetOf = (step: Step): string => `image ${step.image}:${step.tag}`;

export const spellStep = (step: Step): string => `mirror ${step.image}:${step.tag} to every region`;
