export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const OCI_ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json';

/**
 * Every manifest type that can be stored byte for byte.
 *
 * All of them go into every Accept header: ECR converts a manifest whose type is not accepted, and a converted
 * manifest has another digest. Docker schema 1 is left out so that such an image fails loudly.
 */
export const MANIFEST_TYPES: readonly string[] = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST, OCI_ARTIFACT];

export const isIndexType = (mediaType: string): boolean => mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
export const isManifestType = (mediaType: string): boolean => MANIFEST_TYPES.includes(mediaType);
