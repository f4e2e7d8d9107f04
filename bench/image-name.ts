/** What the image is called at its source. */
export const IMAGE_NAME = 'bench/image';
