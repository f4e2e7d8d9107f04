/** Opens a server where it was before, or on a free port where that is taken by now. */
export async function onPort<T>(before: number | undefined, open: (port: number) => Promise<T>): Promise<T> {
  try {
    return await open(before ?? 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return open(0);
  }
}
