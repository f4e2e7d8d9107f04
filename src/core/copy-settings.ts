/**
 * How long a copy's content may wait without a tag, in days: longer than any hold, so that what a hold keeps back is still
 * there after it. One figure for whoever makes the repository, a region stack or the mirror itself.
 */
export const UNTAGGED_DAYS = 14;
