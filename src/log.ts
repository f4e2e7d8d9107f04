/** Takes an error whole, where it is about to become a sentence: stack, cause and all, for whoever reads at noon. */
export type Log = (what: string, error: unknown) => void;
